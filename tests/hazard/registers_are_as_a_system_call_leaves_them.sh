# Libc's functions called past all symbols, with patterns in all registers and in the red zone: what they change is what they change
# without us, errno included. Vector registers apart, which are kept where a function has a frame; of the others is shown that
# they keep nothing there.

"$PROG/h_registers" >bare
record -- "$PROG/h_registers" >traced
# Where mremap's frame lies it writes addresses, some bytes of which are now and then those of the pattern.
plain() {
	sed -E 's/ xmm[0-9]+//g; /^mremap/s/[0-9]+ bytes of/bytes of/' "$1"
}
diff <(plain bare) <(plain traced) || fail "registers"
has "$(cat traced)" '^mremap: .* changed: rdx 1[0-9] bytes' "vector registers in a function with a frame"
whole
is "$(q '[.[] | select(.type == "call" and .via == "site") | .call] | map(select(. != "brk")) | join(" ")')" \
	"mmap mprotect mprotect madvise mlock munlock mincore msync mprotect mlock mremap munmap" "calls that went through sites"

names=$(sed -n 's/^CALL(\([a-z0-9_]*\),.*/\1/p' "$LIVE/../../preload/abi/calls.def")
# shellcheck disable=SC2086 # a list
numbers=$(printf '%s\n' $names execve execveat clone prlimit64 | sed 's/.*/#ifdef __NR_&\n__NR_&\n#endif/' |
	cat <(echo '#include <sys/syscall.h>') - | gcc -E -P - | grep -x '[0-9]*' | tr '\n' ' ')
loader=$(realpath /lib64/ld-linux-x86-64.so.2)
libc=$(ldd "$PROG/h_registers" | awk '$1 == "libc.so.6" { print $3 }')
for object in "libc.so.6 $libc" "ld.so $loader"; do
	found=$(q --arg object "${object% *}" '[.[] | select(.type == "note" and .what == "sites" and .object == $object) | .found][0]')
	# shellcheck disable=SC2086 # a list
	/usr/bin/python3 "$LIVE/../hazard/vectors.py" "${object#* }" "$found" $numbers || fail "a function keeps something in a vector register"
done
