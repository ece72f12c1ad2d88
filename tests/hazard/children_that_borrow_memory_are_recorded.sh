# Children by clone(2) with CLONE_VM on a stack of their own, with their parent waiting or going on: every call is there.

for option in --unwinder=cfi --no-sites; do
	for mode in alone together; do
		record $option -- "$PROG/h_borrowers" $mode >out
		is "$(cat out)" "all came back" "what it says"
		whole
		counts_agree
		stacks_there 241664
	done
done
