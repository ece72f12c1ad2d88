# Calls made on coroutines' stacks, at the edge of mapped memory too, and in signal handlers on top of them: all there, each with a
# stack that goes back to where the coroutine starts, in libc, or to main.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	record "$option" -- "$PROG/h_coroutines" >out 2>err
	is "$(cat out err)" "home again" "what it says"
	whole
	counts_agree
	[ "$option" != --unwinder=libunwind ] || continue
	# That a coroutine's stack ends there is said by no table: it may be called cut off.
	stacks_there 241664 100000
	is "$(q '([.[] | select(.type == "module" and (.path | endswith("libc.so.6"))) | .id][0]) as $libc
		| [.[] | select(.type == "stack" and .truncated) | .frames[-1]] | unique | map(.[0] == $libc) | tojson')" "[true]" \
		"ends of the stacks of coroutines"
done
