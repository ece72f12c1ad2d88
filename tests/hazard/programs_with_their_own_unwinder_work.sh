# A program that uses libunwind itself, also in signal handlers that strike in the middle of a recording, finds its way through the
# tracer's frames, and the tracer through its.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	record $option -- "$PROG/h_unwind" >out 2>err
	is "$(cat out err)" "0 and 0 wrong walks" "with $option"
	whole
	counts_agree
done
