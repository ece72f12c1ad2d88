#!/bin/bash
# formats.sh - reports for CI services, of verdicts with any bytes and of the golden logs, against the schemas they are read by.

set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${BUILD:?}")
work=$build/formats
rm -rf "$work/reports"
mkdir -p "$work/reports"

"$here/fetch.sh" "$work/schemas"
[ $? -ne 1 ] || exit 1
KEEP_REPORTS=$work/reports timeout 60 "$build/unit/collector/t_verdict_formats" >"$work/unit.log" 2>&1 || { cat "$work/unit.log"; exit 1; }

# keep FILE COMMAND...: what it prints; statuses are for the golden tests
keep() {
	local file=$work/reports/$1
	shift
	timeout 20 "$build/pagetrail" "$@" >"$file" 2>/dev/null </dev/null
	[ $? -le 3 ] || echo "status of $*" >"$file"
}

for log in "$here"/../golden/*/log.jsonl; do
	fact=$(basename "$(dirname "$log")")
	[ "$fact" != validate_names_every_fault ] || continue # no reader can use it
	keep "$fact.audit.sarif" audit "$log" --format sarif
	keep "$fact.check.sarif" check "$log" --format sarif
	keep "$fact.xml" check "$log" --format junit
done
/usr/bin/python3 "$here/formats.py" "$work/schemas" "$work"/reports/*
