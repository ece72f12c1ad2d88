# memtester asks for less and less until the limit lets it lock: 512 refusals, one lock, and an unlock that is 4080 bytes too short.

need memtester
public_place
nobody env MEMTESTER_TEST_MASK=1 prlimit --memlock=2097152 "$PAGETRAIL" record -q -o "$LOG" -- memtester 4M 1 >out 2>err ||
	fail "status $?: $(cat err)"
complete
is "$(q '[.[] | select(.type == "call" and .call == "mlock") | .errno // "ok"] | group_by(.) | map("\(.[0]) \(length)") | join(" ")')" \
	"ENOMEM 512 ok 1" "locks"
is "$(calls munlock)" 1 "unlocks"
is "$("$PAGETRAIL" map "$LOG" --json | jq '[.ranges[] | select(.lock == "locked")] | length')" 1 "locked ranges left"
