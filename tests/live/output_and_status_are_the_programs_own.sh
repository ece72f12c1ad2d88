# Under the tracer a program prints the same, to both outputs, and ends the same: by its status or by the same signal.

for program in protect_then_use lock_three_of_eight lock_over_limit discard_private locks_do_not_nest lock_everything \
	fork_drops_locks exec_itself threads children exit_three segv big_file shm memfd mremap brk raw_syscall failures \
	write_fault deep marks; do
	echo "$program"
	unchanged "$PROG/p_$program"
	complete
done

is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_exit_three")" 3 "_exit(3)"
is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_segv")" -11 "death by SIGSEGV"
is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_killed" counts)" -9 "death by SIGKILL"
is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- sh -c 'exit 127')" 127 "a status that looks like ours"
