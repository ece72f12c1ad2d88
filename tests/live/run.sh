#!/bin/bash
# run.sh [PATTERN...] - run the live tests: each records real programs with build/pagetrail and judges the log and the readers.
#
# A test is a script tests/$SUITE/<fact>.sh (SUITE=live unless the caller says otherwise), run in an empty directory of its own
# (kept below $BUILD/$SUITE) under a watchdog, which kills all that it started. Status 0: passed, 77: skipped, the last line being
# the reason; anything else: failed. Two run at a time.

set -u
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${BUILD:?} LIVE=$here
seconds=${LIVE_TIMEOUT:-60}
suite=${SUITE:-live}
results=$BUILD/$suite
rm -rf "$results"
mkdir -p "$results"

# run_one SCRIPT: leaves its status and output beside its directory.
run_one() {
	local name work
	name=$(basename "$1" .sh)
	work=$results/$name
	mkdir "$work"
	(cd "$work" && exec timeout -s KILL "$seconds" bash -eu -c '. "$LIVE/lib.sh"; . "$0"' "$1") >"$work.out" 2>&1 </dev/null
	echo $? >"$work.status"
}

[ $# -gt 0 ] || set -- ""
tests=()
for script in $(for pattern in "$@"; do ls "$here/../$suite"/*$pattern*.sh; done | sort -u); do
	case $script in */run.sh | */lib.sh) ;; *) tests+=("$script") ;; esac
done
[ "${#tests[@]}" -gt 0 ] || { echo "no test matches"; exit 2; }

running=0
for script in "${tests[@]}"; do
	[ "$running" -lt 2 ] || { wait -n; running=$((running - 1)); }
	run_one "$script" 2>/dev/null &
	running=$((running + 1))
done
wait

passed=0 failed=0 skipped=0
for script in "${tests[@]}"; do
	name=$(basename "$script" .sh)
	status=$(cat "$results/$name.status")
	case $status in
	0) echo "ok $name"; passed=$((passed + 1)) ;;
	77) echo "skip $name: $(tail -n 1 "$results/$name.out")"; skipped=$((skipped + 1)) ;;
	*)
		[ "$status" -ne 137 ] || echo "took longer than $seconds s" >>"$results/$name.out"
		echo "not ok $name (status $status)"
		sed 's/^/    /' "$results/$name.out" | tail -n 40
		failed=$((failed + 1))
		;;
	esac
done
echo "$suite: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
