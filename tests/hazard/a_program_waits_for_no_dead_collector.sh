# The tracer killed while threads of the program wait for it: they go on by themselves.

"$PAGETRAIL" record -q -f --verify=1 -o "$LOG" -- sh -c '"$0" 4 20000 >out; echo $? >status' "$PROG/p_threads" &
pid=$!
for _ in $(seq 200); do
	checks=$(grep -c '"type":"check"' "$LOG" 2>/dev/null || true)
	[ "${checks:-0}" -lt 100 ] || break	# at first there is no log
	sleep 0.02
done
[ ! -e status ] || fail "it was over too soon to say anything"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
for _ in $(seq 450); do
	[ ! -s status ] || break
	sleep 0.1
done
is "$(cat status)" 0 "the program's status"
is "$(sort out)" "$(printf 'thread %d: ok\n' 0 1 2 3)" "what it says"
