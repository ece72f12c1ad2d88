# Programs started by others, two hundred at once, each with a log of its own: none is lost, their children are with them, and a
# stop in the middle of one finishes its log.

door=$(mktemp -d -p /tmp)	# a socket's path is short
"$PAGETRAIL" collect --socket "$door/socket" -o "$PWD/logs" 2>messages &
collector=$!
trap 'kill "$collector" 2>/dev/null || true; rm -rf "$door"' EXIT
for _ in $(seq 200); do
	[ ! -S "$door/socket" ] || break
	sleep 0.05
done

# traced PROGRAM...: as a service manager would start it
traced() {
	LD_PRELOAD=$BUILD/libpagetrail.so PAGETRAIL_SOCKET=$door/socket "$@"
}

# sum FILTER: of what all logs say
sum() {
	cat logs/*.jsonl | jq -s "[.[] | $1] | length"
}

wait_for_logs() {
	for _ in $(seq 300); do
		[ "$(tail -qn 1 logs/*.jsonl 2>/dev/null | grep -c '"type":"trailer"')" -lt "$1" ] || return 0
		sleep 0.1
	done
	fail "not $1 finished logs but $(tail -qn 1 logs/*.jsonl | grep -c '"type":"trailer"')"
}

programs=()
for _ in $(seq 200); do
	traced "$PROG/p_lock_three_of_eight" >/dev/null &
	programs+=($!)
done
for pid in "${programs[@]}"; do
	wait "$pid" || fail "a program failed"
done
wait_for_logs 200
is "$(ls logs | wc -l)" 200 "logs"
for log in logs/*; do
	"$PAGETRAIL" validate "$log" >out || fail "$(cat out)"
done
is "$(sum 'select(.type == "call" and .call == "mlock" and .ret == 0)')" \
	"$((200 * $("$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_lock_three_of_eight" >/dev/null && calls mlock)))" "locks in all"
rm -r logs/*

# A tree of processes is one log, also where a child's environment is emptied.
traced sh -c '"$0"; env -i "$0"; true' "$PROG/p_exit_three" || fail "the shell failed"
wait_for_logs 1
is "$(ls logs | wc -l)" 1 "logs of one tree"
is "$(sum 'select(.type == "process" and .event != "exit") | .exe | select(test("p_exit_three"))')" 2 "programs in it"
is "$(jq -r 'select(.type == "header") | .argv[0]' logs/*)" sh "the program's name in the header"
is "$(jq -r 'select(.type == "header") | .cwd' logs/*)" "$PWD" "its directory"
rm -r logs/*

# SIGTERM: the one that still runs runs on, its log ends properly and says what it lacks; the socket goes.
traced sleep 1000 &
sleeper=$!
for _ in $(seq 100); do
	! grep -qs '"event":"start"' logs/* || break
	sleep 0.1
done
kill -TERM "$collector"
status=0
wait "$collector" || status=$?
is "$status" 0 "the collector's status"
kill -0 "$sleeper" || fail "the program has ended with its collector"
kill "$sleeper"
is "$(tail -n 1 logs/* | jq -c '[.type, .complete]')" '["trailer",false]' "last record"
has "$(cat logs/*)" '"what":"left"' "who was left"
[ ! -e "$door/socket" ] || fail "the socket is still there"
has "$(cat messages)" '202 programs recorded, 1 of them not completely, 0 failed' "the summary"

# Without a collector a program runs as ever.
status=0
said=$(traced sh -c 'echo said; exit 3') || status=$?
is "$said $status" "said 3" "output and status"
