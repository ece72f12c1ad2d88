#!/bin/sh
# coverage.sh [--keep DIR] PROGRAM [ARG...] - which of a program's memory system calls does the log have?
#
# Runs the program once, under strace -f and pagetrail at the same time, and compares the two.  Calls made before the shim
# was ready (the kernel's exec, the loader mapping the first libraries) do not count; pagetrail shows them as a snapshot.
# Proves: the share it prints. Exit status 0: every call is in the log; 1: some are not, they are listed.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
keep=
if [ "${1-}" = --keep ]; then
	keep=$2
	shift 2
fi
[ $# -gt 0 ] || { echo "usage: coverage.sh [--keep DIR] PROGRAM [ARG...]" >&2; exit 2; }
for tool in strace python3; do
	command -v $tool >/dev/null || { echo "coverage.sh: needs $tool (apt-get install $tool)" >&2; exit 2; }
done

dir=${keep:-$(mktemp -d)}
[ -n "$keep" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"

memory=mmap,munmap,mremap,brk,mprotect,pkey_mprotect,pkey_alloc,pkey_free,mlock,mlock2,munlock,mlockall,munlockall
memory=$memory,madvise,process_madvise,mincore,msync,shmat,shmdt,remap_file_pages,memfd_create,memfd_secret
process=execve,execveat,clone,clone3,fork,vfork,open

strace -f -qq -X raw -e signal=none -e trace=$memory,$process -o "$dir/strace" \
	"$here/build/pagetrail" record -q -f -o "$dir/log.jsonl" -- "$@" >/dev/null 2>"$dir/stderr" || true
/usr/bin/env python3 "$here/scripts/coverage.py" "$dir/strace" "$dir/log.jsonl"
