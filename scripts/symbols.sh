#!/bin/bash
# symbols.sh BUILD - proves what the shim takes from and gives to the programs it is loaded into.
#
#   exports      the names of calls.def's rows that the C library has, no less; beyond them only the names in also_exported
#   needs        each object of the shim names of the C library only what the table below lets it: whoever is on the record path
#                names nothing that could lock, allocate or make a system call
#   libraries    the shim is linked with nothing but what every program has

set -u
build=${1:?}
shim=$build/libpagetrail.so
bad=0

# Other names of rows, roads to exec, what makes code and stacks come and go, and the mark.
also_exported="mmap64 setrlimit64 prlimit64 syscall _exit _Exit _Fork posix_spawnp
execv execvp execvpe execl execlp execle fexecve execveat dlopen dlmopen dlclose pthread_create
__asan_default_options pagetrail_mark"

# OBJECT: NAMES. Objects that are not here may name nothing outside the shim. errno's place and the loader's table of objects are
# read without a lock; what else there is runs in the constructor or before exec only.
needs() {
	cat <<-'TABLE'
	shim.c __errno_location
	special.c __errno_location
	process.c __errno_location __libc_single_threaded
	process_x86_64.S __errno_location
	gate.c __curbrk
	step_rows.c _dl_find_object
	modules.c _dl_find_object
	peek.c __curbrk __libc_stack_end _dl_find_object getauxval
	stack.c __libc_stack_end
	exec.c __errno_location environ
	search.c environ
	life.c getauxval
	real.c dlsym dlerror
	sites.c __errno_location _dl_find_object dlsym getauxval
	unwind.c __errno_location dl_iterate_phdr dlsym dlerror
	TABLE
}

fail() {
	echo "FAILED $1"
	diff <(tr ' ' '\n' <<<"$2" | sed '/^$/d' | sort -u) <(tr ' ' '\n' <<<"$3" | sed '/^$/d' | sort -u) | grep '^[<>]' |
		sed 's/^</    expected:/; s/^>/    found:   /'
	bad=$((bad + 1))
}

same() {
	if [ "$(tr ' ' '\n' <<<"$2" | sed '/^$/d' | sort -u)" = "$(tr ' ' '\n' <<<"$3" | sed '/^$/d' | sort -u)" ]; then
		echo "ok $1"
	else
		fail "$@"
	fi
}

# Rows that have a wrapper; the row exit stands for _exit().
rows=$(tr '\n' ' ' <preload/abi/calls.def | grep -oE 'CALL\([a-z_0-9]+, [^,]+, [A-Z]+, [A-Z]+, (PLAIN|HAND)' |
	sed -E 's/CALL\(([a-z_0-9]+),.*/\1/' | grep -vx exit)
exports=$(nm -D --defined-only "$shim" | awk '{ print $3 }')
same exports_are_the_rows_of_the_table "$rows $also_exported" "$exports"

allowed=$(needs)
own=$(nm --defined-only "$build"/shim/preload/*.o "$build"/shim/preload/abi/*.o | awk 'NF == 3 { print $3 }')
named=
for object in "$build"/shim/preload/*.o "$build"/shim/preload/abi/*.o; do
	name=$(basename "$object" .o)
	for symbol in $(nm -u "$object" | awk '{ print $NF }'); do
		# Another object of the shim has it, or the linker makes it.
		grep -qx "$symbol" <<<"$own" && continue
		case $symbol in _GLOBAL_OFFSET_TABLE_ | __ehdr_start | _end | _etext | _edata) continue ;; esac
		named+=" $name:$symbol"
	done
done
same objects_name_only_what_they_may "$(awk '{ for (i = 2; i <= NF; i++) print $1 ":" $i }' <<<"$allowed" | tr '\n' ' ')" "$named"

libraries=$(readelf -d "$shim" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ' ')
if grep -qvE '^(libc\.so\.6|ld-linux-x86-64\.so\.2)?$' <<<"$(tr ' ' '\n' <<<"$libraries")"; then
	fail linked_with_the_c_library_only "libc.so.6" "$libraries"
else
	echo "ok linked_with_the_c_library_only"
fi

echo "symbols: $((3 - bad)) passed, $bad failed"
[ "$bad" -eq 0 ]
