# Threads that race, forks, a System V segment, a program killed in its calls: from the log alone the same state is rebuilt that the
# collector had, and no result is impossible. The same log gives the same bytes, compressed or not, whoever and wherever reads it;
# one that was changed is found out.

# again PROGRAM...: record it, whatever becomes of it, and replay
again() {
	"$PAGETRAIL" record -q -f -o "$LOG" -- "$@" >out 2>err </dev/null || true
	replays
}

for seed in 1 2 3; do
	again "$PROG/p_storm" -t 8 -r 3 -c 200 -s $seed -f 400
done
for program in p_threads p_children p_descendants p_shm p_shared_memory p_mremap p_brk p_growth p_failures p_exec_itself; do
	again "$PROG/$program"
done
again "$PROG/p_killed" "$PWD/counts" 4
again /bin/sh -c 'for i in 1 2 3 4; do (/bin/true; ls / | wc -l) & done; wait; kill -9 $$'

# a user who may lock 64 KiB, and less than the tracer's own memory is
if [ "$(id -u)" = 0 ]; then
	cp "$PAGETRAIL" "$BUILD/libpagetrail.so" "$PROG/p_storm" "$PROG/p_lock_everything" .
	"$PAGETRAIL" record -q -f -o "$LOG" -- setpriv --bounding-set=-ipc_lock prlimit --memlock=65536 ./p_storm -t 4 -r 3 -c 200 -s 4 >out || true
	replays
	"$PAGETRAIL" record -q -f -o "$LOG" -- setpriv --bounding-set=-ipc_lock prlimit --memlock=65536 ./p_lock_everything >out 2>err || true
	replays
fi

# the same bytes
"$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_threads" >out
"$PAGETRAIL" replay "$LOG" >first
zstd -q -f "$LOG" -o log.zst 2>/dev/null || skip "no zstd here"
"$PAGETRAIL" replay log.zst >second
cmp first second || fail "another report of the compressed log"
(cd / && LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo COLUMNS=40 "$PAGETRAIL" replay - <"$LOG") >second
cmp first second || fail "another report elsewhere"
"$PAGETRAIL" replay "$LOG" --json >first
"$PAGETRAIL" replay log.zst --json >second
cmp first second || fail "another JSON report of the compressed log"
is "$(jq .state_equal first)" true "state_equal"

# replayed FILTER WANTED-STATUS WHAT: of a log changed by this jq filter over all its records
changed() {
	local status=0
	jq -c "$1" "$LOG" >changed.jsonl
	"$PAGETRAIL" replay changed.jsonl >out 2>err || status=$?
	is "$status" "$2" "status after $3: $(cat out err)"
}
"$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_lock_three_of_eight" >out
changed . 0 "nothing"
changed 'if .type == "trailer" then .state |= sub("^.."; "zz" | sub("zz"; "00")) else . end' 1 "another digest"
has "$(cat out)" "NOT the recording's" "another digest"
changed 'if .call == "mlock" then .len = 99999999 else . end' 1 "mlock over holes"
has "$(cat out)" "hole" "mlock over holes"
changed 'if .call == "mmap" and .ret then .ret = (.ret | sub("...$"; "008")) else . end' 1 "an address inside a page"
changed 'if .call == "mlock" then .ret = -1 | .errno = "EMFILE" else . end' 1 "an errno of other calls"
head -c 3000 "$LOG" >changed.jsonl
status=0
"$PAGETRAIL" replay changed.jsonl >out 2>err || status=$?
is "$status" 3 "status of a torn log"
has "$(cat err)" "cut short" "torn log"
status=0
echo nonsense >changed.jsonl
"$PAGETRAIL" replay changed.jsonl >out 2>err || status=$?
is "$status" 2 "status of no log"
