# cyclictest locks all its memory before its loop and unlocks it after; without the right and with a small limit it is refused.

need cyclictest
need_root
chrt -f 1 true 2>/dev/null || skip "no real-time scheduling here"
record -- cyclictest -m -q -t2 -l 100 -i 1000 >out 2>err || fail "status $?: $(cat err)"
whole
is "$(q '[.[] | select(.type == "call" and (.call | IN("mlockall", "munlockall"))) | "\(.call) \(.ret)"] | join(", ")')" \
	"mlockall 0, munlockall 0" "locking"
lock=$(q '[.[] | select(.call == "mlockall")][0].seq')
pid=$(q '[.[] | select(.call == "mlockall")][0].pid')
[ "$("$PAGETRAIL" map "$LOG" --pid "$pid" --at "#$lock" --json | jq '[.ranges[] | select(.lock == "locked")] | length')" -gt 10 ] ||
	fail "little is locked after mlockall"
is "$("$PAGETRAIL" map "$LOG" --pid "$pid" --json | jq '[.ranges[] | select(.lock != "none")] | length')" 0 "ranges locked at the end"

record -- setpriv --bounding-set=-ipc_lock prlimit --memlock=65536:65536 cyclictest -m -q -t2 -l 100 -i 1000 >out 2>err &&
	fail "it was not refused"
whole
is "$(q '[.[] | select(.call == "mlockall") | "\(.ret) \(.errno) \(.limit) \(.cap)"] | join(", ")')" "-1 ENOMEM 65536 false" "mlockall"
