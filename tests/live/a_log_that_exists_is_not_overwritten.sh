# An existing LOG is kept unless -f says otherwise, and the program is not started; new logs are readable by their owner only.

echo precious >"$LOG"
status=0
"$PAGETRAIL" record -o "$LOG" -- echo started >out 2>err || status=$?
is "$status" 125 "status"
has "$(cat err)" '^pagetrail: .*log\.jsonl.*exist' "message"
[ ! -s out ] || fail "the program was started"
is "$(cat "$LOG")" precious "the old file"

"$PAGETRAIL" record -f -q -o "$LOG" -- true
is "$(q '.[0].type')" header "what -f wrote"
rm "$LOG"
(umask 0; "$PAGETRAIL" record -q -o "$LOG" -- true)
is "$(stat -c %a "$LOG")" 600 "mode"

# The log's name by default: after the program and its pid.
mkdir here
cd here
"$PAGETRAIL" record -q -- true
name=$(echo *)
has "$name" '^pagetrail\.true\.[0-9]+\.jsonl$' "default name"
