# jemalloc, tcmalloc and mimalloc, preloaded before and after the tracer: the program runs, all its calls are there, and so are the
# allocator's.

shim=$(realpath "$BUILD/libpagetrail.so")
found=0
for name in libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2 libmimalloc.so.2.0; do
	LD_PRELOAD=$name /bin/true 2>none
	[ ! -s none ] || continue
	found=$((found + 1))
	for order in "$name" "$name:$shim" "$shim:$name"; do
		record -- env LD_PRELOAD="$order" "$PROG/h_alloc" >out 2>err
		is "$(cat out err)" "0 children ended badly" "with LD_PRELOAD=$order"
		whole
		counts_agree
		inside=$(q --arg name "${name%%.so*}" '([.[] | select(.type == "module" and (.path | contains($name))) | .id]) as $m
			| ([.[] | select(.type == "stack") | select(.frames[0][0] as $f | any($m[]; . == $f)) | .id]) as $s
			| [.[] | select(.type == "call" and (.stack as $x | any($s[]; . == $x)))] | length')
		[ "$inside" -gt 0 ] || fail "no call of $name itself with LD_PRELOAD=$order"
	done
done
[ "$found" -ge 1 ] || skip "no other allocator here"
