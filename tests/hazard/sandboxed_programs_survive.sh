# A seccomp filter that kills for any call but those on memory, write and exit: the tracer makes none of its own from then on, in no
# thread, not even in one that makes its first call now, nor in a child; all calls are there.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	for how in prctl syscall thread fork; do
		record $option -- "$PROG/h_seccomp" $how 5000 >out 2>err || fail "$how with $option: killed"
		is "$(cat out err)" "survived" "what it says"
		whole
		counts_agree
		stacks_there 241664
	done
	# The child, whose beginning was seen without asking the kernel for its pid.
	is "$(q '[.[] | select(.type == "process" and .event == "fork") | .pid] | length')" 1 "children"
	is "$(q '([.[] | select(.type == "process" and .event == "fork") | .pid][0]) as $pid
		| [.[] | select(.type == "call" and .pid == $pid and .tid == $pid and .len == 241664)] | length')" 4 "calls of the child"
	record $option -- "$PROG/h_seccomp" strict >out
	is "$(cat out)" "survived" "in strict mode"
	whole
done

record -- "$PROG/h_seccomp" thread 10 >out
is "$(q '[.[] | select(.type == "call" and .len == 241664) | .tid] | group_by(.) | map(length) | sort | last')" 200 \
	"calls of a thread that is new to the tracer"
