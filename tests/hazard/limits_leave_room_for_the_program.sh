# mlockall() under a small RLIMIT_MEMLOCK, without the right to exceed it: what succeeds without us succeeds with us, to the page;
# afterwards the kernel counts as locked what it would count without us, and as much more can be locked. RLIMIT_AS leaves some 1.4 MiB
# less; where it leaves no room at all the log says that nothing is known.

public_place
publish "$PROG/h_limits" "$PROG/p_failures"
PROG=$PUBLIC

bare=$("$PROG/h_limits" size)
traced=$(record -- "$PROG/h_limits" size)
[ "$traced" -gt "$bare" ] && [ $((traced - bare)) -le 1536 ] || fail "address space of $bare KiB became $traced KiB"

compare() {
	for how in "" syscall; do
		(
			ulimit -l "$1"
			# shellcheck disable=SC2086 # one word or none
			nobody "$PROG/h_limits" $how >bare
			# shellcheck disable=SC2086
			nobody "$PAGETRAIL" record -q -f -o plain.jsonl -- "$PROG/h_limits" $how >traced
		)
		diff bare traced || fail "a program that may lock $1 KiB $how"
		LOG=plain.jsonl whole
	done
}
for kib in $((bare - 200)) $((bare + 1536)) $((bare + 2560)) 8192; do
	compare "$kib"
done
# The limit just fits, or is a page too small: its size when it calls, a heap more than at its beginning.
fits=$bare
until (ulimit -l $fits; nobody "$PROG/h_limits" | grep -q '^current: ok'); do
	fits=$((fits + 4))
	[ $fits -lt $((bare + 400)) ] || fail "no limit fits"
done
compare $((fits - 4))
compare $fits
compare $((fits + 4))
compare $((fits + 700))

# Each mapping takes 64 KiB: up to 24 fewer fit. The ring costs address space in the limit, nothing else does.
for kib in 6000 65536; do
	prlimit --as=$((kib * 1024)) "$PROG/h_limits" | sed -n 's/^mappings: //p' >bare
	record -- prlimit --as=$((kib * 1024)) "$PROG/h_limits" | sed -n 's/^mappings: //p' >traced
	[ $(($(cat bare) - $(cat traced))) -le 24 ] || fail "$(cat bare) mappings fit into $kib KiB, with us $(cat traced)"
	whole
	# the first that is refused for our sake is told of
	is "$(q '[.[] | select(.type == "note" and .what == "limit") | .text | split(" ")[0]] | .[0]')" mmap "what our memory made the kernel refuse"
done
record -- prlimit --as=$((65536 * 1024)) "$PROG/p_failures" >out
is "$(q '[.[] | select(.type == "note" and .what == "limit")] | length')" 0 "notes where nothing was refused for our sake"

# Room for the library, none for the ring.
record -- prlimit --as=$(((bare + 800) * 1024)) "$PROG/h_limits" size >out 2>err || fail "status of a program without room: $(cat err)"
is "$(cat err)" "" "what the loader says"
is "$(q '[.[] | select(.type == "note" and .what == "untraced")] | length')" 1 "notes on a program without room for us"
is "$(q '.[-1].complete')" false "complete"
