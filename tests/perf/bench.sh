#!/bin/bash
# bench.sh - what recording adds to a call, with its stack, beside other tools in the same run.
#
# tests/perf/call_cost.c makes the cheapest call there is under 5, 15 and 40 frames: bare, under pagetrail, and under whatever of
# the other tools is installed. All of them take turns, RUNS times, and each figure is the median of its runs; so a load on the
# machine hurts all alike. Printed is what a tool adds to the bare call:
#
#   cpu, wall   in bursts of 1,000 calls with pauses, as programs make them: CPU time of the thread, wall time. A tool that stops
#               the thread (strace, ltrace) works elsewhere: there only the wall time says what the program waits for.
#   flood       wall time of 300,000 calls without a pause: then the program may have to wait for the tool's other half
#
# Then what recording adds to the start of a program and of each child, and the rate of two threads (programs.sh).
#
#   RUNS=5 DEPTHS="5 15 40" TOOLS="bare pagetrail ..." make bench

set -eu
build=${BUILD:?}
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-5}
read -r -a depths <<<"${DEPTHS:-5 15 40}"
work=$build/bench
rm -rf "$work"
mkdir -p "$work"
CC=${CC:-gcc}
sessiond=

cleanup() {
	[ -z "$sessiond" ] || kill "$sessiond" 2>/dev/null || true
}
trap cleanup EXIT

$CC -O2 -g -fno-optimize-sibling-calls -o "$work/call_cost" "$here/call_cost.c"
$CC -O2 -fPIC -shared -o "$work/wrap_unwind.so" "$here/wrap_unwind.c" -lunwind -ldl

# LTTng needs its daemon; one that already runs is used, one that we start ends with us.
start_lttng() {
	command -v lttng >/dev/null && command -v lttng-sessiond >/dev/null || return 1
	$CC -O2 -fPIC -shared -DLTTNG -I"$here" -o "$work/wrap_lttng.so" "$here/wrap_unwind.c" -lunwind -llttng-ust -ldl \
		2>"$work/lttng.log" || return 1
	if ! lttng --no-sessiond list >/dev/null 2>&1; then
		lttng-sessiond --quiet >"$work/sessiond.log" 2>&1 &
		sessiond=$!
		for _ in $(seq 100); do
			lttng --no-sessiond list >/dev/null 2>&1 && break
			sleep 0.1
		done
	fi
	lttng --no-sessiond list >/dev/null 2>&1
}

# measure TOOL DEPTH CALLS ROUNDS PAUSE: prints "cpu wall" in ns per call.
measure() {
	local tool=$1
	shift
	local cost=("$work/call_cost" "$@")
	case $tool in
	bare) "${cost[@]}" ;;
	pagetrail) "$build/pagetrail" record -q -f -o "$work/log.jsonl" -- "${cost[@]}" ;;
	pagetrail-libunwind)
		"$build/pagetrail" record -q -f --unwinder=libunwind -o "$work/log.jsonl" -- "${cost[@]}" ;;
	unw_backtrace) LD_PRELOAD=$work/wrap_unwind.so "${cost[@]}" ;;
	lttng-ust)
		rm -rf "$work/lttng"
		lttng -q create bench --output="$work/lttng"
		lttng -q enable-channel -u -s bench --subbuf-size=4M --num-subbuf=4 ch
		lttng -q enable-event -u -s bench -c ch 'pagetrail_bench:*'
		lttng -q add-context -u -s bench -c ch -t vtid
		lttng -q start bench
		LD_PRELOAD=$work/wrap_lttng.so "${cost[@]}"
		lttng -q destroy bench
		;;
	uftrace)
		rm -rf "$work/uftrace"
		uftrace record --force -d "$work/uftrace" -A 'madvise@arg1/x,arg2,arg3' -R madvise@retval "${cost[@]}" ;;
	strace) strace -f -o "$work/strace.log" "${cost[@]}" ;;
	strace-k) strace -f -k -o "$work/strace.log" "${cost[@]}" ;;
	ltrace) ltrace -f -e madvise -o "$work/ltrace.log" "${cost[@]}" ;;
	esac 2>"$work/err"
}

# figures TOOL DEPTH: one line of results. Tools that stop the program at each call are asked fewer of them.
figures() {
	local burst flood
	case $1 in
	strace | ltrace) burst="200 3 0" flood="200 3 0" ;;
	strace-k) burst="40 3 0" flood="40 3 0" ;;
	pagetrail-libunwind) burst="1000 50 500" flood="20000 3 0" ;;
	*) burst="1000 300 500" flood="100000 3 0" ;;
	esac
	# shellcheck disable=SC2086 # words
	burst=$(measure "$1" "$2" $burst) && flood=$(measure "$1" "$2" $flood) && echo "$1 $2 $burst ${flood#* }"
}

tools=(bare pagetrail pagetrail-libunwind unw_backtrace)
if start_lttng; then tools+=(lttng-ust); else echo "left out: lttng-ust"; fi
for tool in uftrace strace ltrace; do
	if command -v "$tool" >/dev/null; then tools+=("$tool"); else echo "left out: $tool"; fi
done
if strace -k -o /dev/null true 2>/dev/null; then tools+=(strace-k); fi
[ -z "${TOOLS:-}" ] || read -r -a tools <<<"$TOOLS"

for ((run = 0; run < runs; run++)); do
	for depth in "${depths[@]}"; do
		for tool in "${tools[@]}"; do
			figures "$tool" "$depth" >>"$work/results" ||
				echo "$tool at depth $depth gave no figure: $(tail -n 1 "$work/err")" >&2
		done
	done
done

echo "one madvise(MADV_NORMAL), ns; medians of $runs runs taking turns; $(nproc) CPUs, $(uname -r)"
awk -v tools="${tools[*]}" -v depths="${depths[*]}" '
function median(text,   v, n, i, j, t) {
	n = split(text, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return n ? v[int((n + 1) / 2)] : -1
}
function cell(value, base) {
	return value > 100000 ? sprintf("%.0f us", (value - base) / 1000) : sprintf("%+.0f", value - base)
}
{ cpu[$1, $2] = cpu[$1, $2] " " $3; wall[$1, $2] = wall[$1, $2] " " $4; flood[$1, $2] = flood[$1, $2] " " $5 }
END {
	count = split(tools, tool, " "); deep = split(depths, depth, " ")
	for (d = 1; d <= deep; d++) {
		printf "\n%-20s %9s %9s %9s   %s\n", "depth " depth[d], "cpu", "wall", "flood", "times ours (wall)"
		b = "bare" SUBSEP depth[d]
		printf "%-20s %9.0f %9.0f %9.0f\n", "the call itself", median(cpu[b]), median(wall[b]), median(flood[b])
		ours = median(wall["pagetrail", depth[d]]) - median(wall[b])
		for (i = 1; i <= count; i++) {
			t = tool[i] SUBSEP depth[d]
			if (tool[i] == "bare" || !(t in wall)) continue
			printf "%-20s %9s %9s %9s   %.2f\n", "+ " tool[i], cell(median(cpu[t]), median(cpu[b])),
			       cell(median(wall[t]), median(wall[b])), cell(median(flood[t]), median(flood[b])),
			       (ours > 0 ? (median(wall[t]) - median(wall[b])) / ours : 0)
		}
	}
}' "$work/results"

echo
RUNS=$((runs > 7 ? runs : 7)) "$here/programs.sh" true child threads
