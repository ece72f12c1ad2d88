#!/bin/bash
# flags.sh - preload/abi/flags.def against the constants of this system's headers, both ways.
#
# A name the headers have must have the row's value; a name they lack must be newer than they are; and a constant MAP_*,
# PROT_*, MADV_*, MCL_*, MREMAP_*, MS_* or MLOCK_* that the headers have must have a row.  The compiler does the comparing:
# what is written here is a program that does not compile when a row is wrong.

set -u
cd "$(dirname "$0")/../.." || exit 1
cc=${CC:-cc}
headers='#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/resource.h>
#include <sched.h>
#include <linux/mman.h>
#include <linux/memfd.h>
#include <linux/prctl.h>
#include <linux/version.h>'
passed=0 failed=0

# Masks, shifts, other names of a row and a result: nothing a flag word is made of.
no_flag='^(MAP_FAILED|MAP_TYPE|MAP_FILE|MAP_ANON|MAP_HUGE_SHIFT|MAP_HUGE_MASK)$'

rows=$(sed -n 's/^FLAG(\([A-Z]*\), \([A-Z0-9_]*\), \(.*\), \([0-9.]*\))$/\2;\3;\4/p' preload/abi/flags.def)
names=$(echo "$headers" | "$cc" -E -dM - | sed -n 's/^#define \(\(MAP\|PROT\|MADV\|MCL\|MREMAP\|MS\|MLOCK\)_[A-Z0-9_]*\) .*/\1/p' |
	grep -Ev "$no_flag" | sort -u)

result() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $2"
	fi
}

# One assertion a row: its value where the headers have the name, its age where they do not.
program=$(
	echo "$headers"
	echo "$rows" | while IFS=';' read -r name value kernel; do
		IFS=. read -r major minor patch <<<"$kernel"
		cat <<-END
		#ifdef $name
		_Static_assert((unsigned long)($name) % (1ul << 32) == ($value), "$name is not $value");
		#else
		_Static_assert(KERNEL_VERSION($major, $minor, ${patch:-0}) > LINUX_VERSION_CODE, "no $name in headers newer than $kernel");
		#endif
		END
	done
)
wrong=$(echo "$program" | "$cc" -w -x c -fsyntax-only - 2>&1)
[ -z "$wrong" ] || echo "$wrong" | grep 'error:' >&2
result "$([ -z "$wrong" ]; echo $?)" "every row has the value of the headers, or is newer than they are"

missing=$(comm -23 <(echo "$names") <(echo "$rows" | cut -d';' -f1 | sort -u))
[ -z "$missing" ] || echo "no row for:" $missing >&2
result "$([ -n "$names" ] && [ -z "$missing" ]; echo $?)" "every memory constant of the headers has a row"

parsed=$(echo "$rows" | wc -l) written=$(grep -c '^FLAG(' preload/abi/flags.def)
result "$([ "$parsed" -eq "$written" ] && [ "$parsed" -gt 100 ]; echo $?)" "every row could be read: $parsed of $written"

echo "flags: $passed passed, $failed failed"
[ $failed -eq 0 ]
