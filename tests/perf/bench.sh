#!/bin/bash
# bench.sh - what recording adds to a call, with its stack, beside other tools in the same run.
#
# tests/perf/call_cost.c makes the cheapest call there is under 5, 15 and 40 frames: bare, under pagetrail, and under whatever of
# the other tools is installed. All of them take turns, RUNS times, and each figure is the median of its runs; so a load on the
# machine hurts all alike. Printed is what a tool adds to the bare call: CPU time of the calling thread, and wall time. A tool
# that stops the thread (strace, ltrace) does its work elsewhere: there only the wall time says what the program waits.
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

# measure TOOL DEPTH: prints "cpu wall" in ns per call. Tools that stop the program are asked fewer calls.
measure() {
	local cost=("$work/call_cost" "$2") many=(20000 11) few=(300 3)
	case $1 in
	bare) "${cost[@]}" "${many[@]}" ;;
	pagetrail) "$build/pagetrail" record -q -f -o "$work/log.jsonl" -- "${cost[@]}" "${many[@]}" ;;
	pagetrail-libunwind)
		"$build/pagetrail" record -q -f --unwinder=libunwind -o "$work/log.jsonl" -- "${cost[@]}" "${many[@]}" ;;
	unw_backtrace) LD_PRELOAD=$work/wrap_unwind.so "${cost[@]}" "${many[@]}" ;;
	lttng-ust)
		rm -rf "$work/lttng"
		lttng -q create bench --output="$work/lttng"
		lttng -q enable-channel -u -s bench --subbuf-size=4M --num-subbuf=4 ch
		lttng -q enable-event -u -s bench -c ch 'pagetrail_bench:*'
		lttng -q add-context -u -s bench -c ch -t vtid
		lttng -q start bench
		LD_PRELOAD=$work/wrap_lttng.so "${cost[@]}" "${many[@]}"
		lttng -q destroy bench
		;;
	uftrace)
		rm -rf "$work/uftrace"
		uftrace record --force -d "$work/uftrace" -A 'madvise@arg1/x,arg2,arg3' -R madvise@retval "${cost[@]}" "${many[@]}" ;;
	strace) strace -f -o "$work/strace.log" "${cost[@]}" "${few[@]}" ;;
	strace-k) strace -f -k -o "$work/strace.log" "${cost[@]}" 50 3 ;;
	ltrace) ltrace -f -e madvise -o "$work/ltrace.log" "${cost[@]}" "${few[@]}" ;;
	esac 2>"$work/err"
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
			if result=$(measure "$tool" "$depth") && [[ $result =~ ^[0-9.]+\ [0-9.]+$ ]]; then
				echo "$tool $depth $result" >>"$work/results"
			elif [ "$run" -eq 0 ]; then
				echo "$tool at depth $depth gave no figure: $(tail -n 1 "$work/err")" >&2
			fi
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
	if (value < 0) return "-"
	return value > 100000 ? sprintf("%.0f us", (value - base) / 1000) : sprintf("%+.0f", value - base)
}
{ cpu[$1, $2] = cpu[$1, $2] " " $3; wall[$1, $2] = wall[$1, $2] " " $4 }
END {
	count = split(tools, tool, " "); deep = split(depths, depth, " ")
	printf "%-20s", "adds"
	for (d = 1; d <= deep; d++) printf " | depth %2d: %8s %9s %8s", depth[d], "cpu", "wall", "x ours"
	printf "\n%-20s", "bare call"
	for (d = 1; d <= deep; d++) printf " | %18.0f %9.0f %8s", median(cpu["bare", depth[d]]), median(wall["bare", depth[d]]), ""
	printf "\n"
	for (i = 1; i <= count; i++) {
		if (tool[i] == "bare") continue
		printf "%-20s", tool[i]
		for (d = 1; d <= deep; d++) {
			base = median(wall["bare", depth[d]])
			ours = median(wall["pagetrail", depth[d]]) - base
			w = median(wall[tool[i], depth[d]]); c = median(cpu[tool[i], depth[d]])
			printf " | %18s %9s %8s", cell(c, median(cpu["bare", depth[d]])), cell(w, base),
			       w < 0 || ours <= 0 ? "-" : sprintf("%.2f", (w - base) / ours)
		}
		printf "\n"
	}
}' "$work/results"
