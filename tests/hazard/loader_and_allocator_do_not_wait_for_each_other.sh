# Stacks are walked while malloc's lock is held and while the loader's locks are held, in threads that fight for both: nobody waits
# for ever, with either unwinder, and no call is missing.

is "$(wait_status "$PROG/h_loader_lock" "$PROG/lib_plugin.so" 20)" 0 "untraced"
for run in "cfi 2000" "libunwind 1000"; do
	read -r unwinder rounds <<<"$run"
	is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" --unwinder="$unwinder" -- \
		"$PROG/h_loader_lock" "$PROG/lib_plugin.so" "$rounds")" 0 "status with $unwinder"
	is "$(cat out err)" "nobody waited for ever" "what it says"
	whole
	counts_agree
done
