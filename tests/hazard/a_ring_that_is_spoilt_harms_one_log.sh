# A process of the session scribbles over the ring it shares with its relatives, knowing its layout or not, or cuts its file short:
# the others run to their end, the recorder to its, and a log that does not have every call does not pass for complete.

readers() {
	for reader in events stats map locks audit replay validate; do
		status=0
		timeout 50 "$PAGETRAIL" $reader "$LOG" >out.$reader 2>&1 || status=$?
		[ "$status" -le 3 ] || fail "$reader, $1: status $status: $(tail -n 3 out.$reader)"
	done
	is "$(tail -n 1 "$LOG" | jq -r .type)" trailer "last record, $1"
}

for kind in slots dictionary header all; do
	for seed in 1 2; do
		is "$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/h_scribble" $kind $seed)" 7 "status, $kind $seed: $(cat err)"
		is "$(cat out)" "the parent came to its end" "what it says, $kind $seed"
		readers "$kind $seed"
		[ "$(tail -n 1 "$LOG" | jq .complete)" = false ] || counts_agree
	done
done

# Whoever touches a page past the end dies of SIGBUS, which a process with the ring does unless the recorder has mended it before.
for seed in 1 2 3 4 5 6 7 8 9 10; do
	status=$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/h_scribble" cut $seed)
	[ "$status" = 7 ] || [ "$status" = -7 ] || fail "status, cut $seed: $status: $(cat err)"
	readers "cut $seed"
	is "$(tail -n 1 "$LOG" | jq .complete)" false "complete, cut $seed"
	has "$(cat "$LOG")" '"what":"spoilt".*cut the ring' "the note, cut $seed"
done
