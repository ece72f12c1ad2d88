# ssss-split locks everything it has; with too small a limit it goes on without.

need ssss-split
record -- sh -c 'echo topsecret | ssss-split -t 2 -n 3 -Q' >out 2>err
is "$(wc -l <out)" 3 "shares"
complete
is "$(q '[.[] | select(.type == "call" and .call == "mlockall") | .ret] | tojson')" '[0]' "mlockall"
pid=$(q '[.[] | select(.type == "call" and .call == "mlockall")][0].pid')
[ "$("$PAGETRAIL" map "$LOG" --pid "$pid" --json | jq '[.ranges[] | select(.lock == "locked")] | length')" -gt 10 ] || fail "little is locked"

public_place
echo topsecret | nobody prlimit --memlock=65536 "$PAGETRAIL" record -q -o "$LOG" -- ssss-split -t 2 -n 3 -Q >out 2>err ||
	fail "status $?: $(cat err)"
is "$(wc -l <out)" 3 "shares"
has "$(cat err)" WARNING "its own warning"
complete
is "$(q '[.[] | select(.type == "call" and .call == "mlockall") | "\(.ret) \(.errno) \(.limit)"] | tojson')" '["-1 ENOMEM 65536"]' "mlockall"
