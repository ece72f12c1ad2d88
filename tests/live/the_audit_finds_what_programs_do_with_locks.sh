# Small programs with one fault each, tests/prog/p_audit_RULE.c: of the rules that their first comments name, the audit of their
# recordings has just those findings, as often. What other rules say of them is for those rules' programs. A program without such a
# comment, p_audit_clean_WHAT.c, comes out without any finding. A line "record: OPTIONS" says how to record it.

source=$LIVE/../prog

# judged PROGRAM: what the audit finds, as "severity rule count" lines
judged() {
	# shellcheck disable=SC2046
	"$PAGETRAIL" record $(sed -n 's/^ \* record: //p' "$source/$1.c") -f -o "$LOG" -- "$PROG/$1" >out 2>err
	complete
	"$PAGETRAIL" audit "$LOG" --json | jq -r '.findings[] | "\(.severity) \(.rule) \(.count)"' | sort
}

# told: how many findings the audit has, and how many the recording counted while it ran
told() {
	"$PAGETRAIL" audit "$LOG" --json | jq -r '[.findings[].severity] | group_by(.)[] | "\(length) \(.[0])"' | sort
	sed -n 's/^pagetrail: findings: //p' err | tr ',' '\n' | sed 's/^ //; s/s$//; /none/d' | sort
}

# named FILE: of the findings on stdin those of the rules it names, all where it names none
named() {
	local rules
	rules=$(sed -n 's/^ \* finds: [a-z]* \([a-z-]*\) .*/ \1 /p' "$1" | sort -u)
	grep -F -- "${rules:- }" || true
}

seen=0
for file in "$source"/p_audit_*.c; do
	program=$(basename "$file" .c)
	found=$(judged "$program")
	grep -q '^skip: ' out && continue
	is "$(named "$file" <<<"$found")" "$(sed -n 's/^ \* finds: //p' "$file" | sort)" "findings of $program"
	told | sort | uniq -u | grep . && fail "$program: recording and reading count differently"
	seen=$((seen + 1))
done
[ "$seen" -ge 5 ] || fail "only $seen programs"
