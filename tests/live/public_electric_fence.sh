# ls under Electric Fence, which is preloaded beside us: thousands of mprotect calls, as many as strace counts, none lost, and the
# listing is the same.

need strace
[ -e /usr/lib/libefence.so.0.0 ] || skip "no libefence here"
mkdir fx
for i in $(seq 400); do : >fx/$i; done
export EF_ALLOW_MALLOC_0=1 EF_DISABLE_BANNER=1
LD_PRELOAD=libefence.so.0.0 ls -l fx >bare
record -- env LD_PRELOAD=libefence.so.0.0 ls -l fx >traced
cmp bare traced || fail "the listing differs"
complete
strace -f -o trace -e trace=mprotect env LD_PRELOAD=libefence.so.0.0 ls -l fx >bare
n=$(calls mprotect)
want=$(grep -c 'mprotect(' trace)
[ "$n" -gt 4000 ] || fail "mprotect calls: $n"
# The loader's own, before the shim is there, are the difference; and the program may not do quite the same in two runs.
[ "$n" -ge $((want - want / 50)) ] && [ "$n" -le $((want + want / 50)) ] || fail "mprotect calls: $n, by strace $want"
