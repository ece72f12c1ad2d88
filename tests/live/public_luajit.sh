# luajit compiles 60 loops: its code range is made writable 60 times and executable 59 times, and never both at once.

need luajit
unchanged luajit -e "local t={} for j=1,60 do t[j]=loadstring('local s=0 for i=1,2000 do s=s+i*'..j..' end return s')() end print(#t)"
complete
is "$(seen)" "mmap 2 mprotect 119 munmap 2" "calls"
is "$(q '[.[] | select(.type == "call" and .call == "mprotect" and .via == "plt" and .prot == 5)] | length')" 60 "times made executable"
is "$(q '[.[] | select(.type == "call" and .call == "mprotect" and .prot == 7)] | length')" 0 "times both at once"
