# Threads that map, protect, lock, advise, move and release the same pages at the same time, and fork meanwhile: whenever they
# all wait, and in each child, the map of the recording is what the kernel lists, page by page. What the order of two calls leaves
# open is told as a race and looked at. Held against the listings that the program itself keeps, and against the kernel by
# --verify; by root, and by a user who may lock little.

STORM=$PROG/p_storm

# storm OPTION...: record one storm, and hold every listing it kept against the map at that mark; AS runs it
storm() {
	local smaps label seen=0
	rm -rf smaps "$LOG"
	mkdir -m 777 smaps
	SMAPS=$PWD/smaps ${AS:-} "$PAGETRAIL" record -q -f -o "$LOG" -- "$STORM" "$@" >out
	for smaps in smaps/*; do
		label=${smaps#smaps/}
		"$PAGETRAIL" map "$LOG" --json --pid "${label##*.}" --at "mark:${label%.*}" >map.json 2>err ||
			fail "p_storm $*: no map at $label: $(cat err)"
		/usr/bin/python3 "$LIVE/smaps.py" "$smaps" map.json || fail "p_storm $*: at $label"
		seen=$((seen + 1))
	done
	[ "$seen" -gt 2 ] || fail "p_storm $*: kept only $seen listings"
	whole
	"$PAGETRAIL" replay "$LOG" >replayed || fail "p_storm $*: replay: $(tail -n 3 replayed)"
}

# compared OPTION...: the same under --verify
compared() {
	local status=0
	rm -f "$LOG"
	${AS:-} "$PAGETRAIL" record --verify -q -f -o "$LOG" -- "$STORM" "$@" >out 2>err || status=$?
	is "$status" 0 "status of p_storm $*: $(cat err)"
	[ "$(q '.[-1].checks')" -gt 2 ] || fail "p_storm $*: hardly compared"
	is "$(q '.[-1].differing_pages')" 0 "differences in p_storm $*"
	complete
}

storm -t 1 -r 3 -c 500 -s 1
is "$(q '[.[] | select(.type == "note" and .what == "race")] | length')" 0 "races of a single thread"
storm -t 2 -r 4 -c 300 -s 2 -f 400
storm -t 4 -r 4 -c 200 -s 3 -f 400
storm -t 8 -r 3 -c 150 -s 4
storm -t 4 -r 3 -c 200 -s 5 -m
compared -t 2 -r 3 -c 200 -s 6 -f 100
compared -t 8 -r 3 -c 150 -s 7 -m

[ "$(id -u)" = 0 ] || exit 0
public_place
publish "$STORM"
STORM=$PUBLIC/p_storm
AS="setpriv --reuid=65534 --regid=65534 --clear-groups prlimit --memlock=49152"
storm -t 4 -r 3 -c 150 -s 8
compared -t 8 -r 3 -c 100 -s 9
