# At every mark of every program, the map rebuilt from the log agrees with /proc/PID/smaps of that moment, page by page, in
# mapping, protection, lock and advice. No look had to put right what the calls told.

for program in protect_then_use lock_three_of_eight lock_over_limit discard_private locks_do_not_nest lock_everything \
	fork_drops_locks exec_itself segv big_file shm memfd mremap brk raw_syscall failures refused write_fault marks growth advise_ranges \
	descendants odd_memory; do
	rm -rf smaps
	mkdir smaps
	SMAPS=$PWD/smaps record -- "$PROG/p_$program" >out || true
	is "$(q '.[-1].coverage.revealed_pages')" 0 "pages of p_$program that looks showed to be otherwise than known"
	for smaps in smaps/*; do
		label=${smaps#smaps/}
		pid=${label##*.}
		label=${label%.*}
		"$PAGETRAIL" map "$LOG" --json --pid "$pid" --at "mark:$label" >map.json || fail "map of p_$program at $label"
		/usr/bin/python3 "$LIVE/smaps.py" "$smaps" map.json || fail "p_$program at $label"
	done
done
