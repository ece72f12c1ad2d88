# Where libc's system calls cannot be rewritten, or one of them does not look as expected, the program runs and its calls through
# symbols are recorded; the log says which were found and which rewritten.

# sites FIELD: of the program that began last, libc and ld.so added up
sites() {
	q --arg field "$1" '[.[] | select(.type == "note" and .what == "sites")][-2:] | map(.[$field]) | add'
}

run() {
	record -- "$@" >out 2>err
	is "$(cat out err)" "0 children ended badly" "$* says"
	whole
	counts_agree
	found=$(sites found)
	rewritten=$(sites rewritten)
}

run "$PROG/h_alloc"
is "$rewritten" "$found" "sites rewritten"
usual=$found

# A libc in which munmap puts its number into eax in another way, as some other tool may have left it.
if /usr/bin/python3 - <<'PY'; then
import re, sys
libc = open("/lib/x86_64-linux-gnu/libc.so.6", "rb").read()
site = b"\xb8\x0b\x00\x00\x00\x0f\x05"
if libc.count(site) != 1:
    sys.exit("munmap's site is not where it is looked for")
open("libc.so.6", "wb").write(libc.replace(site, b"\x6a\x0b\x58\x0f\x05\x90\x90"))
PY
	# what libc unmaps is not seen then, and a replay must find the addresses taken that are given out again
	BLIND=1
	run env LD_LIBRARY_PATH="$PWD" "$PROG/h_alloc"
	BLIND=
	is "$found" $((usual - 1)) "sites found in a libc with one changed"
	is "$rewritten" "$found" "sites rewritten in it"
fi

# No way to make pages executable (MDWE): /proc/self/mem does it. No /proc: mprotect does it. Neither: symbols alone.
status=0
"$PROG/h_mdwe" true || status=$?
[ $status -ne 77 ] || skip "this kernel has no PR_SET_MDWE"
run "$PROG/h_mdwe" "$PROG/h_alloc"
is "$rewritten" "$usual" "sites rewritten under MDWE"
need_root
need unshare
run unshare -m sh -c 'umount -l /proc; exec "$0"' "$PROG/h_alloc"
is "$rewritten" "$usual" "sites rewritten without /proc"
run unshare -m sh -c 'umount -l /proc; exec "$0" "$1"' "$PROG/h_mdwe" "$PROG/h_alloc"
is "$rewritten" 0 "sites rewritten without any means"
is "$found" "$usual" "sites found without any means to rewrite them"
is "$(q '[.[] | select(.type == "note" and .what == "sites")][-1].errno')" EACCES "the reason"
