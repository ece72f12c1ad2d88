# mlockall() under a small RLIMIT_MEMLOCK, without the right to exceed it: what succeeds without us succeeds with us as soon as the
# limit leaves room for 1.5 MiB more; afterwards the kernel counts as locked what it would count without us, and as much more can be
# locked. RLIMIT_AS alike; where it leaves no room at all the log says that nothing is known.

need setpriv prlimit
need_root
chmod 777 .
plain() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

bare=$("$PROG/h_limits" size)
traced=$(record -- "$PROG/h_limits" size)
[ "$traced" -gt "$bare" ] && [ $((traced - bare)) -le 1536 ] || fail "address space of $bare KiB became $traced KiB"

room=$((bare + 1536))
for kib in $((bare - 200)) $room $((room + 64)) $((room + 1024)) 8192; do
	(
		ulimit -l $kib
		plain "$PROG/h_limits" >bare
		plain "$PAGETRAIL" record -q -f -o plain.jsonl -- "$PROG/h_limits" >traced
	)
	diff bare traced || fail "a program that locks $kib KiB"
	LOG=plain.jsonl whole
done

# Each mapping takes 64 KiB: up to 24 fewer fit. The ring costs address space in the limit, nothing else does.
for kib in 6000 65536; do
	prlimit --as=$((kib * 1024)) "$PROG/h_limits" | sed -n 's/^mappings: //p' >bare
	record -- prlimit --as=$((kib * 1024)) "$PROG/h_limits" | sed -n 's/^mappings: //p' >traced
	[ $(($(cat bare) - $(cat traced))) -le 24 ] || fail "$(cat bare) mappings fit into $kib KiB, with us $(cat traced)"
	whole
done

# Room for the library, none for the ring.
record -- prlimit --as=$(((bare + 800) * 1024)) "$PROG/h_limits" size >out 2>err || fail "status of a program without room: $(cat err)"
is "$(cat err)" "" "what the loader says"
is "$(q '[.[] | select(.type == "note" and .what == "untraced")] | length')" 1 "notes on a program without room for us"
is "$(q '.[-1].complete')" false "complete"
