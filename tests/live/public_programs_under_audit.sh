# What the audit says of programs whose faults are known: minisign and lmdb come out clean; refused locks are told with the kernel's
# arithmetic; memtester's page that stays locked, libffi's closures and what libgc need not have done are found.

need minisign mdb_load mdb_copy mdb_stat gpg memtester luajit ssss-split
public_place

# finds RULE: the audit's findings of that rule, as JSON lines
finds() {
	"$PAGETRAIL" audit "$LOG" --rule "$1" --json 2>/dev/null | jq -c '.findings[]'
}

# clean: the audit finds nothing at all in a complete log
clean() {
	complete
	is "$("$PAGETRAIL" audit "$LOG" --json 2>/dev/null | jq -c '[.findings[] | [.rule, .message]]')" "[]" "findings of $1"
}

record -- sh -ec 'minisign -G -f -W -p p -s k >/dev/null; minisign -S -s k -m /etc/passwd -x s; minisign -V -p p -m /etc/passwd -x s' >out
clean minisign
for i in $(seq 200); do printf 'key%d\nvalue%d\n' "$i" "$i"; done >l.txt
record -- sh -ec 'mdb_load -T -f l.txt -n l.mdb; mdb_copy -n -c l.mdb l2.mdb; mdb_stat -n -ef l.mdb' >out
clean lmdb

rm "$LOG"

# gpg with no right at all, and with less than its pool needs
nobody mkdir -m 700 home
nobody prlimit --memlock=0 "$PAGETRAIL" record -q -o "$LOG" -- gpg --homedir home --batch --gen-random --armor 1 16 >out 2>err
has "$(finds lock-refused)" 'EPERM: the soft limit RLIMIT_MEMLOCK is 0 and the process has no CAP_IPC_LOCK' "gpg under limit 0"
rm "$LOG"
nobody prlimit --memlock=8192 "$PAGETRAIL" record -q -o "$LOG" -- gpg --homedir home --batch --gen-random --armor 1 16 >out 2>err
has "$(finds lock-refused)" 'ENOMEM and locked nothing: it asked for 16 pages.* RLIMIT_MEMLOCK of 8 KiB allows 2 pages' "gpg under 8 KiB"
rm "$LOG"

nobody env MEMTESTER_TEST_MASK=1 prlimit --memlock=2097152 "$PAGETRAIL" record -q -o "$LOG" -- memtester 4M 1 >out 2>err
is "$(finds lock-refused | jq -r .count)" 512 "memtester's refused locks"
is "$(finds lock-never-released | jq -r .pages)" 1 "memtester's pages that stay locked"
rm "$LOG"

record -- ssss-split -t 2 -n 3 -Q <<<topsecret >out
is "$(finds lock-never-released | jq -r .severity)" note "ssss-split's mlockall in force to the end"

# code that is first written and then executed is never both
record -- luajit -e "local t={} for j=1,60 do t[j]=loadstring('local s=0 for i=1,2000 do s=s+i*'..j..' end return s')() end print(#t)" >out
is "$(finds wx-mapping)" "" "luajit's writable and executable memory"
record -- /usr/bin/python3 -c 'import ctypes
C = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
callbacks = [C(lambda a, b: 0) for _ in range(300)]' >out
is "$(finds wx-mapping | jq -r '"\(.severity) \(.count) \(.stack[0].module | test("libffi"))"')" "error 5 true" "libffi's closures"
