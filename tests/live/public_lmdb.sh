# Three processes of lmdb's tools map their files shared and unmap them all.

need mdb_load mdb_copy mdb_stat
for i in $(seq 200); do printf 'key%d\nvalue%d\n' "$i" "$i"; done >l.txt
record -- sh -ec 'mdb_load -T -f l.txt -n l.mdb; mdb_copy -n -c l.mdb l2.mdb; mdb_stat -n -ef l.mdb' >out
has "$(cat out)" 'Entries: 200' "mdb_stat's output"
complete
shared=$(q '[.[] | select(.type == "call" and .call == "mmap" and .via == "plt" and .fd >= 0)] | length')
[ "$shared" -ge 3 ] || fail "file mappings: $shared"
is "$(q '[.[] | select(.type == "call" and .via == "plt" and .call == "mmap")] | length')" \
	"$(q '[.[] | select(.type == "call" and .via == "plt" and .call == "munmap")] | length')" "mapped and unmapped"
is "$(q '[.[] | select(.type == "call" and .call == "mmap" and .fd >= 0 and .via == "plt" and .fdkind != "regular")] | length')" 0 \
	"mappings of other than regular files"
unchanged mdb_stat -n -ef l.mdb
