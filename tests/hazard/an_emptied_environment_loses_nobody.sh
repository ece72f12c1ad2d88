# Programs started with an environment emptied, replaced or cleaned, by every function there is for it: all are followed.

numbers() {
	seq 0 $(($1 - 1))
}

unchanged "$PROG/h_environments"
whole
for i in $(numbers 16); do
	is "$(logged mmap $(((100 + i) * 4096)))" 1 "calls of child $i"
done
is "$(q '[.[] | select(.type == "note" and .what == "untraced")] | length')" 0 "untraced children"

# What a program preloads of its own stays.
record -- sh -c 'LD_PRELOAD=libm.so.6 sh -c "echo \$LD_PRELOAD"' >out
has "$(cat out)" 'libpagetrail.so:libm.so.6$' "the child's LD_PRELOAD"

# The same with symbols alone.
record --no-sites -- "$PROG/h_environments" >out
whole
for i in $(numbers 16); do
	is "$(logged mmap $(((100 + i) * 4096)))" 1 "calls of child $i without sites"
done

# Sixteen programs in one process, one after the other, each with nothing in its environment.
unchanged "$PROG/h_environments" chain 15
whole
for i in $(numbers 16); do
	is "$(logged mmap $(((100 + i) * 4096)))" 1 "calls of program $i of the chain"
done
is "$(q '[.[] | select(.type == "process" and .event == "exec")] | length')" 15 "programs that began by exec"
is "$(q '[.[] | select(.type == "call" and .call == "execve" and has("path"))] | length')" 15 "calls of execve"

# A script whose interpreter is a script.
printf '#!/bin/sh\nexec "%s" "$2"\n' "$PROG/h_environments" >inner
printf '#!%s/inner\n' "$PWD" >outer
chmod +x inner outer
unchanged env -i ./outer 7
whole
is "$(logged mmap $((107 * 4096)))" 1 "calls of a script's program"
