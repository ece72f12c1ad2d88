# A lock refused for RLIMIT_MEMLOCK carries what the kernel looked at: the limit, the capability, what was locked already.

record -- "$PROG/p_lock_over_limit" >out
refused=$(q '[.[] | select(.type == "call" and .call == "mlock" and .ret == -1) | "\(.len / 4096) \(.errno) \(.limit) \(.cap) \(.vmlck)"] | join(";")')
is "$refused" "17 ENOMEM 65536 false 0;1 ENOMEM 65536 false 65536" "refused locks"
is "$(q '[.[] | select(.type == "call" and .call == "setrlimit")][0] | "\(.resource) \(.soft) \(.hard)"')" "8 65536 65536" "setrlimit"

# A lock that worked carries none of it.
is "$(q '[.[] | select(.type == "call" and .call == "mlock" and .ret == 0 and has("limit"))] | length')" 0 "locks that worked"
has "$("$PAGETRAIL" events "$LOG" --call mlock --result ENOMEM)" 'ENOMEM' "events --result"

# Root of a user namespace of its own has the capability, and it does not count (capable(), mm/mlock.c).
unshare -Ur true 2>/dev/null || exit 0
record -- unshare -Ur "$PROG/p_lock_over_limit" keep >out.namespace
cmp out out.namespace || fail "in a user namespace: $(cat out.namespace)"
is "$(q '[.[] | select(.type == "call" and .call == "mlock" and .ret == -1) | "\(.errno) \(.limit) \(.cap)"] | unique | join(";")')" \
	"ENOMEM 65536 false" "refused locks in a user namespace"
