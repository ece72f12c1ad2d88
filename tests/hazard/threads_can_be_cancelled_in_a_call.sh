# Threads cancelled in and around msync(2), a cancellation point, deferred and at any instruction: their cleanup runs through the
# tracer's frames as through libc's, and what the cleanup itself calls is there.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	for type in deferred asynchronous; do
		record $option -- "$PROG/h_cancel" $type >out 2>err
		is "$(cat out err)" "60 cleaned, 60 destroyed, 0 not cancelled" "$type cancellation with $option"
		whole
		counts_agree
		left=$(tail -n 1 "$LOG" | jq .unfinished)
		[ "$left" -le 60 ] || fail "$left unfinished calls of 60 cancelled threads"
	done
done
