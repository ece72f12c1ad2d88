# events, stats and the log count the same calls, and the filters select what they say.

record -- "$PROG/p_failures" >out
total=$(q '[.[] | select(.type == "call")] | length')
is "$("$PAGETRAIL" events "$LOG" --json | jq -s '[.[] | select(.type == "call")] | length')" "$total" "events --json"
is "$("$PAGETRAIL" events "$LOG" --call mlock | grep -c 'mlock(')" "$(calls mlock)" "events --call mlock"
failed=$(q '[.[] | select(.type == "call" and .errno)] | length')
is "$("$PAGETRAIL" events "$LOG" --result fail | grep -cE '= (-1 )?E[A-Z]+|= -1')" "$failed" "events --result fail"
stats=$("$PAGETRAIL" stats "$LOG")
for call in mmap mprotect mlock munlock madvise msync; do
	has "$stats" "\\b$call\\b" "stats"
done
status=0
"$PAGETRAIL" events "$LOG" --call nonsense >out 2>err || status=$?
is "$status" 2 "an unknown call's name"
