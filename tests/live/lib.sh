# lib.sh - what the live tests share; run.sh loads it before each of them, in the test's own empty directory.
# shellcheck shell=bash disable=SC2034 # variables for the tests

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
PAGETRAIL=$BUILD/pagetrail
PROG=$BUILD/prog
LOG=$PWD/log.jsonl

fail() {
	echo "FAIL: $*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# is GOT WANT WHAT
is() {
	[ "$1" = "$2" ] || fail "$3: got '$1', not '$2'"
}

# has TEXT PATTERN WHAT: an extended regular expression
has() {
	grep -qE -- "$2" <<<"$1" || fail "$3: '$2' is not in: $1"
}

need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "no $program here"
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

# public_place: copies pagetrail to a directory that every user may enter, and makes one there that the user nobody may write to
# the current one. A clone below /root is closed to others, and so may $TMPDIR be.
public_place() {
	need setpriv prlimit
	need_root
	PUBLIC=$(mktemp -d -p /tmp)
	trap 'rm -rf "$PUBLIC"' EXIT
	publish "$PAGETRAIL" "$BUILD/libpagetrail.so"
	mkdir "$PUBLIC/work"
	chown 65534 "$PUBLIC/work"
	chmod 755 "$PUBLIC" "$PUBLIC/work"
	cd "$PUBLIC/work"
	PAGETRAIL=$PUBLIC/pagetrail
	LOG=$PWD/log.jsonl
}

# publish FILE...: copies for every user into that directory, whatever the umask was when they were built
publish() {
	install -m 755 "$@" "$PUBLIC"
}

# nobody PROGRAM...: runs it as that user, without capabilities
nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# record [OPTION...] -- PROGRAM...: into $LOG, replacing the one before; quiet
record() {
	"$PAGETRAIL" record -q -f -o "$LOG" "$@"
}

# q FILTER [JQ-OPTION...]: over all records of the log, as one array
q() {
	sed -E '/^\{"type":"call"/ { /"tid":/!s/"pid":([0-9]+),/&"tid":\1,/; /"via":/!s/,"t":/,"via":"plt"&/ }' "$LOG" | jq -rs "$@"
}

# calls NAME: how many calls of this name the log has
calls() {
	q --arg name "$1" '[.[] | select(.type == "call" and .call == $name)] | length'
}

# replays: no result of the log is impossible, and from the log alone the state is rebuilt that the recording had; not asked of a
# program that makes calls out of sight (BLIND)
replays() {
	local status=0
	[ -z "${BLIND:-}" ] || return 0
	"$PAGETRAIL" replay "$LOG" >replayed 2>&1 || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "replay, $status: $(head -n 20 replayed)"
	has "$(tail -n 3 replayed)" "all, equal to the recording's" "replay"
}

# complete: the log says of itself that nothing is missing
complete() {
	replays
	is "$(q '.[-1].type')" trailer "last record"
	is "$(q '.[-1].losses')" 0 "losses"
	is "$(q '[.[] | select(.type == "loss")] | length')" 0 "loss records"
	is "$(q '.[-1].complete')" true "complete"
}

# whole: the log is well-formed, nothing in it is missing
whole() {
	replays
	"$PAGETRAIL" validate "$LOG" >verdict || fail "validate: $(cat verdict)"
	is "$(tail -n 1 "$LOG" | jq .losses)" 0 "losses"
}

# logged CALL LEN: how many calls of this name and length have returned, by the log; of madvise those with MADV_NORMAL, which no
# allocator uses, of mmap those that name no address, unlike the loader's; without malloc's own mprotect calls
logged() {
	local addr=0x[0-9a-f]+ more=
	case $1 in
	madvise) more='"advice":0,' ;;
	mmap) addr=0x0 ;;
	esac
	grep -E "\"call\":\"$1\",\"addr\":\"$addr\",\"len\":$2,$more.*\"ret\":" "$LOG" |
		grep -vc '"call":"mprotect".*"prot":3,.*"via":"site"' || true
}

# counts_agree: the log has as many marked calls as the program says it made (tests/hazard/hazard.h)
counts_agree() {
	local call len count
	[ -s counts ] || fail "the program did not count"
	while read -r call len count; do
		is "$(logged "$call" "$len")" "$count" "$call calls of $len bytes in the log"
	done <counts
}

# stacks_there LEN [MOST]: every logged call of this length has a stack, and the stacks of MOST (none) are cut off or guessed
stacks_there() {
	local without cut
	without=$(grep -E "\"type\":\"call\".*\"len\":$1," "$LOG" | grep -vc '"stack":' || true)
	is "$without" 0 "calls without a stack"
	cut=$(grep -E '"type":"stack".*"(truncated|guessed)":true' "$LOG" | sed -E 's/.*"id":([0-9]+).*/\1/' | sort -u)
	[ -z "$cut" ] || cut=$(grep -E "\"type\":\"call\".*\"len\":$1," "$LOG" | grep -cE "\"stack\":($(tr '\n' '|' <<<"$cut" | sed 's/|$//'))," || true)
	[ "${cut:-0}" -le "${2:-0}" ] || fail "$cut calls have a stack that is cut off or guessed"
}

# wait_status PROGRAM...: runs it and prints its status as wait(2) has it, a death by signal N as -N; output goes to out and err
wait_status() {
	/usr/bin/python3 -c 'import subprocess, sys
print(subprocess.run(sys.argv[1:], stdout=open("out", "wb"), stderr=open("err", "wb")).returncode)' "$@"
}

# unchanged PROGRAM...: its output and status are the same with and without the tracer; the log is in $LOG
unchanged() {
	local bare traced
	bare=$(wait_status "$@")
	mv out out.bare
	mv err err.bare
	traced=$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$@")
	is "$traced" "$bare" "status of $*"
	cmp out.bare out || fail "stdout of $* differs"
	diff err.bare err || fail "stderr of $* differs"
}

# seen: the calls by symbol and by syscall(2), as "name count" words in alphabetical order: what programs and libraries other
# than the C library itself did. Processes and limits are left out.
seen() {
	q '[.[] | select(.type == "call" and (.via | IN("plt", "syscall"))) | .call]
	| map(select(test("^(m|brk|sbrk|shm|pkey|posix_madvise)"))) | group_by(.) | map("\(.[0]) \(length)") | join(" ")'
}

# audit_finds LEAST PREFIX...: the programs tests/prog/p_audit_PREFIX*.c, at least so many that could run. Of the rules that their
# first comments name, the audit of their recordings has just those findings, as often. What other rules say of them is for those
# rules' programs. A program without such a comment, p_audit_clean_WHAT.c, comes out without any finding. A line "record: OPTIONS"
# says how to record it.
audit_finds() {
	local least=$1 prefix file name seen=0
	shift
	for prefix in "$@"; do
		for file in "$LIVE/../prog/p_audit_$prefix"*.c; do
			name=$(basename "$file" .c)
			audit_of "$file" "$name"
			grep -q '^skip: ' out && continue
			is "$(audit_named "$file")" "$(sed -n 's/^ \* finds: //p' "$file" | sort)" "findings of $name"
			audit_told | sort | uniq -u | grep . && fail "$name: recording and reading count differently"
			seen=$((seen + 1))
		done
	done
	[ "$seen" -ge "$least" ] || fail "only $seen programs"
}

# audit_of FILE NAME: records the program and has its audit in found.json
audit_of() {
	# shellcheck disable=SC2046 # words
	"$PAGETRAIL" record $(sed -n 's/^ \* record: //p' "$1") -f -o "$LOG" -- "$PROG/$2" >out 2>err
	complete
	"$PAGETRAIL" audit "$LOG" --json >found.json
}

# audit_named FILE: what was found, as "severity rule count" lines: of the rules that FILE names, all where it names none
audit_named() {
	local rules
	rules=$(sed -n 's/^ \* finds: [a-z]* \([a-z-]*\) .*/ \1 /p' "$1" | sort -u)
	jq -r '.findings[] | "\(.severity) \(.rule) \(.count)"' found.json | sort | grep -F -- "${rules:- }" || true
}

# audit_told: how many findings the audit has, and how many the recording counted while it ran
audit_told() {
	jq -r '[.findings[].severity] | group_by(.)[] | "\(length) \(.[0])"' found.json
	sed -n 's/^pagetrail: findings: //p' err | tr ',' '\n' | sed 's/^ //; s/s$//; /none/d'
}
