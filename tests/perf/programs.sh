#!/bin/bash
# programs.sh [NAME...] - wall time of whole programs with and without recording.
#
# A program is run bare and recorded in turn, RUNS pairs of both after one of each that is not counted, and each figure is a median:
# of bare runs, of recorded ones, and of the pairs' differences and ratios, so that a load on the machine hurts both alike. Output
# goes to /dev/null, the log to a file in $BUILD.
#
#   true      start-up: /bin/true alone            child     one of 200 children of a shell: start-up of each
#   gcc       compiles a file of 3,000 functions   java      -version
#   redis     redis-benchmark, 50,000 SETs         w3m       3,000 paragraphs, its collector incremental: a call storm
#   luajit    1,000 loops made machine code        threads   calls a second of one thread and of two
#
#   RUNS=7 make bench-programs PROGRAMS="true gcc"

set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:?}
runs=${RUNS:-7}
work=$build/bench_programs
rm -rf "$work"
mkdir -p "$work"
cd "$work"
pagetrail=$build/pagetrail
log=$work/log.jsonl
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# recorded PROGRAM...: under the tracer if $traced says so
recorded() {
	if [ -n "$traced" ]; then "$pagetrail" record -q -f -o "$log" -- "$@"; else "$@"; fi
}

# ---- programs: prepare_NAME makes what it needs, or fails where it cannot run; run_NAME runs it once ----

prepare_true() { :; }
run_true() { recorded /bin/true; }

prepare_child() { printf 'i=0\nwhile [ $i -lt 200 ]; do /bin/true; i=$((i + 1)); done\n' >children.sh; }
run_child() { recorded sh children.sh; }

prepare_gcc() {
	command -v gcc >/dev/null || return 1
	for i in $(seq 3000); do echo "int f$i(int a, int b) { for (int i = 0; i < b; i++) a = a * $i + b; return a; }"; done >many.c
}
run_gcc() { CCACHE_DISABLE=1 recorded gcc -O1 -c -o many.o many.c; }

prepare_java() { command -v java >/dev/null; }
run_java() { recorded java -version; }

prepare_redis() { command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null; }
run_redis() {
	recorded redis-server --port 0 --unixsocket "$work/redis" --save "" --dir "$work" &
	while [ ! -S "$work/redis" ]; do sleep 0.01; done
	redis-benchmark -s "$work/redis" -q -t set -n 50000 -r 10000
	redis-cli -s "$work/redis" shutdown nosave
	wait
	rm -f "$work/redis"
}

prepare_w3m() {
	command -v w3m >/dev/null || return 1
	for i in $(seq 3000); do echo "<p>Paragraph $i of <b>many</b>, with <a href=x$i>a link</a>.</p>"; done >page.html
}
run_w3m() { HOME=$work GC_ENABLE_INCREMENTAL=1 recorded w3m -dump -T text/html page.html; }

prepare_luajit() {
	command -v luajit >/dev/null || return 1
	cat >loops.lua <<-'LUA'
	local t = {}
	for j = 1, 1000 do
		t[j] = loadstring('local s = 0 for i = 1, 2000 do s = s + i * ' .. j .. ' end return s')()
	end
	print(#t)
	LUA
}
run_luajit() { recorded luajit loops.lua; }

# ---- measuring ----

# Milliseconds of one run, in microseconds' precision; stays apart from what the program says.
measure() {
	local begin=$EPOCHREALTIME end
	traced=$2
	"run_$1" >/dev/null 2>&1 </dev/null
	end=$EPOCHREALTIME
	echo $((${end/./} - ${begin/./}))
}

# pairs NAME: "bare recorded" a line, in microseconds
pairs() {
	measure "$1" "" >/dev/null
	measure "$1" yes >/dev/null
	for ((run = 0; run < runs; run++)); do
		echo "$(measure "$1" "") $(measure "$1" yes)"
	done
}

# row NAME: what the pairs on stdin come to; a child's share is a two hundredth
row() {
	awk -v name="$1" -v share="$([ "$1" = child ] && echo 200 || echo 1)" -v calls="$(grep -c '"type":"call"' "$log" || true)" '
	function median(v, n,   i, j, t) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	{ bare[NR] = $1 / share / 1000; with[NR] = $2 / share / 1000; more[NR] = with[NR] - bare[NR]; times[NR] = $2 / $1 }
	END {
		printf "%-10s %10.2f %10.2f %+10.2f %9.3f %10d\n", name, median(bare, NR), median(with, NR), median(more, NR),
		       median(times, NR), calls
	}'
}

# Calls a second: p_flood makes so many in each thread, its start left out by making ten times as many.
prepare_threads() { ${CC:-gcc} -O2 -g -D_GNU_SOURCE -pthread -o flood "$here/../prog/p_flood.c"; }
rate() {
	local few many
	run_flood() { recorded ./flood "$threads" "$calls"; }
	threads=$1 calls=20000
	few=$(measure flood "$2")
	calls=220000
	many=$(measure flood "$2")
	echo $((threads * 200000000 / (many - few)))
}
threads_rows() {
	for what in "" yes; do
		for ((run = 0; run < runs; run++)); do
			echo "$(rate 1 "$what") $(rate 2 "$what")"
		done | sort -n | awk -v name="${what:+recorded}" '
		{ one[NR] = $1; two[NR] = $2; ratio[NR] = $2 / $1 }
		END {
			n = asort_by(ratio, NR); m = int((NR + 1) / 2)
			printf "%-10s %10d %10d %10.2f times\n", name ? name : "bare", one[m], two[m], ratio[m]
		}
		function asort_by(v, n,   i, j, t) {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
			return n
		}'
	done
}

[ $# -gt 0 ] || set -- true child gcc java redis w3m luajit threads
echo "wall time in ms; medians of $runs pairs; $(nproc) CPUs, $(uname -r), load $(cut -d' ' -f1 /proc/loadavg)"
printf '%-10s %10s %10s %10s %9s %10s\n' "" bare recorded more times calls
for name in "$@"; do
	[ "$name" != threads ] || continue
	if "prepare_$name"; then pairs "$name" >"$name.pairs" && row "$name" <"$name.pairs"; else echo "$name       left out: not here"; fi
done
case " $* " in *" threads "*)
	prepare_threads
	printf '\n%-10s %10s %10s    thousand calls a second, no pause\n' "" "1 thread" "2 threads"
	threads_rows
	;;
esac
