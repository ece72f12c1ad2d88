# Small programs with one fault each, tests/prog/p_audit_RULE.c: the audit of their recordings has the findings that their first
# comments name, as often, and no others.

source=$LIVE/../prog

# judged PROGRAM: what the audit finds, as "severity rule count" lines
judged() {
	record -- "$PROG/$1" >out
	complete
	"$PAGETRAIL" audit "$LOG" --json | jq -r '.findings[] | "\(.severity) \(.rule) \(.count)"' | sort
}

seen=0
for file in "$source"/p_audit_*.c; do
	program=$(basename "$file" .c)
	is "$(judged "$program")" "$(sed -n 's/^ \* finds: //p' "$file" | sort)" "findings of $program"
	seen=$((seen + 1))
done
[ "$seen" -ge 5 ] || fail "only $seen programs"
