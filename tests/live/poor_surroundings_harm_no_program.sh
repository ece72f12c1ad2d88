# Where there is no room, no right or no /proc: either a message and status 125 or 126 before the program has begun, or a program
# with its own output and status, and a log that does not pass for complete if it is not.

need prlimit unshare
printf 'thread 0: ok\nthread 1: ok\n' >want

# program: what is run in each of them
program() {
	sh -c '"$0" 2 "$1"; exit 7' "$PROG/p_threads" "${calls:-400}"
}
export PROG calls
export -f program

# ended STATUS WHAT: the program ran as ever
ended() {
	is "$1" 7 "status, $2: $(cat err)"
	diff <(sort out) want || fail "output, $2"
}

# refused STATUS WHAT MESSAGE: the program was not begun
refused() {
	[ "$1" = 125 ] || [ "$1" = 126 ] || fail "status, $2: $1"
	[ ! -s out ] || fail "$2: the program ran: $(cat out)"
	has "$(cat err)" "^pagetrail: .*$3" "message, $2"
}

# in_place SETUP...: the recording of the program where SETUP, shell words, has been done in mounts of its own
in_place() {
	local status=0
	unshare -m --propagation private bash -c "$* && "'exec timeout 40 "$0" record -f -o "$1" -- bash -c program' "$PAGETRAIL" "$LOG" >out 2>err || status=$?
	echo "$status"
}

# limited LIMIT...: the same under limits of prlimit(1)
limited() {
	local status=0
	prlimit "$@" timeout 40 "$PAGETRAIL" record -f -o "$LOG" -- bash -c program >out 2>err || status=$?
	echo "$status"
}

# A file may not grow: no ring; no whole log, which is no reason for a signal (SIGXFSZ) to anybody.
refused "$(limited --fsize=8192)" "files of 8 KiB" "cannot create the ring.*File too large"
calls=8000
ended "$(limited --fsize=1000000)" "files of 1 MB"
has "$(cat err)" "cannot write /.*/log.jsonl: File too large; recording has ended, the program goes on" "message"
is "$("$PAGETRAIL" validate "$LOG" >/dev/null 2>&1 || echo $?)" 3 "validate of the log"
calls=400

# Few descriptors.
for most in 5 8 12 20; do
	status=$(limited --nofile=$most)
	[ "$status" = 7 ] && ended 7 "$most descriptors" || refused "$status" "$most descriptors" "Too many open files"
done
ended "$(limited --nofile=20)" "20 descriptors"

# No standard descriptors.
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	status=0
	eval "\"\$PAGETRAIL\" record -q -f -o \"\$LOG\" -- bash -c 'program 2>/dev/null' $closed" >out 2>err || status=$?
	is "$status" 7 "status with $closed"
	whole
done

# The log goes while it is written, or what it had.
for rude in 'rm log.jsonl' ': >log.jsonl' 'mv log.jsonl elsewhere' 'rm -r ../poor_gone'; do
	mkdir -p ../poor_gone
	status=0
	"$PAGETRAIL" record -q -f -o log.jsonl -- bash -c "$rude; program" >out 2>err || status=$?
	ended "$status" "$rude"
done
is "$("$PAGETRAIL" validate elsewhere >/dev/null 2>&1 || echo $?)" "" "validate of a log that was renamed"

[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || exit 0

# Without room in /dev/shm the ring lies elsewhere.
tiny="mount -t tmpfs -o size=64k none"
ended "$(in_place "$tiny /dev/shm")" "a full /dev/shm"
whole
refused "$(in_place "mount -t tmpfs none /proc")" "no /proc" "cannot find libpagetrail.so"

# No right to write, and not one process more.
public_place
printf 'thread 0: ok\nthread 1: ok\n' >want
for place in /root/log.jsonl /nowhere/log.jsonl; do
	status=0
	nobody "$PAGETRAIL" record -o $place -- bash -c program >out 2>err || status=$?
	refused "$status" "$place" "$place: (Permission denied|No such file)"
done
status=0
nobody prlimit --nproc=1 "$PAGETRAIL" record -o log.jsonl -- /bin/echo ran >out 2>err || status=$?
refused "$status" "no process more" "fork: Resource temporarily unavailable"
