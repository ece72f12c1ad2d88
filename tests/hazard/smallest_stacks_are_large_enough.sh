# Threads with the smallest stack there can be make each kind of call, those included after which the recorder looks for reasons.

# Of 16 KiB; lazy binding in the loader alone takes more than 3.
for run in "5000 --unwinder=cfi" "5000 --no-sites" "9000 --unwinder=libunwind"; do
	read -r most option <<<"$run"
	record "$option" -- "$PROG/h_tiny_stack" >out
	is "$(cat out)" "survived on the smallest stacks" "what it says"
	whole
	counts_agree
	[ "$(cat used)" -lt "$most" ] || fail "with $option a recorded call used $(cat used) bytes of stack"
done
