# Handlers that make calls interrupt a program that does nothing but make calls, so most of them begin in the middle of a
# recording: all calls of both are there, each with its whole stack; also on an alternate stack.

for stack in plain altstack; do
	record -- "$PROG/h_signals" $stack 4000 >out
	is "$(cat out)" "$stack: done" "what it says"
	whole
	counts_agree
	stacks_there 241664
	is "$(tail -n 1 "$LOG" | jq .unfinished)" 0 "unfinished calls"
	# The handler's stack goes on into what it interrupted: some of it the tracer itself.
	jq -c 'select(.type == "module" or .type == "stack")' "$LOG" >stacks
	is "$(jq -s --arg shim "$(realpath "$BUILD/libpagetrail.so")" '([.[] | select(.type == "module" and .path == $shim) | .id]) as $m
		| any(.[] | select(.type == "stack") | .frames[3:][][0]; . == $m[0])' stacks)" true "a recording was interrupted"
done
