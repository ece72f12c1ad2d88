# minisign makes keys, signs and verifies with libsodium's guarded memory: 19 allocations, each locked and unlocked again.

need minisign
record -- sh -ec 'minisign -G -f -W -p p -s k >/dev/null; minisign -S -s k -m /etc/passwd -x s; minisign -V -p p -m /etc/passwd -x s' >out
has "$(cat out)" 'verified' "minisign's output"
complete
is "$(seen)" "madvise 38 mlock 19 mmap 19 mprotect 76 munlock 19 munmap 19" "calls"
for pid in $(q '[.[] | select(.type == "call" and .call == "mlock") | .pid] | unique | .[]'); do
	is "$("$PAGETRAIL" map "$LOG" --pid "$pid" --json | jq '[.ranges[] | select(.lock != "none")] | length')" 0 "locked at the end of $pid"
done
unchanged minisign -V -p p -m /etc/passwd -x s
