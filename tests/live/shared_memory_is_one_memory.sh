# Memory that two processes share, or one has mapped twice, is locked as long as any mapping has a lock: map and explain say so
# exactly when the kernel has the page locked, and through whom.

need_root # for /proc/kpageflags
[ -r /proc/kpageflags ] || skip "no /proc/kpageflags here"

# Anew where the kernel has forgotten locks: shared.py.
status=3
for _ in 1 2 3 4 5; do
	[ "$status" = 3 ] || break
	rm -rf smaps pages
	mkdir smaps
	SMAPS=$PWD/smaps PAGES=$PWD/pages record --verify -- "$PROG/p_shared_memory" >out
	complete
	status=0
	/usr/bin/python3 "$LIVE/shared.py" pages smaps "$PAGETRAIL" "$LOG" >wrong || status=$?
done
[ "$status" = 0 ] || fail "locks of shared pages: $(cat wrong)"
for smaps in smaps/*; do
	label=${smaps#smaps/}
	"$PAGETRAIL" map "$LOG" --json --pid "${label##*.}" --at "mark:${label%.*}" >map.json
	/usr/bin/python3 "$LIVE/smaps.py" "$smaps" map.json || fail "own locks at $label"
done
[ "$(find smaps -type f | wc -l)" = 12 ] || fail "looks: $(ls smaps)"

# At "released" the parent's own lock is gone and the child's holds two pages of the four.
parent=$(q '[.[] | select(.type == "mark" and .label == "released")][0].pid')
child=$(q '[.[] | select(.type == "process" and .event == "fork")][0].pid')
lock=$(q --argjson child "$child" '[.[] | select(.type == "call" and .pid == $child and .call == "mlock")][0] | "\(.seq) \(.addr)"')
addr=${lock#* }
told=$("$PAGETRAIL" explain "$LOG" "$addr" --at mark:released)
has "$told" "^now: rw- shared anon, NOT locked" "the page's own lock"
has "$told" "^ +still locked through process $child at $addr  #${lock% *} mlock  t_mlock prog.h:[0-9]+" "whose lock holds it"
has "$told" "unlocked; the memory stays locked through process $child at $addr \(#${lock% *}\)" "what munlock did not end"
told=$("$PAGETRAIL" map "$LOG" --at mark:released --addr "$addr" --strip)
has "$told" '^  \+$' "a strip of it"
is "$("$PAGETRAIL" explain "$LOG" "$addr" --at mark:released --json | jq -c '.now.held_by[0] | [.pid, .start, .lock, .seq, .call]')" \
	"[$child,\"$addr\",\"locked\",${lock% *},\"mlock\"]" "the same as JSON"
is "$("$PAGETRAIL" explain "$LOG" "$addr" --at mark:free --json | jq -c .now.held_by)" null "held by nobody in the end"
is "$("$PAGETRAIL" map "$LOG" --json --pid "$parent" --at mark:alone | jq -c '[.ranges[] | select(.segment_lock)] | length')" 1 \
	"segments locked by SHM_LOCK"
