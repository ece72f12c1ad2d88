# A call under 30 frames of a recursion: each of them is in the stack, named; --depth cuts it and says so.

frames() {
	q '[.[] | select(.type == "call" and .call == "madvise" and .advice == 0)][0].stack as $s | [.[] | select(.type == "stack" and .id == $s)][0]'
}

record -- "$PROG/p_deep" 30 >out
is "$(cat out)" 32 "the program's answer"
stack=$(frames)
is "$(jq '.truncated // false' <<<"$stack")" false "truncated"
# t_madvise, at_the_bottom, 31 times down, main; then libc and _start
[ "$(jq '.frames | length' <<<"$stack")" -ge 36 ] || fail "frames: $stack"
text=$("$PAGETRAIL" events "$LOG" --call madvise --stacks)
is "$(grep -cE '\bdown\b' <<<"$text")" 31 "frames named down"
for name in t_madvise at_the_bottom main __libc_start_main _start; do
	has "$text" "\\b$name" "the stack"
done
has "$text" 'p_deep\.c:[0-9]+' "file and line"

record --depth 8 -- "$PROG/p_deep" 30 >out
stack=$(frames)
is "$(jq '.frames | length' <<<"$stack")" 8 "frames with --depth 8"
is "$(jq .truncated <<<"$stack")" true "truncated with --depth 8"
