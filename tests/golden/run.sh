#!/bin/bash
# run.sh [PATTERN] - what the readers say about small logs that were written and checked by hand.
#
# A folder is a fact: log.jsonl, the command lines in cmd, and in want all they print (stdout, stderr, the exit status where it
# is not 0). `WRITE=1 run.sh PATTERN` writes want anew: read every line of the difference before you commit it.

set -u
here=$(cd "$(dirname "$0")" && pwd)
pagetrail=$(realpath "${BUILD:?}")/pagetrail
passed=0 failed=0
unset NO_COLOR COLUMNS

answer() {
	while IFS= read -r line; do
		echo "\$ pagetrail $line"
		eval "timeout 20 \"\$pagetrail\" $line" 2>&1 </dev/null
		status=$?
		[ $status -eq 0 ] || echo "exit $status"
	done <cmd
}

for fact in "$here"/*${1:-}*/; do
	cd "$fact" || exit 1
	name=$(basename "$fact")
	if [ "${WRITE:-}" = 1 ]; then
		answer >want
	elif diff -u want <(answer); then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "FAILED $name"
		failed=$((failed + 1))
	fi
done
echo "golden: $passed passed, $failed failed"
[ $failed -eq 0 ]
