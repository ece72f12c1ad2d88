# When the disk fills up, recording stops with a message; the program runs on undisturbed to its own end and status.

need_root
mkdir disk
mount -t tmpfs -o size=64k tmpfs disk 2>/dev/null || skip "cannot mount a tmpfs here"
trap 'umount "$PWD/disk"' EXIT

status=0
timeout 30 "$PAGETRAIL" record -o disk/log.jsonl -- sh -c '"$0" 4 400; exit 7' "$PROG/p_threads" >out 2>err || status=$?
is "$status" 7 "the program's status"
is "$(sort out | paste -sd,)" "thread 0: ok,thread 1: ok,thread 2: ok,thread 3: ok" "the program's output"
has "$(cat err)" '^pagetrail: .*(No space left|full)' "message"
[ "$(stat -c %s disk/log.jsonl)" -gt 10000 ] || fail "nothing was written before the disk was full"

# What was written can be read, up to the tear, and does not pass for complete.
"$PAGETRAIL" events disk/log.jsonl >events 2>err || true
[ "$(wc -l <events)" -gt 10 ] || fail "no events from the torn log"
status=0
"$PAGETRAIL" validate disk/log.jsonl >out 2>&1 || status=$?
is "$status" 3 "validate of a log that ends early"
