# The tracer killed in the middle of a run: the program runs on to its own end, undisturbed, and what was written can be read.

"$PAGETRAIL" record -q -f -o "$LOG" -- sh -c '"$0" 2 1000000 >counted; echo $? >status' "$PROG/p_flood" &
pid=$!
for _ in $(seq 200); do
	[ "$(stat -c %s "$LOG" 2>/dev/null || echo 0)" -lt 100000 ] || break
	sleep 0.02
done
[ ! -e status ] || fail "it was over too soon to say anything"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
for _ in $(seq 300); do
	[ ! -s status ] || break
	sleep 0.1
done
is "$(cat status)" 0 "the program's status"
is "$(cat counted)" 2000000 "calls that worked"
[ "$("$PAGETRAIL" events "$LOG" --call madvise 2>/dev/null | wc -l)" -gt 100 ] || fail "no events in the log that was left"
status=0
"$PAGETRAIL" validate "$LOG" >out 2>&1 || status=$?
is "$status" 3 "validate of the log that was left"
