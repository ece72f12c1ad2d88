# vmtouch holds two files locked until SIGTERM ends it: no destructor runs, and the log is whole all the same.

need vmtouch
for file in f1 f2; do head -c 1048576 /dev/zero >$file; done
"$PAGETRAIL" record -q -o "$LOG" -- vmtouch -l "$PWD/f1" "$PWD/f2" >out 2>err &
pid=$!
for _ in $(seq 100); do
	[ "$(grep -c '"call":"mlock"' "$LOG" 2>/dev/null)" != 2 ] || break
	sleep 0.05
done
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
is "$status" 143 "status"
complete
is "$(seen)" "mincore 2 mlock 2 mmap 2" "calls"
"$PAGETRAIL" map "$LOG" --json >map.json
is "$(jq -r '[.ranges[] | select(.lock == "locked") | .path | sub(".*/"; "")] | sort | unique | join(" ")' map.json)" "f1 f2" "locked files"
