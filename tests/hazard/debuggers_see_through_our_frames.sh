# gdb on a traced program: at a system call made by symbol and at one made inside malloc the backtrace goes through the tracer's frames
# to main, breakpoints and single functions work. The log is whole, gdb's own part in it included.

need gdb
cat >commands <<'EOC'
set pagination off
set confirm off
set startup-with-shell off
break main
run
echo === madvise\n
catch syscall madvise
continue
bt
echo === brk\n
delete
catch syscall brk
continue
bt
echo === inner\n
delete
break inner
continue
finish
delete
continue
EOC
record -- gdb -nx -q -batch -x commands --args "$PROG/h_busy" 50 >out 2>&1 || true
grep -q 'exited normally' out || { grep -qiE 'ptrace|not permitted' out && skip "gdb cannot trace here"; fail "$(tail -n 5 out)"; }
part() {
	sed -n "/^=== $1/,/^===/p" out | tr '\n' ' '
}
has "$(part madvise)" '#[0-9]+ .* c_madvise .* inner .* middle .* outer .* main ' "backtrace at a call by symbol"
has "$(part brk)" '#[0-9]+ .* site_leaf .*malloc.* inner .* middle .* outer .* main ' "backtrace at a call inside malloc"
has "$(part inner)" 'Run till exit|middle' "finish"
has "$(cat out)" '^busy$' "what the program says"
whole
counts_agree
