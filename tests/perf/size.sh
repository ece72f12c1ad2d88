#!/bin/bash
# size.sh - what a call takes in the log, plain and with zstd, of public programs; and which fields that is.
#
# "a call" is the whole log, its header, modules, stacks and snapshots included, by its calls; "line" is the call lines alone.

set -eu
build=${BUILD:?}
work=$build/bench_size
rm -rf "$work"
mkdir -p "$work"
cd "$work"
export HOME=$work GC_ENABLE_INCREMENTAL=1
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

for i in $(seq 3000); do echo "<p>Paragraph $i of <b>many</b>, with <a href=x$i>a link</a>.</p>"; done >page.html
for i in $(seq 2000); do printf 'key%d\nvalue%d\n' "$i" "$i"; done >l.txt
for i in $(seq 300); do echo "int f$i(int a) { return a * $i; }"; done >many.c
echo "for j = 1, 1000 do loadstring('local s = 0 for i = 1, 2000 do s = s + i * ' .. j .. ' end return s')() end" >loops.lua

# size NAME PROGRAM...
size() {
	local name=$1
	shift
	command -v "$1" >/dev/null || { echo "$name: left out: not here"; return; }
	"$build/pagetrail" record -q -f -o "$name.jsonl" -- "$@" >/dev/null 2>&1 </dev/null || true
	"$build/pagetrail" record -q -f -o "$name.jsonl.zst" -- "$@" >/dev/null 2>&1 </dev/null || true
	awk -v name="$name" -v zstd="$(stat -c %s "$name.jsonl.zst")" '
	{ all += length($0) + 1 }
	/^\{"type":"call"/ { calls++; lines += length($0) + 1 }
	/^\{"type":"stack"/ { stacks += length($0) + 1 }
	/^\{"type":"snapshot"/ { snapshots += length($0) + 1 }
	END {
		printf "%-10s %9d %9.0f %9.1f %9.0f %9.1f %9.1f\n", name, calls, all / calls, zstd / calls, lines / calls,
		       stacks / calls, snapshots / calls
	}' "$name.jsonl"
}

printf '%-10s %9s %9s %9s %9s %9s %9s\n' "" calls "a call" zstd line stacks snapshots
size w3m w3m -dump -T text/html page.html
size luajit luajit loops.lua
size gpg gpg --batch --gen-random --armor 1 16
size lmdb sh -c 'rm -f l.mdb*; mdb_load -T -f l.txt -n l.mdb; mdb_copy -n -c l.mdb l2.mdb; rm l2.mdb'
size gcc gcc -O1 -c -o many.o many.c
size python3 /usr/bin/python3 -c 'import json, ctypes, http.client'
size java java -version
size memtester memtester 1M 1

printf '\nbytes of each field, in all call lines of the programs above\n'
cat ./*.jsonl | grep '^{"type":"call"' | grep -oE '"[a-z_]+":("[^"]*"|[^,}]+)' | awk '
{ split($0, part, "\""); bytes[part[2]] += length($0) + 1; count[part[2]]++; if (part[2] == "type") calls++ }
END { for (f in bytes) printf "%-10s %6.1f a call, in %5.1f %% of calls\n", f, bytes[f] / calls, 100 * count[f] / calls }' | sort -k2,2nr
