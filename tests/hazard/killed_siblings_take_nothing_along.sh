# Processes killed in the middle of writing to the ring they share: every call that returned is there, theirs and the survivor's, and
# what was under way when they died is shown as unfinished.

record -- "$PROG/h_siblings" 60 >out
is "$(cat out)" "60 kills, 0 wrong" "what it says"
whole
is "$(logged madvise $((67 * 4096)))" 3000 "calls of the survivor"
# A call may have returned and its maker been killed before it counted it, once for each of the 68 processes.
while read -r call len count; do
	got=$(logged "$call" "$len")
	[ "$got" -ge "$count" ] && [ "$got" -le $((count + 68)) ] || fail "$call: $count returned, $got are in the log"
done <counts
[ "$(tail -n 1 "$LOG" | jq .unfinished)" -le 68 ] || fail "$(tail -n 1 "$LOG" | jq .unfinished) unfinished calls of 68 processes"
