#!/bin/bash
# demo.sh - what pagetrail does, shown on a program that everybody has: gpg, which maps, locks and wipes a pool for secrets.
#
# Prints each command before its output, as a person would type it.

set -eu
build=${BUILD:-build}
log=$build/demo.jsonl
home=$build/demo.gpg
PATH=$build:$PATH
rm -rf "$home" "$log"
mkdir -m 700 "$home"
: >"$home/pubring.kbx" # or gpg says that it made one

# run SHELL-COMMAND: shown as it is, then run
run() {
	printf '\n$ %s\n' "$1"
	bash -c "$1"
}

# field FILTER: of the first mlock() call in the log
field() {
	jq -rs "[.[] | select(.type == \"call\" and .call == \"mlock\" and .ret == 0)][0] | $1" "$log"
}

echo "(pagetrail is $build/pagetrail)"
run "pagetrail record -o $log -- gpg --homedir $home --batch --gen-random --armor 1 16"

echo; echo "# Its calls, by kind and by the place that made them:"
run "pagetrail stats $log"

seq=$(field .seq)
addr=$(field .addr)
[ "$seq" != null ] || { echo "gpg locked nothing: is RLIMIT_MEMLOCK 0 here?"; exit 1; }
echo; echo "# Record #$seq is the lock. The address space right after it, around the locked pages:"
low=$(printf '0x%x' $((addr - 262144)))
high=$(printf '0x%x' $((addr + 262144)))
run "pagetrail map $log --at '#$seq' --addr $low-$high"

echo; echo "# The same pages as a strip, a character each:"
run "pagetrail map $log --at '#$seq' --strip --addr $low-$high"

echo; echo "# The biography of the first locked page:"
run "pagetrail explain $log $addr"

echo; echo "# The log is one JSON object a line; these are the calls that made, locked and ended the pool:"
run "jq -c 'select(.addr == \"$addr\" or .ret == \"$addr\")' $log"
