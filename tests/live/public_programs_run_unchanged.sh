# Programs of every day, of many kinds, print the same and end the same under the tracer, with no loss.

need awk perl sort
seq 20000 >numbers
unchanged sort -rn numbers
complete
unchanged awk '{ s += $1 } END { print s }' numbers
complete
unchanged bash -c 'for i in 1 2 3; do (echo $i; exit $i) | cat; done; exit 5'
complete
unchanged perl -e 'my %h = map { $_ => 1 } 1..20000; print scalar(keys %h), "\n"; exit 2'
complete
unchanged gcc --version
complete
printf '#include <stdio.h>\nint main(void) { return puts("compiled") < 0; }\n' >hello.c
unchanged gcc -O1 -c -o hello.o hello.c
complete
unchanged tar -cf /dev/null -C /usr/include .
complete
unchanged ls --no-such-option
complete
