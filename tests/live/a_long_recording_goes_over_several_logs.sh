# collect --rotate: each part is a log by itself, together they have every call once, and what the next part begins with is what
# the kernel has.

door=$(mktemp -d -p /tmp)	# a socket's path is short
collector=
trap 'kill "$collector" 2>/dev/null || true; rm -rf "$door"' EXIT

# collect OPTION...
collect() {
	rm -rf logs
	"$PAGETRAIL" collect --socket "$door/socket" -o "$PWD/logs" "$@" 2>messages &
	collector=$!
	for _ in $(seq 200); do
		[ ! -S "$door/socket" ] || return 0
		sleep 0.05
	done
	fail "no socket"
}

# traced PROGRAM...: and waits until its last log is finished
traced() {
	LD_PRELOAD=$BUILD/libpagetrail.so PAGETRAIL_SOCKET=$door/socket "$@" >out || fail "the program failed"
	for _ in $(seq 600); do
		! tail -qn 1 "$(parts | tail -n 1)" 2>/dev/null | grep '"type":"trailer"' | grep -qv '"continued"' || return 0
		sleep 0.1
	done
	fail "the last log was not finished: $(ls logs)"
}

stop() {
	kill -TERM "$collector"
	wait "$collector" || fail "the collector: $(cat messages)"
}

# parts: their names, in order
parts() {
	ls -v logs/*.jsonl 2>/dev/null | sed 's/^\(.*[0-9]\)\.jsonl$/\1.part1.jsonl/' | sort -V | sed 's/\.part1\.jsonl$/.jsonl/'
}

each_part_is_a_log() {
	local name next=
	for LOG in $(parts); do
		complete
		"$PAGETRAIL" validate "$LOG" >verdict || fail "validate: $(cat verdict)"
		name=$(basename "$LOG")
		[ -z "$next" ] || is "$name" "$next" "the name in the trailer before"
		next=$(q '.[-1].continued // ""')
	done
	is "$next" "" "what the last part is continued by"
}

collect --rotate 64K

# Every call of the program's own account is in one of the parts, and in one only.
EXPECT=$PWD/account traced "$PROG/p_threads" 3 400
[ "$(parts | wc -l)" -gt 3 ] || fail "only these logs: $(ls -l logs)"
each_part_is_a_log
is "$(for LOG in $(parts); do q '.[0].part // 1'; done | paste -sd,)" "$(seq -s, "$(parts | wc -l)")" "parts"
is "$(for LOG in $(parts); do q '.[0] | [.start_ns, .realtime_ns] | tojson'; done | sort -u | wc -l)" 1 "beginnings of the clock"
for LOG in $(parts); do
	q '.[] | select(.type == "call" and .via == "plt" and (.call | IN("mmap", "mlock", "mprotect", "munlock", "munmap")))
		| "\(.tid) \(.call) \(.addr) \(.len) \(.ret)"'
done | sort >logged
jq -r '"\(.tid) \(.call) \(.addr) \(.len) \(.ret)"' account | sort >made
diff made logged >difference || fail "made and logged: $(head -n 5 difference)"
is "$(for LOG in $(parts); do
	q '([.[] | select(.type == "stack") | .id]) as $s | [.[] | select(.type == "call" and .via == "plt" and (.stack | IN($s[]) | not))] | length'
done | sort -u)" 0 "calls whose stack is not in their own log"
is "$(for LOG in $(parts); do q '[.[] | select(.type == "process" and .event == "start") | .argv | tojson] | unique | join(" ")'; done | sort -u)" \
	"[\"$PROG/p_threads\",\"3\",\"400\"]" "argv at the head of each"

# Threads that share pages, forks in the middle: at each mark, in whichever part it is, the map is the kernel's.
rm -rf logs/* smaps
mkdir smaps
SMAPS=$PWD/smaps traced "$PROG/p_storm" -t 3 -r 12 -c 60 -f 40
[ "$(parts | wc -l)" -gt 3 ] || fail "only these logs: $(ls -l logs)"
for LOG in $(parts); do
	whole
done
compared=0
later=0
for smaps in smaps/*; do
	label=${smaps#smaps/}
	pid=${label##*.}
	label=${label%.*}
	LOG=$(grep -lE "\"type\":\"mark\".*\"pid\":$pid,.*\"label\":\"$label\"" $(parts)) || fail "no part has the mark $label of $pid"
	is "$(wc -w <<<"$LOG")" 1 "parts with the mark $label of $pid"
	"$PAGETRAIL" map "$LOG" --json --pid "$pid" --at "mark:$label" >map.json || fail "map at $label of $pid"
	/usr/bin/python3 "$LIVE/smaps.py" "$smaps" map.json >out || fail "$LOG at $label of $pid: $(cat out)"
	compared=$((compared + 1))
	[ "${LOG%.part*}" = "$LOG" ] || later=$((later + 1))
done
[ "$later" -gt 8 ] || fail "only $later of $compared marks are in later parts"
stop

# Only the newest logs stay, compressed ones too.
collect --rotate 8K --keep 2 --compress
LD_PRELOAD=$BUILD/libpagetrail.so PAGETRAIL_SOCKET=$door/socket "$PROG/p_threads" 2 2000 >out || fail "the program failed"
stop
is "$(ls logs | wc -l)" 2 "logs that stay"
for log in logs/*; do
	"$PAGETRAIL" validate "$log" >verdict || fail "validate: $(cat verdict)"
	"$PAGETRAIL" replay "$log" >replayed || fail "replay: $(tail -n 3 replayed)"
done

status=0
"$PAGETRAIL" collect --socket "$door/socket" -o logs --rotate 12X 2>messages || status=$?
is "$status $(grep -c 'rotate wants a size' messages)" "2 1" "a size that is none"
status=0
"$PAGETRAIL" collect --socket "$door/socket" -o logs --keep 3 2>messages || status=$?
is "$status $(grep -c 'keep counts the logs' messages)" "2 1" "--keep alone"
