#!/bin/bash
# bench.sh - what recording adds to a call, with its stack, beside other tools in the same run.
#
# tests/perf/call_cost.c makes calls under 5, 15 and 40 frames: bare, under pagetrail, and under whatever of the other
# tools (tools.sh) is installed and may run. The calls are madvise(MADV_NORMAL), the cheapest there is, under all of them;
# mprotect, and mlock and munlock by turns, under few. All take turns, RUNS times, and each figure is the median of its
# runs; so a load on the machine hurts all alike. Printed is what a tool adds to the bare call:
#
#   cpu, wall   in bursts of calls with pauses, as programs make them: CPU time of the thread, wall time. A tool that
#               stops the thread (strace, ltrace) works elsewhere: there only the wall time says what the program waits for.
#   flood       wall time of calls without a pause: then the program may have to wait for the tool's other half
#   kept        what part of the calls is in the tool's trace, of the bursts and of the flood, in percent, in the worst
#               run: a call that is lost costs less
#   frames      how many the trace has of a call's stack: perf trace fp and bpftrace follow frame pointers, which the
#               program has and Debian's C library has not; tools of the kernel count the call itself as one, perf trace
#               dwarf inlined functions as well
#
# Then what recording adds to the start of a program and of each child, and the rate of two threads (programs.sh).
#
#   RUNS=3 DEPTHS="5 15 40" CALLS="madvise mprotect lock" TOOLS="pagetrail strace ..." make bench

set -eu
build=${BUILD:?}
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-3}
read -r -a depths <<<"${DEPTHS:-5 15 40}"
read -r -a calls <<<"${CALLS:-madvise mprotect lock}"
work=$build/bench
rm -rf "$work"
mkdir -p "$work"
CC=${CC:-gcc}
sessiond=

cleanup() {
	[ -z "$sessiond" ] || kill "$sessiond" 2>/dev/null || true
}
trap cleanup EXIT

# With frame pointers, for those who can follow nothing else; the others do not mind.
$CC -O2 -g -fno-omit-frame-pointer -fno-optimize-sibling-calls -o "$work/call_cost" "$here/call_cost.c"
$CC -O2 -fPIC -shared -o "$work/wrap_unwind.so" "$here/wrap_unwind.c" -lunwind -ldl

# shellcheck source=tests/perf/tools.sh
. "$here/tools.sh"

# figures TOOL CALL DEPTH: one line of results. Tools that stop the program at each call, or take long for it, are asked fewer.
figures() {
	local burst flood in_burst in_flood kept_burst
	case $1 in
	strace | ltrace) burst="200 3 0" flood="200 3 0" ;;
	strace-k) burst="40 3 0" flood="40 3 0" ;;
	perf-trace* | bpftrace-*) burst="200 20 5000" flood="2000 3 0" ;;
	pagetrail-libunwind) burst="1000 50 500" flood="20000 3 0" ;;
	*) burst="1000 300 500" flood="100000 3 0"
		[ "$2" = madvise ] || burst="1000 100 500" flood="20000 3 0" ;;
	esac
	# shellcheck disable=SC2086 # words
	in_burst=$(measure "$@" $burst) && kept_burst=$(kept "$1" "$2" $burst) && in_flood=$(measure "$@" $flood) &&
		echo "$1 $2 $3 $in_burst ${in_flood#* } $kept_burst $(kept "$1" "$2" $flood) $(frames "$1" "$2")"
}

# works TOOL: does it record anything; otherwise says why not
works() {
	if measure "$1" madvise 5 20 2 0 >"$work/out" && [ "$(kept "$1" madvise 20 2)" -gt 0 ]; then
		return 0
	fi
	echo "left out: $1: $(grep . "$work/err" | tail -n 1 | grep . || echo "records nothing")"
	return 1
}

if [ -n "${TOOLS:-}" ]; then
	read -r -a wanted <<<"$TOOLS"
else
	wanted=(pagetrail pagetrail-libunwind unw_backtrace lttng-ust uftrace strace ltrace strace-k perf-trace perf-trace-fp
		perf-trace-dwarf bpftrace-ustack)
fi

# here_is TOOL: is it installed, and does it work
here_is() {
	case $1 in
	unw_backtrace) return 0 ;;
	pagetrail*) ;;
	lttng-ust) start_lttng || { echo "left out: lttng-ust: its library or daemon is missing"; return 1; } ;;
	*) command -v "${1%%-*}" >/dev/null || { echo "left out: $1: not installed"; return 1; } ;;
	esac
	works "$1"
}

tools=(bare)
for tool in "${wanted[@]}"; do
	[ "$tool" = bare ] || ! here_is "$tool" || tools+=("$tool")
done

# tools_for CALL: the others have shown what they cost with the cheapest call, which is most of it
tools_for() {
	local tool
	for tool in "${tools[@]}"; do
		case $tool in
		bare | pagetrail | unw_backtrace | lttng-ust | strace) echo "$tool" ;;
		*) [ "$1" != madvise ] && [ -z "${TOOLS:-}" ] || echo "$tool" ;;
		esac
	done
}

for ((run = 0; run < runs; run++)); do
	for call in "${calls[@]}"; do
		for depth in "${depths[@]}"; do
			for tool in $(tools_for "$call"); do
				figures "$tool" "$call" "$depth" >>"$work/results" ||
					echo "$tool at depth $depth gave no figure: $(tail -n 1 "$work/err")" >&2
			done
		done
	done
done

awk -v tools="${tools[*]}" -v depths="${depths[*]}" -v calls="${calls[*]}" \
	-v how="ns; medians of $runs runs taking turns; $(nproc) CPUs, $(uname -r)" '
function median(text,   v, n, i, j, t) {
	n = split(text, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return n ? v[int((n + 1) / 2)] : -1
}
function cell(value, base) {
	return value > 100000 ? sprintf("%.0f us", (value - base) / 1000) : sprintf("%+.0f", value - base)
}
function percent(burst, flood) { return burst == "-" ? "-" : burst "/" flood " %" }
function least(old, new) { return old == "" || new + 0 < old + 0 ? new : old }
function table(call, depth, ours,   b, i, t) {
	b = "bare" SUBSEP call SUBSEP depth
	print ""
	printf row "   %s\n", "depth " depth, "cpu", "wall", "flood", "kept", "frames", "times ours (wall)"
	printf "%-21s %8.0f %8.0f %8.0f\n", "the call itself", median(cpu[b]), median(wall[b]), median(flood[b])
	ours = ("pagetrail", call, depth) in wall ? median(wall["pagetrail", call, depth]) - median(wall[b]) : 0
	for (i = 1; i <= count; i++) {
		t = tool[i] SUBSEP call SUBSEP depth
		if (tool[i] == "bare" || !(t in wall)) continue
		printf row "   %s\n", "+ " tool[i], cell(median(cpu[t]), median(cpu[b])),
		       cell(median(wall[t]), median(wall[b])), cell(median(flood[t]), median(flood[b])),
		       percent(burst_kept[t], flood_kept[t]), frames[t],
		       (ours > 0 ? sprintf("%.2f", (median(wall[t]) - median(wall[b])) / ours) : "-")
	}
}
{
	key = $1 SUBSEP $2 SUBSEP $3
	cpu[key] = cpu[key] " " $4; wall[key] = wall[key] " " $5; flood[key] = flood[key] " " $6
	burst_kept[key] = least(burst_kept[key], $7); flood_kept[key] = least(flood_kept[key], $8); frames[key] = $9
}
END {
	title["madvise"] = "one madvise(MADV_NORMAL)"; title["mprotect"] = "one mprotect"
	title["lock"] = "mlock and munlock by turns, each"
	row = "%-21s %8s %8s %8s %10s %6s"
	count = split(tools, tool, " "); deep = split(depths, depth, " "); kinds = split(calls, call, " ")
	for (k = 1; k <= kinds; k++) {
		printf "%s%s, %s\n", (k > 1 ? "\n\n" : ""), title[call[k]], how
		for (d = 1; d <= deep; d++) table(call[k], depth[d])
	}
}' "$work/results"

echo
RUNS=$((runs > 7 ? runs : 7)) "$here/programs.sh" true child threads
