# Ten times the calls, no more memory, in the program and in the collector: threads, marks with ever new labels, children that end, a
# library that is loaded at one place after the other. Of what is alive, as here, there is no more at the end than at the beginning.

perf=$LIVE/../perf
gcc -O2 -D_GNU_SOURCE -pthread -o long_run "$perf/long_run.c"
gcc -O1 -fPIC -shared -o library.so "$perf/long_run_library.c"

# grown VARIANT COLUMN: KiB from a tenth of the calls to the end
grown() {
	awk -v v="$1" -v c="$2" '$1 == v { at[++n] = $c } END { print n == 3 ? at[3] - at[1] : "nothing told" }' memory
}

for variant in threads marks processes libraries; do
	calls=60000
	[ $variant != processes ] || calls=6000	# two thousand children
	[ $variant != threads ] || calls=300000
	record -- ./long_run $variant $calls ./library.so 2>memory
	is "$(tail -n 1 "$LOG" | jq '[.losses, .complete]' -c)" '[0,true]' "$variant: losses, complete"
	# What threads do at once is kept until its order is known: more where one is kept from the processor, whatever the calls.
	# Of libraries that were unloaded the last thousands of places are known, with their modules; there are less of them here.
	most=1024
	[ $variant != libraries ] && [ $variant != threads ] || most=2048
	[ "$(grown $variant 3)" -le "$most" ] || fail "$variant: the program grew by $(grown $variant 3) KiB"
	[ "$(grown $variant 5)" -le "$most" ] || fail "$variant: the collector grew by $(grown $variant 5) KiB"
done
