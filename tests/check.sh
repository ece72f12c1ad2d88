#!/bin/bash
# check.sh TARGET... - run test suites (make targets) one after the other and add up what they say.
#
# A suite says what it did in cmocka's closing lines or in ours, "NAME: N passed, N failed[, N skipped]". One that fails without
# having counted a failure (it did not build, it crashed) counts as one failure, and so does one that says nothing at all: a
# suite that ran no test is no success. Full output in $BUILD/check/SUITE.log; a failing suite's output is shown.

set -u
build=${BUILD:?}
logs=$build/check
mkdir -p "$logs"

# Prints "passed failed skipped" of a log. cmocka: "[  PASSED  ] 3 test(s)."; skipped tests are among neither of the others.
count() {
	awk '
	/^\[  PASSED  \] [0-9]+ test\(s\)\./ { passed += $4 }
	/^\[  SKIPPED \] [0-9]+ test\(s\)/ { skipped += $4 }
	/^\[  FAILED  \] [0-9]+ test\(s\)/ { failed += $4 }
	/^([[:alnum:]_-]+: )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
		for (i = 1; i < NF; i++) {
			if ($(i + 1) ~ /^passed/) passed += $i
			if ($(i + 1) ~ /^failed/) failed += $i
			if ($(i + 1) ~ /^skipped/) skipped += $i
		}
	}
	END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

passed=0 failed=0 skipped=0
for suite in "$@"; do
	log=$logs/$suite.log
	begin=$SECONDS
	"${MAKE:-make}" --no-print-directory "$suite" >"$log" 2>&1 </dev/null
	status=$?
	read -r p f s < <(count "$log")
	if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
		f=1
	fi
	if [ "$f" -gt 0 ]; then
		echo "---- $suite failed (status $status); the end of $log:"
		grep -v '^\[       OK \]\|^\[ RUN      \]\|^ok ' "$log" | tail -n 80
		echo "----"
	fi
	grep '^skip ' "$log"
	printf '%-14s %4d passed %4d failed %4d skipped %4d s\n' "$suite" "$p" "$f" "$s" $((SECONDS - begin))
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
