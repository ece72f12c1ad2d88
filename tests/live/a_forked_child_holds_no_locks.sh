# fork() copies mappings and protections but no locks; exec empties everything. The maps say so at the marks.

locked() {
	"$PAGETRAIL" map "$LOG" --json --pid "$1" --at "$2" | jq -r '[.ranges[] | select(.lock == "locked")] | length'
}

record -- "$PROG/p_fork_drops_locks" >out
parent=$(q '[.[] | select(.type == "mark" and .label == "parent")][0].pid')
child=$(q '[.[] | select(.type == "mark" and .label == "child")][0].pid')
[ "$parent" != "$child" ] || fail "one process only"
is "$(locked "$parent" mark:parent)" 1 "locked ranges of the parent"
is "$(locked "$child" mark:child)" 0 "locked ranges of the child"
is "$(locked "$child" mark:child-locked)" 1 "locked ranges of the child after its own mlock"

record -- "$PROG/p_exec_itself" >out
pid=$(q '.[1].pid')
is "$(q '[.[] | select(.type == "process" and .event == "exec")] | length')" 1 "exec records"
pages() {
	"$PAGETRAIL" map "$LOG" --json --pid "$pid" --at "$1" |
		jq -r '.ranges[] | select(.lock == "locked") | "\(.start) \(.end)"' |
		while read -r from to; do echo $(((to - from) / 4096)); done | paste -sd,
}
is "$(pages mark:first)" 3 "locked pages of the first image"
is "$(pages mark:second)" 5 "locked pages of the second image"
