# gpg maps 64 KiB for secrets and locks them: the log has the calls with stacks that name libgcrypt, the map right after the lock
# shows the range, and the biography of one of its pages tells both.

need gpg
mkdir -m 700 home
status=$(wait_status "$PAGETRAIL" record -q -o "$LOG" -- gpg --homedir "$PWD/home" --batch --gen-random --armor 1 16)
is "$status" 0 "gpg's status"
is "$(base64 -d out | wc -c)" 16 "random bytes"
complete

read -r seq addr len ret < <(q '[.[] | select(.type == "call" and .call == "mlock")][0] | "\(.seq) \(.addr) \(.len) \(.ret)"')
is "$len $ret" "65536 0" "length and result of mlock"
is "$(calls mlock)" 1 "locks"

# The stack of each of the three calls has a frame in libgcrypt.
modules=$(q '[.[] | select(.type == "module" and (.path | test("/libgcrypt\\.so")))] | map(.id) | join(",")')
for call in mmap mlock munmap; do
	found=$(q --arg call "$call" "[$modules] as \$m | [.[] | select(.type == \"stack\" and any(.frames[]; .[0] as \$f | any(\$m[]; . == \$f))) | .id] as \$s
		| [.[] | select(.type == \"call\" and .call == \$call and (.stack as \$x | any(\$s[]; . == \$x)))] | length")
	[ "$found" -ge 1 ] || fail "no $call with a stack that names libgcrypt"
done

"$PAGETRAIL" map "$LOG" --at "#$seq" --json >map.json
locked=$(jq -r --arg a "$addr" '[.ranges[] | select(.lock == "locked")] | "\(length) \(.[0].start == $a) \(.[0].set_by.lock)"' map.json)
is "$locked" "1 true $seq" "locked ranges after mlock: how many, at its address, set by"
end=$(jq -r '.ranges[] | select(.lock == "locked") | .end' map.json)
is $((end - addr)) 65536 "bytes locked"
is "$("$PAGETRAIL" map "$LOG" --at "#$((seq - 1))" --json | jq '[.ranges[] | select(.lock != "none")] | length')" 0 "locked before"
is "$("$PAGETRAIL" map "$LOG" --json | jq '[.ranges[] | select(.lock != "none")] | length')" 0 "locked at exit"

life=$("$PAGETRAIL" explain "$LOG" "$addr")
for word in mmap mlock munmap libgcrypt; do
	has "$life" "$word" "the page's biography"
done
events=$("$PAGETRAIL" events "$LOG" --call mlock --stacks)
has "$events" "mlock\\($addr, 65536\\) += 0" "events"
has "$events" 'libgcrypt\.so\.20' "events --stacks"
