# tools.sh - how bench.sh has a tool record calls, and what the tool then has of them.
# shellcheck shell=bash disable=SC2034,SC2046,SC2154 # variables of bench.sh; words that are to be split
#
# Every tool writes to a file what it has of the calls, with their stacks where it takes any. The calls are found there by
# their length, 4095 bytes.

# names_of CALL: of the system calls that make up this kind
names_of() {
	case $1 in
	lock) echo mlock munlock ;;
	*) echo "$1" ;;
	esac
}

# joined SEPARATOR WORD...
joined() {
	local IFS=$1
	shift
	echo "$*"
}

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

lttng_ust() {
	rm -rf "$work/lttng"
	lttng -q create bench --output="$work/lttng"
	lttng -q enable-channel -u -s bench --subbuf-size=4M --num-subbuf=4 ch
	lttng -q enable-event -u -s bench -c ch 'pagetrail_bench:*'
	lttng -q add-context -u -s bench -c ch -t vtid
	lttng -q start bench
	LD_PRELOAD=$work/wrap_lttng.so "$@"
	lttng -q stop bench
	lttng list bench >"$work/lttng.state"
	lttng -q destroy bench
}

# bpftrace has arguments at the call's beginning and its result at its end.
bpftrace_ustack() {
	local program='' name len
	for name in $names; do
		len=len
		[ "$name" != madvise ] || len=len_in
		program+="tracepoint:syscalls:sys_enter_$name /pid == cpid/ { @at[tid] = args->start; @len[tid] = args->$len; }
			tracepoint:syscalls:sys_exit_$name /@len[tid]/ {
				printf(\"$name(%lx, %d) = %d%s\\n\", @at[tid], @len[tid], args->ret, ustack(127)); delete(@len[tid]); }
			"
	done
	BPFTRACE_PERF_RB_PAGES=4096 bpftrace -o "$work/trace" -e "$program END { clear(@at); clear(@len); }" -c "$*"
}

# measure TOOL CALL DEPTH CALLS ROUNDS PAUSE: prints "cpu wall" in ns per call.
measure() {
	local tool=$1 names
	names=$(names_of "$2")
	shift
	local cost=("$work/call_cost" "$@")
	rm -f "$work/trace"
	# shellcheck disable=SC2086 # words
	case $tool in
	bare) "${cost[@]}" ;;
	pagetrail) "$build/pagetrail" record -q -f -o "$work/trace" -- "${cost[@]}" ;;
	pagetrail-libunwind) "$build/pagetrail" record -q -f --unwinder=libunwind -o "$work/trace" -- "${cost[@]}" ;;
	unw_backtrace) LD_PRELOAD=$work/wrap_unwind.so "${cost[@]}" ;;
	lttng-ust) lttng_ust "${cost[@]}" ;;
	uftrace)
		rm -rf "$work/uftrace"
		uftrace record --force -d "$work/uftrace" $(printf -- '-A %s@arg1/x,arg2,arg3 ' $names) \
			$(printf -- '-R %s@retval ' $names) "${cost[@]}" ;;
	perf-trace) perf trace -m 4096 -e "$(joined , $names)" -o "$work/trace" "${cost[@]}" ;;
	perf-trace-fp | perf-trace-dwarf)
		perf trace -m 4096 --call-graph "${tool##*-}" -e "$(joined , $names)" -o "$work/trace" "${cost[@]}" ;;
	bpftrace-ustack) bpftrace_ustack "${cost[@]}" ;;
	strace) strace -f -o "$work/trace" "${cost[@]}" ;;
	strace-k) strace -f -k -o "$work/trace" "${cost[@]}" ;;
	ltrace) ltrace -f -e "$(joined + $names)" -o "$work/trace" "${cost[@]}" ;;
	esac 2>"$work/err" </dev/null | grep -E '^[0-9.]+ [0-9.]+$'
}

# kept TOOL CALL CALLS ROUNDS: what part of the calls of the last measure() the tool has, in percent rounded down; - for
# who keeps none. The program makes one round more than it measures.
kept() {
	local tool=$1 made=$(($3 * ($4 + 1))) have=0 names
	names=$(joined '|' $(names_of "$2"))
	case $tool in
	bare | unw_backtrace) echo - && return ;;
	lttng-ust) have=$((made - $(sed -nE 's/^ *Discarded events: ([0-9]+).*/\1/p' "$work/lttng.state" | head -n 1))) ;;
	uftrace)
		have=$(uftrace report -d "$work/uftrace" 2>/dev/null |
			awk -v names="^($names)\$" '$NF ~ names { n += $(NF - 1) } END { print n + 0 }') ;;
	pagetrail*) have=$(grep -cE "\"call\":\"($names)\".*\"len\":4095," "$work/trace") ;;
	*) have=$(grep -cE "($names)\(.*[ ,]4095[,)]" "$work/trace") ;;
	esac || true
	echo $((100 * (have < made ? have : made) / made))
}

# frames TOOL CALL: how many frames the stack of a call has in what the tool wrote; - where that is not looked up
frames() {
	local names id
	names=$(joined '|' $(names_of "$2"))
	case $1 in
	pagetrail*)
		id=$(grep -m 1 -oE '"len":4095,.*"stack":[0-9]+' "$work/trace" | sed 's/.*://')
		grep -m 1 "\"type\":\"stack\",\"id\":$id," "$work/trace" | grep -oE '\[[0-9]+,"0x' | wc -l ;;
	strace-k | perf-trace-* | bpftrace-*)
		awk -v call="($names)[(].*[ ,]4095[,)]" '$0 ~ call { seen++; next } seen == 2 && NF { n++ } seen > 2 { exit }
			END { print n + 0 }' "$work/trace" ;;
	bare | unw_backtrace | lttng-ust) echo - ;;
	*) echo none ;;
	esac
}
