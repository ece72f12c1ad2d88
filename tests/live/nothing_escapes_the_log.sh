# Every memory call that strace sees after the shim's start is in the log: of libc and the loader themselves, of threads and
# of children, in programs of our own and of the distribution.

need strace python3

covered() {
	"$LIVE/../../scripts/coverage.sh" --keep coverage "$@" >share 2>&1 || fail "$*: $(cat share)"
	is "$(head -n 1 share | sed 's/.*: //')" "100.00 %" "$*"
	[ "$(head -n 1 share | cut -d ' ' -f 1)" -gt 0 ] || fail "$*: strace saw no memory call at all"
}

covered "$PROG/p_loader_loop"
covered "$PROG/p_children"
covered "$PROG/p_threads"
covered /usr/bin/python3 -c 'import ssl, json, threading, ctypes'
covered gcc -O2 -c -o out.o "$LIVE/../../tests/prog/p_brk.c"
covered sh -c 'env -i /bin/ls / | /usr/bin/sort >/dev/null; : | cat'
