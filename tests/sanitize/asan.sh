#!/bin/bash
# asan.sh BUILD PARSERS PATTERN... - what was built with -fsanitize=address,undefined, at work.
#
# BUILD has pagetrail, the unit tests and the parsers' drivers, beside them the plain shim and the plain programs to be traced. A
# sanitizer that finds something ends the program with a report and a status that no test expects, at exit also where memory was lost.

set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$1 parsers=$2
shift 2
bad=0

tests=()
for test in "$build"/unit/*/t_*; do
	case $test in *.d) ;; *) tests+=("$test") ;; esac
done
"$here/../unit/run.sh" "${tests[@]}" || bad=1
for parser in $parsers; do
	timeout 60 "$build/fuzz/parse_$parser" 50 "$here/../fuzz/corpus/$parser"/* || bad=1
done
BUILD=$build "$here/../golden/run.sh" || bad=1
BUILD=$build LIVE_TIMEOUT=${LIVE_TIMEOUT:-120} "$here/../live/run.sh" "$@" || bad=1
exit $bad
