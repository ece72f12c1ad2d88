# python3 makes 300 callbacks through libffi: five pages that are writable and executable at once, live at exit.

[ -x /usr/bin/python3 ] || skip "no /usr/bin/python3"
unchanged /usr/bin/python3 -c "import ctypes; C=ctypes.CFUNCTYPE(ctypes.c_int,ctypes.c_void_p,ctypes.c_void_p); cb=[C(lambda a,b:0) for _ in range(300)]; l=ctypes.CDLL(None); a=(ctypes.c_int*64)(*range(64,0,-1)); l.qsort(a,64,4,cb[0]); print(len(cb))"
is "$(cat out)" 300 "its output"
complete
is "$("$PAGETRAIL" map "$LOG" --json | jq '[.ranges[] | select(.perms == "rwxp")] | length > 0')" true "ranges writable and executable"
is "$(q '[.[] | select(.type == "call" and .call == "mmap" and .prot == 7)] | length')" 5 "such mappings"
has "$("$PAGETRAIL" events "$LOG" --call mmap --stacks)" 'libffi\.so' "stacks"
