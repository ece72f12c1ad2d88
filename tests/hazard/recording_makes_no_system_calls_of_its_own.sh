# A thousand rounds of calls cost a traced program exactly the system calls they cost it without us, by number and by kind.

need strace
# cost COMMAND...: what 1000 rounds cost more than none, as lines "COUNT NAME"
cost() {
	local rounds
	for rounds in 0 1000; do
		strace -f -qq -o trace.$rounds -- "$@" "$PROG/h_busy" $rounds >out 2>err || skip "strace cannot trace here: $(tail -n 1 err)"
		grep -vE 'resumed>|^[0-9]+ (---|\+\+\+)' trace.$rounds | grep "^$(grep -m 1 -F 'execve("'"$PROG/h_busy" trace.$rounds | cut -d ' ' -f 1) " |
			sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' | sort | uniq -c | awk '{ print $2, $1 }' >count.$rounds
	done
	join -a 2 -e 0 -o 0,1.2,2.2 count.0 count.1000 | awk '$3 != $2 { print $3 - $2, $1 }'
}

cost env >bare
[ "$(awk '{ sum += $1 } END { print sum }' bare)" -ge 5000 ] || fail "the test counts nothing: $(cat bare)"
cost "$PAGETRAIL" record -q -f -o "$LOG" -- >traced
# The collector's process has another pid; what is compared is the program's own.
diff bare traced || fail "system calls of a thousand rounds"
cost "$PAGETRAIL" record --no-sites -q -f -o "$LOG" -- >traced
diff bare traced || fail "system calls of a thousand rounds without sites"
