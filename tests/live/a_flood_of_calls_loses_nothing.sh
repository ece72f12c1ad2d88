# Calls that come faster than they can be written make the program wait, by default; with --on-full=drop those that found no room
# are counted, so that what is in the log and what is lost add up to what was made.

record -- "$PROG/p_flood" 4 25000 >out
is "$(cat out)" 100000 "calls that worked"
is "$(grep -c '"call":"madvise".*"advice":0,.*"ret":0}' "$LOG")" 100000 "calls in the log"
is "$(tail -n 1 "$LOG" | jq -c '[.losses, .complete]')" '[0,true]' "losses, complete"

record --on-full=drop -- "$PROG/p_flood" 4 25000 >out
is "$(cat out)" 100000 "calls that worked"
logged=$(grep -c '"call":"madvise".*"advice":0,.*"ret":0}' "$LOG" || true)
lost=$(tail -n 1 "$LOG" | jq .losses)
# Among the lost may be a few calls of the C library's own: stacks of threads made and given back.
sum=$((logged + lost))
[ "$sum" -ge 100000 ] && [ "$sum" -le 100040 ] || fail "logged $logged, lost $lost, made 100000"
is "$(grep '"type":"loss"' "$LOG" | jq -s 'map(.count) | add // 0')" "$lost" "loss records and trailer"
if [ "$lost" -gt 0 ]; then
	is "$(tail -n 1 "$LOG" | jq .complete)" false "complete with losses"
	status=0
	"$PAGETRAIL" validate "$LOG" >out 2>&1 || status=$?
	is "$status" 3 "validate of a log with losses"
fi
