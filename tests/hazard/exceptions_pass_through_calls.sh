# C++ exceptions while destructors make calls, through frames of libc and in threads: all are caught, all calls are there.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	record $option -- "$PROG/h_throw" >out 2>err
	is "$(cat out err)" "100 and 100 exceptions caught" "with $option"
	whole
	counts_agree
	[ $option != --unwinder=cfi ] || stacks_there 241664
done
