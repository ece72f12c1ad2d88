# ls under Electric Fence, which is preloaded beside us: some 6,000 mprotect calls, none lost, and the listing is the same.

[ -e /usr/lib/libefence.so.0.0 ] || skip "no libefence here"
mkdir fx
for i in $(seq 400); do : >fx/$i; done
export EF_ALLOW_MALLOC_0=1 EF_DISABLE_BANNER=1
LD_PRELOAD=libefence.so.0.0 ls -l fx >bare
record -- env LD_PRELOAD=libefence.so.0.0 ls -l fx >traced
cmp bare traced || fail "the listing differs"
complete
n=$(q '[.[] | select(.type == "call" and .call == "mprotect" and .via == "plt")] | length')
[ "$n" -gt 5300 ] && [ "$n" -lt 6600 ] || fail "mprotect calls: $n"
