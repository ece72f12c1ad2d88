# A program that maps over the tracer's memory, unmaps it, takes away its rights or advises its pages away, knowingly or as an
# emulator that takes all addresses, or that reaches for the vdso, by which the tracer reads the clock: it finds what it would find
# without us, nothing but its own bytes is in what it maps, its calls are recorded as before, also in its children, and the log says
# where the tracer's pages lie now.

for kind in ring-map ring-unmap ring-protect ring-move ring-remove ring-dontfork ring-take page-map page-unmap page-protect \
	page-dontneed page-keeponfork all ring-step page-step past-map past-unmap past-move far-protect far-remove vdso-protect vdso-move vdso-unmap; do
	rm -f found
	record --verify -- "$PROG/h_over_us" $kind >out 2>err || fail "$kind: $(cat err)"
	is "$(cat out err)" "$kind: 0 foreign bytes" "what it says"
	whole
	counts_agree
	case $kind in
	past-* | far-* | vdso-*) ;;
	*-map | *-unmap | *-step | ring-move | all) [ -e found ] || fail "$kind: the tracer's memory was not found" ;;
	esac
done

# The same again and again while threads record: none may write to where the ring was, nor be lost.
record -- "$PROG/h_over_threads" 40 >out 2>err || fail "status of threads: $(cat err)"
is "$(cat out err)" "0 foreign bytes" "what it says"
whole
counts_agree
read -r found clones <found
is "$found" 40 "times the tracer's memory was found"
is "$(calls clone)" "$clones" "calls of clone"
