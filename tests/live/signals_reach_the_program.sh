# SIGTERM sent to record goes to the program: a handler of its own runs; without one both die by it. The log is whole.

# They start no other program: one that is killed while it is becoming another leaves a log that says it is not complete.
mkfifo nothing
cat >handler.sh <<'SH'
exec 9<>nothing
trap 'echo handled; exit 4' TERM
echo ready
while :; do read -r -t 0.05 -u 9 _; done
SH

start() {
	rm -f out
	"$PAGETRAIL" record -q -f -o "$LOG" -- "$@" >out 2>err &
	pid=$!
	for _ in $(seq 100); do
		[ ! -s out ] || return 0
		sleep 0.05
	done
	fail "$* did not start"
}

start bash handler.sh
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
is "$status" 4 "status of a program that handles SIGTERM"
has "$(cat out)" handled "its handler"
complete

start sh -c 'echo ready; read -r _ <nothing'
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
is "$status" $((128 + 15)) "status of a program that does not"
complete
