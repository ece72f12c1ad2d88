# A daemon closes all descriptors, takes their numbers for a file of its own and outlives its parents: its calls are all there, and
# so is its file, to the byte.

for option in --unwinder=cfi --no-sites --unwinder=libunwind; do
	rm -f daemon-*
	record "$option" --linger=10 -- "$PROG/h_daemon" >out
	is "$(cat out)" "the one between ended with 3" "what it says"
	whole
	[ -e daemon-counts ] || fail "the daemon did not end"
	mv daemon-counts counts
	is "$(cut -d ' ' -f 3 counts | sort -u)" 200 "rounds of the daemon"
	counts_agree
	seq -f 'line %04g' 0 199 | cmp - daemon-file || fail "the daemon's file"
	is "$(q '[.[] | select(.type == "process" and .event == "fork")] | length')" 2 "forks"
done
