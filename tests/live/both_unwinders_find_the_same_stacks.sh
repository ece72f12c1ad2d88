# --unwinder=libunwind walks the same frames as our own stepper.

chain() {
	q '([.[] | select(.type == "module")] | map({(.id | tostring): .path}) | add) as $m
	| ([.[] | select(.type == "stack")] | map({(.id | tostring): .frames}) | add) as $s
	| [.[] | select(.type == "call" and .via == "plt" and (.call | IN("mmap", "mprotect", "mlock", "madvise", "munmap")) and .stack)
		| [.call, [$s[.stack | tostring][] | "\($m[.[0] | tostring] // "none")+\(.[1])"]]]
	| map(select(.[1][0] | test("/p_"))) | .[] | tojson'
}

for program in p_deep p_write_fault p_locks_do_not_nest; do
	record -- "$PROG/$program" >out
	chain >cfi
	record --unwinder=libunwind -- "$PROG/$program" >out
	is "$(q '[.[] | select(.type == "process" and .unwinder)][0].unwinder')" libunwind "the unwinder in use"
	chain >libunwind
	[ -s cfi ] || fail "no stacks"
	diff cfi libunwind || fail "$program"
done
