# After an mremap that leaves its source in doubt both places are looked at, as two parts of one snapshot: its last part ends what
# the call has to tell, and has VmLck.

record -- "$PROG/p_refused" >out
seq=$(q '[.[] | select(.type == "call" and .call == "mremap" and .looked and .ret != -1)][-1].seq')
[ "$seq" != null ] || fail "no mremap was looked at"
parts=$(q "[.[] | select(.type == \"snapshot\" and .seq > $seq and .seq <= $seq + 2) | \"\(.why) \(.part) \(.last) \(has(\"vmlck\"))\"] | join(\";\")")
is "$parts" "call 0 false false;call 1 true true" "parts of the look"
