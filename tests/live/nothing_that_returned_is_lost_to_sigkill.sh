# A process killed in the middle of its calls: every call that had returned is in the log, and one a thread at most is shown as
# unfinished.

for threads in 1 2 4; do
	rm -f counts
	is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_killed" "$PWD/counts" "$threads")" -9 "death"
	od -An -td8 -w64 -v counts | head -n "$threads" | while read -r tid returned _; do
		[ "$returned" -gt 100 ] || fail "too few calls to say anything: $returned"
		logged=$(grep -c "\"tid\":$tid,.*\"call\":\"madvise\".*\"ret\":0" "$LOG" || true)
		begun=$(grep -c "\"tid\":$tid,.*\"call\":\"madvise\".*\"unfinished\":true" "$LOG" || true)
		# The count is written after the call: the log may know one more.
		[ "$logged" -ge "$returned" ] || fail "$threads threads: $returned returned, $logged logged"
		[ "$logged" -le $((returned + 1)) ] || fail "$threads threads: $returned returned, but $logged logged"
		[ "$begun" -le 1 ] || fail "$begun unfinished calls of one thread"
	done
	is "$(tail -n 1 "$LOG" | jq .losses)" 0 "losses"
	is "$(grep '"event":"exit"' "$LOG" | jq .status)" 9 "status in the log"
done
