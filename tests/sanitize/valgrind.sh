#!/bin/bash
# valgrind.sh TEST... - unit tests under memcheck: no wrong access, nothing undefined, nothing lost; their children too.
#
# The handler of a ring cut short returns to the instruction that found no page. valgrind has the registers for that only if asked
# (--vex-iropt-register-updates, valgrind(1)): otherwise that instruction goes on with stale ones.

set -u
export DEBUGINFOD_URLS=
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0

for test in "$@"; do
	if timeout 600 valgrind -q --vex-iropt-register-updates=allregs-at-mem-access --error-exitcode=99 \
		--leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite "$test" >"$log" 2>&1; then
		echo "ok $test"
		passed=$((passed + 1))
	else
		echo "FAILED $test"
		grep -vE '^\[( RUN  |       OK|---|===)' "$log" | tail -n 60
		failed=$((failed + 1))
	fi
done
echo "valgrind: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
