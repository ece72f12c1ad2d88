# Two libraries that take each other's place 300 times: the log has each stack once, also where only symbols are seen.
for option in --unwinder=cfi --no-sites; do
	record $option -- "$PROG/h_replaced" "$PROG/lib_deep.so" "$PROG/lib_roomy.so" 300 >out
	is "$(cat out)" visited "what it says"
	[ "$(cat same)" -ge 200 ] || skip "the loader used one place only $(cat same) times"
	whole
	stacks=$(grep -c '"type":"stack"' "$LOG")
	[ "$stacks" -le 60 ] || fail "$stacks stacks with $option"
	is "$(grep '"type":"stack"' "$LOG" | sed 's/"id":[0-9]*//' | sort | uniq -d | wc -l)" 0 "stacks that stand in the log twice"
	[ "$(grep -c '"type":"module"' "$LOG")" -le 8 ] || fail "modules with $option"
done

# 4096 stacks of 15 frames are more than the dictionary holds: the others travel through the ring, again and again, and stand in the
# log once. Each call has its own path's.
record -- "$PROG/h_paths" 3 >out
whole
grep -E '"call":"madvise".*"len":4096,"advice":0,' "$LOG" |
	sed -E 's/.*"addr":"(0x[0-9a-f]+)".*"stack":([0-9]+).*/\1 \2/' >pairs
is "$(wc -l <pairs)" $((3 * 4096)) "calls with a stack"
is "$(sort -u pairs | wc -l)" 4096 "paths, each with a stack of its own"
is "$(cut -d' ' -f2 pairs | sort -u | wc -l)" 4096 "stacks, each of a path of its own"
sent=$(grep '"type":"stack"' "$LOG" | sed -E 's/.*"id":([0-9]+).*/\1/' | awk '$1 >= 2147483648' | wc -l)
[ "$sent" -ge 1000 ] || fail "only $sent stacks travelled through the ring"
stacks=$(grep -c '"type":"stack"' "$LOG")
[ "$stacks" -le 4200 ] || fail "$stacks stacks"
