#!/bin/bash
# run.sh TEST... - unit tests, as many at once as there are processors; what each of them says stands together.

set -u
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

run() {
	local status=0
	timeout 120 "$2" >"$1/${2//\//-}" 2>&1 </dev/null || status=$?
	[ "$status" -eq 0 ] || echo "$2 ended with status $status" >>"$1/failed"
}
export -f run

printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" bash -c 'run "$0" "$1"' "$said"
for test in "$@"; do
	echo "== $test"
	cat "$said/${test//\//-}"
done
[ ! -e "$said/failed" ] || { cat "$said/failed"; exit 1; }
