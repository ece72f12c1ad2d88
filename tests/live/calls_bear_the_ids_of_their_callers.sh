# Each call stands in the log under the process and the thread that made it: first threads and others, more of them at once than
# the tracer keeps ids for, children by fork and theirs, and their threads.

record -- "$PROG/p_ids" >said
complete
q '.[] | select(.type == "call" and .call == "madvise" and .advice == 2) | "\(.pid) \(.tid)"' >recorded
[ "$(wc -l <said)" -gt 540 ] || fail "the program said too little"
sort said >said.sorted
sort recorded | diff said.sorted - >difference || fail "called as <, recorded as >: $(head -n 20 difference)"
