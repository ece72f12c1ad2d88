# The ledger of real recordings: memtester's pages by how they ended, with the peak at its limit; what a forked child did not
# inherit; and as many pages held at a mark as the kernel counts there.

need memtester
public_place

ended() {
	"$PAGETRAIL" locks "$LOG" --json 2>/dev/null | jq -r '[.processes[].ended[] | "\(.pages) \(.how)"] | join(",")'
}

nobody env MEMTESTER_TEST_MASK=1 prlimit --memlock=2097152 "$PAGETRAIL" record -q -o "$LOG" -- memtester 4M 1 >out 2>err
is "$(ended)" "511 munlock,1 exit" "memtester's pages"
is "$("$PAGETRAIL" locks "$LOG" --json 2>/dev/null | jq -r '.processes[] | "\(.peak.bytes) of \(.peak.limit)"')" "2097152 of 2097152" "peak"
is "$("$PAGETRAIL" locks "$LOG" --json 2>/dev/null | jq -r '.refused[] | .count')" 512 "refused locks"
rm "$LOG"

record -- "$PROG/p_fork_drops_locks" >out
parent=$(q '[.[] | select(.type == "mark" and .label == "parent")][0].pid')
is "$("$PAGETRAIL" locks "$LOG" --json --pid "$parent" | jq -r '.processes[].forked[].lost_pages')" \
	"$("$PAGETRAIL" locks "$LOG" --json --pid "$parent" --at mark:parent | jq -r '.processes[].locked / 4096')" "pages lost in the child"

SMAPS=$PWD "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_lock_three_of_eight" >out
kernel=$(cat locked.* | awk '/^Size:/ { kb = $2 } /^VmFlags:.* lo/ { sum += kb } END { print sum / 4 }')
is "$("$PAGETRAIL" locks "$LOG" --json --at mark:locked | jq '[.processes[].runs[].pages] | add')" "$kernel" "pages held at the mark"
