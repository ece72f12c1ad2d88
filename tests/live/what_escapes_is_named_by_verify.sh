# --verify: system calls that stand in the program's own text are seen by nobody inside the process; the comparison with the
# kernel names their pages, no others, and record ends with 125. The same calls by way of the C library differ in nothing.

unmarked() {
	jq -r 'select(.type == "check") | .ranges[] | "\(.start) \(.end) \(.model) \(.kernel)"' "$LOG"
}

status=0
"$PAGETRAIL" record --verify -f -o "$LOG" -- "$PROG/p_escape" >out 2>err || status=$?
is "$status" 125 "status"
read -r only gone new < <(sed -E 's/.*only (0x[0-9a-f]+), unmapped (0x[0-9a-f]+), mapped (0x[0-9a-f]+)/\1 \2 \3/' out)
after() {
	printf '0x%x' $(($1 + $2 * 4096))
}
is "$(unmarked)" "$only $(after "$only" 1) rw-p r--p
$gone $(after "$gone" 1) rw-p unmapped
$new $(after "$new" 2) unmapped rw-p" "what differs"
is "$(q '.[-1] | "\(.checks) \(.differing_pages) \(.complete)"')" "2 4 false" "trailer"
has "$(cat err)" "verified [0-9]+ pages at 2 checkpoints, 4 differ" "summary"
has "$(cat err)" "$only-$(after "$only" 1) \(1 page\): model rw-p, kernel r--p" "summary"

# Once seen, the pages are known: the second checkpoint agrees, and the map says that a snapshot revealed them.
is "$(q '[.[] | select(.type == "check")][1].differ')" 0 "differences at exit"
is "$("$PAGETRAIL" map "$LOG" --json | jq -r --arg a "$new" '.ranges[] | select(.start == $a) | .perms')" rw-p "map of the new pages"
seq=$(q '[.[] | select(.type == "snapshot" and .why == "check")][0].seq')
is "$("$PAGETRAIL" map "$LOG" --json | jq -r --arg a "$new" '.ranges[] | select(.start == $a) | .set_by.map')" "$seq" "their origin"
"$PAGETRAIL" events "$LOG" >events
has "$(cat events)" "checked at mark: [0-9,]+ pages, 4 differ" "events"

"$PAGETRAIL" record --verify -f -o "$LOG" -- "$PROG/p_escape" by-library >out 2>err
is "$(q '.[-1] | "\(.checks) \(.differing_pages) \(.complete)"')" "2 0 true" "trailer of the same calls by the library"

# With --verify=N it is found after the next N calls, without any mark; and it is found once.
for every in 1 2; do
	status=0
	"$PAGETRAIL" record --verify=$every -f -o "$LOG" -- "$PROG/p_escape" >out 2>err || status=$?
	is "$status" 125 "status with --verify=$every"
	is "$(q 'map(select(.type == "check" and .differ > 0) | .differ) | @json')" "[4]" "what differs with --verify=$every"
	calls=$(q 'map(select(.type == "call" and has("ret"))) | length')
	is "$(q 'map(select(.type == "check" and .why == "calls")) | length')" $((calls / every)) "checkpoints for $calls calls"
done

# Without --verify nobody stops, and nothing is said of it.
"$PAGETRAIL" record -f -o "$LOG" -- "$PROG/p_escape" >out 2>err
is "$(q '[.[] | select(.type == "check")] | length')" 0 "checks without --verify"
is "$(q '.[-1].checks')" null "trailer without --verify"
