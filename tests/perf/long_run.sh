#!/bin/bash
# long_run.sh CALLS [VARIANT...] - does recording stay as small as it began, however long it takes?
#
# Each variant of long_run.c is recorded for about CALLS calls, the log going through a pipe, where it is counted and compressed.
# Printed is the memory of the program and of the collector at a tenth, at half and at the end, and what a call took in the log. Shown
# is growth; that of a variant whose log names ever new things (processes) is part of what the collector can tell at the end.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:?}
calls=$1
shift
work=$build/long_run
mkdir -p "$work"
${CC:-gcc} -O2 -g -D_GNU_SOURCE -pthread -o "$work/long_run" "$here/long_run.c"
${CC:-gcc} -O1 -g -fPIC -shared -o "$work/library.so" "$here/long_run_library.c"

# plain bytes and those of zstd go to files; what remains on stdout is the trailer
count_log() {
	tee >(zstd -q -3 | wc -c >"$work/zstd") >(wc -c >"$work/plain") | tail -n 1
}

printf '%-10s %11s   %18s   %18s   %s\n' "" calls "program RSS/HWM" "collector RSS/HWM" KiB
for variant in "${@:-threads libraries code processes marks}"; do
	for one in $variant; do
		rm -f "$work/zstd" "$work/plain"
		"$build/pagetrail" record -q -f -o - -- "$work/long_run" "$one" "$calls" "$work/library.so" \
			2>"$work/memory" | count_log >"$work/trailer"
		while [ ! -s "$work/zstd" ] || [ ! -s "$work/plain" ]; do sleep 0.1; done
		awk 'NF == 6 { printf "%-10s %11d   %8d %9d   %8d %9d\n", $1, $2, $3, $4, $5, $6 }' "$work/memory"
		read -r logged lost < <(jq -r '"\(.calls + .marks) \(.losses)"' "$work/trailer")
		awk -v n="$logged" -v lost="$lost" -v plain="$(cat "$work/plain")" -v zstd="$(cat "$work/zstd")" 'BEGIN {
			printf "%-10s %11d in the log, %d lost; %.1f bytes each, %.1f with zstd\n", "", n, lost, plain / n, zstd / n }'
	done
done
