#!/bin/bash
# fuzz-parsers.sh DIR SECONDS NAME... - runs the libFuzzer targets DIR/parse_NAME, each for so long, from the kept inputs.
#
# What is new goes to DIR/corpus.NAME, what fails to DIR/fail.NAME-...; the status says whether something failed.

set -u
dir=$1 seconds=$2
shift 2
words=$dir/words.dict
{
	grep -ohE '"[a-z_]+"' collector/log/parse*.c collector/verdict/*.c
	grep -oE ', [a-z_0-9]+, [A-Z]+\)' preload/abi/calls.def | sed -E 's/, ([a-z_0-9]+), .*/"\1"/'
} | sort -u >"$words"
bad=0
for name; do
	mkdir -p "$dir/corpus.$name"
	if timeout $((seconds + 60)) "$dir/parse_$name" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048 \
		-dict="$words" -artifact_prefix="$dir/fail.$name-" -print_final_stats=1 -verbosity=0 \
		"$dir/corpus.$name" "tests/fuzz/corpus/$name" >"$dir/out.$name" 2>&1; then
		echo "ok parse_$name $(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/out.$name") inputs"
	else
		echo "FAILED parse_$name"
		tail -40 "$dir/out.$name"
		bad=1
	fi
done
exit $bad
