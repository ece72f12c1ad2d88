# Programs built with AddressSanitizer and ThreadSanitizer, whose runtimes stand between program and libc as we do: no complaint, same
# status, all calls there once, leaks and races found as without us. (No children: their runtimes do not go well with fork in a
# program with threads. With libunwind as unwinder ThreadSanitizer would die: such a program is walked by the stepper all the same.)

for runtime in asan tsan; do
	for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
		is "$(wait_status "$PAGETRAIL" record $option -q -f -o "$LOG" -- "$PROG/h_alloc.$runtime" 0)" 0 "status of $runtime, $option"
		is "$(cat out err)" "0 children ended badly" "what it says"
		whole
		counts_agree
	done
done

# What the runtime was made for it still does.
bare=$(wait_status "$PROG/h_leak.asan")
grep -q 'LeakSanitizer: detected memory leaks' err || skip "the leak detector does not work here"
is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/h_leak.asan")" "$bare" "status of a leak"
grep -q 'LeakSanitizer: detected memory leaks' err || fail "the leak was not found"
is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- env -i "$PROG/h_leak.asan")" "$bare" "status of a leak, as a child"
