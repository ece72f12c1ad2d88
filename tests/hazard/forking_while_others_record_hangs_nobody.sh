# Children forked in the middle of what other threads do: none hangs, each says its own pid, each one's calls are all there.

record -- "$PROG/h_fork_churn" 400 >out
is "$(cat out)" "400 children, 0 of them ended badly" "what it says"
whole
counts_agree
sort -n pids >wanted
q '.[] | select(.type == "process" and .event == "fork") | .pid' | sort -n >forked
diff wanted forked || fail "pids of the fork records"
q '[.[] | select(.type == "call" and .len == 241664) | "\(.pid) \(.tid)"] | group_by(.)[] | "\(.[0]) \(length)"' >made
# A child has one thread, and it made four marked calls; a pid may have been given twice.
while read -r children pid; do
	grep -qx "$pid $pid $((4 * children))" made || fail "calls of $children children $pid: $(grep "^$pid " made)"
done < <(uniq -c wanted)
