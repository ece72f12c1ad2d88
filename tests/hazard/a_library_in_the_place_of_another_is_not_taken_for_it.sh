# Two libraries loaded by turns at one address: each call's stack names the library that made it, and goes on to main although the
# frames of the two have different shapes.

record -- "$PROG/h_replaced" "$PROG/lib_deep.so" "$PROG/lib_roomy.so" >out
is "$(cat out)" visited "what it says"
[ "$(cat same)" -ge 10 ] || skip "the loader used one place only $(cat same) times"
whole
q --arg exe "$(realpath "$PROG/h_replaced")" '
	([.[] | select(.type == "module")] | map({(.id | tostring): .path}) | add) as $m
	| ([.[] | select(.type == "stack")] | map({(.id | tostring): .}) | add) as $s
	| .[] | select(.type == "call" and .call == "madvise" and .len == 249856) | $s[.stack | tostring]
	| [(.frames | map($m[.[0] | tostring] | split("/")[-1])), .truncated // false, .guessed // false] | tojson' >stacks
is "$(wc -l <stacks)" 50 "calls"
is "$(awk '{ print NR % 2 " " $0 }' stacks | sort | uniq -c | sed 's/^ *//')" \
	'25 0 [["lib_roomy.so","lib_roomy.so","h_replaced","h_replaced","libc.so.6","libc.so.6","h_replaced"],false,false]
25 1 [["lib_deep.so","h_replaced","h_replaced","libc.so.6","libc.so.6","h_replaced"],false,false]' "stacks"
