# Threads that map, protect, lock, advise, move and release the same pages at the same time, and fork meanwhile: whenever they
# all wait, and in each child, the map of the recording is what the kernel lists, page by page. What the order of two calls leaves
# open is told as a race and looked at.

mkdir -p smaps

# storm OPTION...: record one storm, and hold every listing it kept against the map at that mark
storm() {
	local smaps label seen=0
	rm -f smaps/* "$LOG"
	SMAPS=$PWD/smaps record -- "$PROG/p_storm" "$@" >out
	for smaps in smaps/*; do
		label=${smaps#smaps/}
		"$PAGETRAIL" map "$LOG" --json --pid "${label##*.}" --at "mark:${label%.*}" >map.json 2>err ||
			fail "p_storm $*: no map at $label: $(cat err)"
		/usr/bin/python3 "$LIVE/smaps.py" "$smaps" map.json || fail "p_storm $*: at $label"
		seen=$((seen + 1))
	done
	[ "$seen" -gt 2 ] || fail "p_storm $*: kept only $seen listings"
}

storm -t 1 -r 3 -c 500 -s 1
storm -t 2 -r 4 -c 300 -s 2 -f 400
storm -t 4 -r 4 -c 200 -s 3 -f 400
storm -t 8 -r 3 -c 150 -s 4
storm -t 4 -r 3 -c 200 -s 5 -m
