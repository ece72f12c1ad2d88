# --verify=N stops all threads of a process after every N calls: whatever they are at (a lock held, a handler, a call that blocks,
# a jump out of a call, fork, death), nobody waits for ever, and model and kernel agree on every page.

for every in 1 7 100; do
	status=0
	"$PAGETRAIL" record -f --verify=$every -o "$LOG" -- "$PROG/h_checked" 40 >out 2>err || status=$?
	is "$status $(cat out)" "0 done" "with --verify=$every: $(cat err)"
	"$PAGETRAIL" validate "$LOG" >verdict || fail "validate: $(cat verdict)"
	is "$(q '.[-1].differing_pages')" 0 "pages that differ"
	made=$(q 'map(select(.type == "call" and has("ret"))) | length')
	checks=$(q 'map(select(.type == "check" and .why == "calls")) | length')
	# two threads that stop at once are compared once
	[ $((checks * every * 4)) -gt "$made" ] || fail "$checks checkpoints for $made calls, one for every $every wanted"
	# only what calls under way may be changing is left out: of each thread at most 8 pages, and the stack of one that libc is making
	most=$(q 'map(select(.type == "check") | .unsettled // 0) | max')
	[ "$most" -le $((32 + 2049)) ] || fail "$most pages left out at once"
done
