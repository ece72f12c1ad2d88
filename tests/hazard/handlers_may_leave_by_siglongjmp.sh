# A handler that jumps out of whatever it interrupted, in the middle of a recording too: nothing hangs, every call that returned is
# there, and no more calls are shown as unfinished than there were jumps.

record -- "$PROG/h_signals" jump 4000 >out
is "$(cat out)" "jump: done" "what it says"
whole
jumps=$(cat jumps)
[ "$jumps" -gt 1000 ] || fail "only $jumps jumps"
while read -r call len count; do
	got=$(logged "$call" "$len")
	# A call may have returned and not been counted when the handler struck.
	[ "$got" -ge "$count" ] || fail "$call: $count returned, $got are in the log"
	[ "$got" -le $((count + jumps)) ] || fail "$call: $count returned, but $got are in the log"
done <counts
unfinished=$(tail -n 1 "$LOG" | jq .unfinished)
[ "$unfinished" -le "$jumps" ] || fail "$unfinished unfinished calls after $jumps jumps"
