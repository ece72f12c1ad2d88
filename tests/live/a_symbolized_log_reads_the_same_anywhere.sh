# symbolize: names are in the log, so that every report is the same to the byte where the program is gone; nothing else changes.
cp "$PROG/p_locks_do_not_nest" program
record -- ./program >out
verbs=("events --stacks" "audit --json" "audit" "stats" "stats --json" "locks" "map --json" "events --json --func main")

reports() {
	local i
	mkdir -p "$2"
	for i in "${!verbs[@]}"; do
		# shellcheck disable=SC2086 # a verb and its options
		"$PAGETRAIL" ${verbs[i]} "$1" >"$2/$i" 2>"$2/$i.err" || fail "${verbs[i]}: $(cat "$2/$i.err")"
	done
}

reports "$LOG" here
grep -q 'main (.*p_locks_do_not_nest\.c:' here/0 || fail "no names at home"
"$PAGETRAIL" symbolize "$LOG" -o named.jsonl.zst 2>messages || fail "$(cat messages)"
has "$(cat messages)" 'frames named, 0 not looked up' "what is said"
is "$(stat -c %a named.jsonl.zst)" 600 "mode"
"$PAGETRAIL" validate named.jsonl.zst >verdict || fail "$(cat verdict)"
zstd -qd named.jsonl.zst
/usr/bin/python3 - "$LOG" named.jsonl <<-'PYTHON'
	import json, sys
	for old, new in zip(*(open(name) for name in sys.argv[1:]), strict=True):
	    if old != new:
	        new = json.loads(new)
	        assert len(new.pop("names")) == len(new["frames"])
	        assert list(new.items()) == list(json.loads(old).items()) and new["type"] == "stack"
PYTHON

"$PAGETRAIL" replay named.jsonl >replayed || fail "replay: $(cat replayed)"
has "$(cat replayed)" "all, equal to the recording's" "the state of a named log"

# once more: the same bytes, over a compressed log and a plain one, through a pipe too
"$PAGETRAIL" symbolize named.jsonl.zst -o again.jsonl 2>messages
cmp again.jsonl named.jsonl || fail "naming twice is not naming once"
"$PAGETRAIL" symbolize - -o - <"$LOG" 2>messages | cmp - named.jsonl || fail "a pipe gives another log"

rm program
reports named.jsonl.zst away
for i in "${!verbs[@]}"; do
	cmp "here/$i" "away/$i" || fail "${verbs[i]} differs where the program is gone"
	cmp "here/$i.err" "away/$i.err" || fail "${verbs[i]} complains: $(cat "away/$i.err")"
done
# names in the log go before files, and an unnamed log has none here
printf '#!/bin/sh\n' >program
"$PAGETRAIL" events --stacks named.jsonl 2>messages | cmp - here/0 || fail "another file in its place is used"
"$PAGETRAIL" events --stacks "$LOG" >unnamed 2>messages
cmp -s unnamed here/0 && fail "this test shows nothing"

# what must not be written is not written
refused() {
	local status=0
	"$PAGETRAIL" symbolize "$@" 2>messages >/dev/null || status=$?
	is "$status" 2 "status of symbolize $*"
}
refused "$LOG" -o named.jsonl
has "$(cat messages)" 'exists; -f overwrites it' "an existing file"
refused "$LOG" -f -o "$LOG"
has "$(cat messages)" 'is the log that is read' "the log itself"
refused "$LOG"
has "$(cat messages)" '-o LOG2 says where to write' "no output"
refused "$LOG" -o /dev/full
has "$(cat messages)" 'No space left on device' "a full disk"
"$PAGETRAIL" symbolize -f "$LOG" -o named.jsonl 2>messages || fail "$(cat messages)"

# a torn log is used up to the tear; a damaged one leaves nothing behind
head -c -30 "$LOG" >torn.jsonl
"$PAGETRAIL" symbolize torn.jsonl -o torn2.jsonl 2>messages || fail "$(cat messages)"
has "$(cat messages)" 'cut short; what stands before is used, and the new log is not complete either' "a torn log"
status=0
"$PAGETRAIL" validate torn2.jsonl >verdict || status=$?
is "$status" 3 "a torn log's copy is incomplete"
sed '3s/.*/{"type":"call"}/' "$LOG" >damaged.jsonl
refused damaged.jsonl -o damaged2.jsonl
has "$(cat messages)" 'damaged.jsonl:3: call: "seq" is missing' "a damaged log"
[ ! -e damaged2.jsonl ] || fail "half a log is left"
