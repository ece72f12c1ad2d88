# A library opened with RTLD_DEEPBIND, and one in a namespace of its own (dlmopen) with a second libc: neither finds our symbols, and
# all of their calls are there, those their libc makes for malloc included.

rounds=20
for how in deepbind namespace again; do
	times=$rounds
	[ $how != again ] || times=$((rounds * 4))
	unchanged "$PROG/h_deep" $how "$PROG/lib_deep.so"
	whole
	for call in mmap mprotect madvise munmap; do
		is "$(logged $call $((61 * 4096)))" $times "$call calls of a library opened by $how"
	done
	# malloc's mapping, one page larger for its header
	is "$(logged mmap $((61 * 4096 * 200 + 4096)))" $times "mappings for malloc, $how"
	stacks_there $((61 * 4096))
done
