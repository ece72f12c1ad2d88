# perf on a traced program: samples taken inside the tracer at libc's own calls have stacks that go on through malloc to main.

need perf
record -- perf record -q -e cpu-clock:u -c 50000 --call-graph dwarf,4096 -o perf.data "$PROG/h_busy" 2000 >out 2>err ||
	skip "perf cannot record here: $(tail -n 1 err)"
is "$(cat out)" busy "what the program says"
whole
counts_agree
perf script -i perf.data -F ip,sym >script 2>err || skip "perf cannot show stacks here: $(tail -n 1 err)"
read -r inside through < <(awk 'BEGIN { RS = "" } /site_(leaf|framed)/ { inside++; through += /main/ } END { print inside + 0, through + 0 }' script)
[ "$inside" -ge 5 ] || skip "only $inside samples inside the tracer"
# One of some dozen instructions at its edges has no frame of its own yet.
[ $((through * 10)) -ge $((inside * 8)) ] || fail "$through of $inside samples inside the tracer reach main"
