# At every mark and at every exit of the programs of tests/prog, model and kernel agree on every page, also while other threads
# change pages.

for program in big_file brk busy children deep discard_private exec_itself failures fork_drops_locks lock_everything \
	lock_over_limit lock_three_of_eight locks_do_not_nest marks memfd mremap protect_then_use raw_syscall shm threads \
	write_fault; do
	status=0
	"$PAGETRAIL" record --verify -f -o "$LOG" -- "$PROG/p_$program" >out 2>err || status=$?
	is "$status" 0 "status of p_$program: $(cat err)"
	[ "$(q '.[-1].checks')" -gt 0 ] || fail "p_$program was not compared"
	[ "$(q '.[-1].checked_pages')" -gt 400 ] || fail "p_$program: too few pages"
	is "$(q '.[-1].differing_pages')" 0 "differences in p_$program"
done
