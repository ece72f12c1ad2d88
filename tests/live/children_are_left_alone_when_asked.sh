# --no-follow: only the program itself is recorded; its children run as ever and the log says that they were not followed.

bare=$("$PROG/p_children")
is "$(record --no-follow -- "$PROG/p_children")" "$bare" "output"
is "$(q '[.[] | select(.type == "call") | .pid] | unique | length')" 1 "processes with calls"
is "$(q '[.[] | select(.type == "process" and .event == "start")] | length')" 1 "processes that start"
