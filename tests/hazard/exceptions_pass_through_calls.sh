# C++ exceptions while destructors make calls, through frames of libc and in threads: all are caught, all calls are there.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	record $option -- "$PROG/h_throw" >out 2>err
	is "$(cat out err)" "100 and 100 exceptions caught" "with $option"
	whole
	counts_agree
	[ $option != --unwinder=cfi ] || stacks_there 241664
done

# They are thrown by libgcc, as without us, although libunwind has functions of the same names.
record --unwinder=libunwind -- env LD_DEBUG=bindings "$PROG/h_throw" >out 2>bindings
has "$(cat out)" "100 and 100 exceptions caught" "with libunwind"
bound=$(grep "symbol .\?_Unwind_[A-Za-z]*'" bindings | grep 'file .*libstdc++' | sed -E "s/.* to ([^ ]*) .*symbol .(_Unwind_[A-Za-z]*)'.*/\1/" | sort -u)
has "$bound" libgcc_s "what libstdc++ throws by"
is "$(grep -c libunwind <<<"$bound" || true)" 0 "functions of libunwind that throw"
