#!/bin/sh
# check-cfi.sh COMPARE [FILE...] - prove our unwind rules equal to readelf's, row by row, one test a file.
#
# COMPARE is build/shape/cfi_compare. Without FILEs: libc, ld.so and libgcrypt, some large libraries if they are installed, and
# the shim, whose tables are in part written by hand.
set -u
compare=$1
shift
if ! command -v readelf >/dev/null; then
	echo "skip check-cfi: no readelf"
	echo "check-cfi: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
if [ $# -eq 0 ]; then
	libc=$(ldd "$compare" | sed -n 's/.*libc\.so\.6 => \([^ ]*\) .*/\1/p')
	set -- "$libc" /lib64/ld-linux-x86-64.so.2 "${compare%/*}/../libpagetrail.so"
	for name in libgcrypt.so.20 libstdc++.so.6 libcrypto.so.3 libpython3.11.so.1.0; do
		[ -e "${libc%/*}/$name" ] && set -- "$@" "${libc%/*}/$name"
	done
fi
passed=0 failed=0
for file; do
	if readelf -W --debug-dump=frames-interp "$file" 2>/dev/null | "$compare" "$file"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "check-cfi: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
