# A mark set by the program names a moment: --at mark:LABEL shows the address space then. Labels may hold any text.

record -- "$PROG/p_marks" >out
is "$(q '[.[] | select(.type == "mark") | .label] | join("|")')" 'mapped|locked|hidden|ready "to go" é|gone' "labels"
start=$(q '[.[] | select(.type == "call" and .call == "mmap" and .len == 8192)][-1].ret')

page_at() {
	"$PAGETRAIL" map "$LOG" --json --at "mark:$1" |
		jq -r --arg a "$start" '[.ranges[] | select(.start <= $a and .end > $a and (.start | length) == ($a | length))][0]
			| if . then "\(.perms) \(.lock) \(.advice | join(","))" else "unmapped" end'
}
is "$(page_at mapped)" "rw-p none " "at mapped"
is "$(page_at locked)" "rw-p locked " "at locked"
is "$(page_at hidden)" "rw-p locked dontdump" "at hidden"
is "$(page_at 'ready "to go" é')" "rw-p none dontdump" "at ready"
is "$(page_at gone)" unmapped "at gone"

# What is not a moment of this log is refused, not guessed.
for when in mark:nowhere '#999999' yesterday; do
	if "$PAGETRAIL" map "$LOG" --at "$when" >out 2>err; then fail "--at $when was taken"; fi
	[ -s err ] || fail "--at $when: no message"
done
