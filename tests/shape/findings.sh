#!/bin/bash
# findings.sh BUILD - every rule of the audit has all that belongs to a rule: code, two golden folders, a program, its section of the
# manual page, its line of `pagetrail help findings` and its name in the schema of policies; and nothing of these is left of a rule
# that is gone.

set -u
build=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
page=$build/pagetrail-findings.7
passed=0 failed=0

# check WHAT STATUS
check() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1"
	fi
}

ids=$(sed -n 's/^RULE(\([a-z_]*\), .*/\1/p' collector/audit/rules.def)
[ -n "$ids" ] || { echo "FAILED no rule found in rules.def"; exit 1; }

for id in $ids; do
	name=${id//_/-}
	missing=
	grep -q "^RULE($id, \"$name\", " collector/audit/rules.def || missing+=" a name like its id;"
	grep -q "^void rule_$id(" "collector/audit/rule_$id.c" 2>/dev/null || missing+=" collector/audit/rule_$id.c;"
	grep -q "\"$name\"\|  $name" "tests/golden/audit_${id}_fires/want" 2>/dev/null || missing+=" a golden folder in which it fires;"
	grep -q "^0 errors, 0 warnings, 0 notes$" "tests/golden/audit_${id}_silent/want" 2>/dev/null ||
		missing+=" a golden folder in which it stays silent;"
	[ -e "tests/prog/p_audit_$id.c" ] && grep -q "^ \* finds: .* $name " "tests/prog/p_audit_$id.c" ||
		missing+=" a program tests/prog/p_audit_$id.c;"
	[ -z "$missing" ]
	check "rule $name lacks${missing%;}" $?
done

# belongs ID: to a rule, by its name or as another case of it: ID_WHAT
belongs() {
	while read -r rule; do
		[[ $1 == "$rule" || $1 == "${rule}"_* ]] && return
	done <<<"$ids"
	[[ $1 == clean_* ]]
}

for left in collector/audit/rule_*.c tests/prog/p_audit_*.c tests/golden/audit_*_fires tests/golden/audit_*_silent; do
	id=$(basename "$left" | sed 's/^rule_//; s/^p_audit_//; s/^audit_//; s/\.c$//; s/_fires$//; s/_silent$//')
	belongs "$id"
	check "$left belongs to no rule" $?
done

names=${ids//_/-}
[ "$(sed -n 's/^\.SS //p' "$page" | sed 's/\\-/-/g')" = "$names" ]
check "the manual page $page does not have each rule" $?
[ "$("$build/pagetrail" help findings | awk '{ print $2 }')" = "$names" ]
check "pagetrail help findings does not list each rule" $?
scripts/gen-policy-schema.sh | cmp -s - collector/schema/pagetrail-policy-1.schema.json
check "the JSON Schema of policies does not name each rule: make schema" $?
for text in "$page" collector/verdict/pagetrail-policy.5; do
	command -v groff >/dev/null || break
	faults=$(groff -man -ww -Tutf8 -z "$text" 2>&1)
	[ -z "$faults" ]
	check "$text has faults: ${faults%%$'\n'*}" $?
done
echo "findings: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
