# Every call a program made is in the log once, in its order, with its arguments, result and errno, by its process and thread.

for program in protect_then_use lock_three_of_eight lock_over_limit discard_private locks_do_not_nest lock_everything \
	fork_drops_locks exec_itself threads children exit_three segv big_file shm memfd mremap brk raw_syscall failures \
	write_fault marks; do
	rm -f expect
	EXPECT=$PWD/expect record -- "$PROG/p_$program" >out || true
	/usr/bin/python3 "$LIVE/expect.py" expect "$LOG" "$(realpath "$PROG/p_$program")" || fail "p_$program"
	complete
done
