# anonymize: no path, argument, label, variable or name of the original is in the new log; findings, locks and the state of every
# page are the same. Whatever is secret here has "z9" in it: no letter of the random names of the tracer's own files is a 9.
mkdir -p z9home/z9project
cp "$PROG/p_names" z9home/z9project/z9app
head -c 8192 /dev/zero >z9home/z9project/z9data.bin
cd z9home/z9project
Z9VARIABLE=z9value "$PAGETRAIL" record -q -f --verify -o "$LOG" -- ./z9app z9data.bin z9word
cd ../..
for kind in '"exe":"[^"]*z9app' '"argv":\[[^]]*z9word' '"cwd":"[^"]*z9project' '"path":"[^"]*z9data' '"label":"z9word' \
	'"path":"/memfd:z9word' '"type":"module"[^}]*z9app' '"call":"posix_spawn"[^}]*z9app'; do
	grep -q "$kind" "$LOG" || fail "this test shows nothing: no $kind"
done
"$PAGETRAIL" symbolize "$LOG" -o named.jsonl 2>messages || fail "$(cat messages)"
grep -q '"function":"lock_twice"' named.jsonl || fail "no names to leave out"

"$PAGETRAIL" anonymize named.jsonl -o nobody.jsonl.zst 2>messages || fail "$(cat messages)"
is "$(stat -c %a nobody.jsonl.zst)" 600 "mode"
zstd -qd nobody.jsonl.zst
! grep -iq z9 nobody.jsonl || fail "a secret is left: $(grep -io '.\{30\}z9.\{10\}' nobody.jsonl | head -3)"
! grep -q lock_twice nobody.jsonl || fail "a function is left"
"$PAGETRAIL" validate nobody.jsonl >verdict || fail "$(cat verdict)"
schema=$LIVE/../../collector/schema/pagetrail-log-1.schema.json
/usr/bin/python3 "$LIVE/schema.py" "$schema" nobody.jsonl || fail "not as the schema has it"

# every string of the log, in the environment and about the machine, part by part; a directory may be called what the format
# has a word for
/usr/bin/python3 - "$LOG" nobody.jsonl "$schema" <<-'PYTHON'
	import getpass, json, os, re, socket, sys
	SYSTEM = re.compile(r"(/usr)?/lib(64|/x86_64-linux-gnu)?/(lib|ld-)[^/]*\.so[^/]*")
	def paths(value):
	    if isinstance(value, dict):
	        for key, inner in value.items():
	            if key in ("path", "exe", "cwd", "argv"):
	                yield from inner if isinstance(inner, list) else [inner]
	            yield from paths(inner)
	    elif isinstance(value, list):
	        for inner in value:
	            yield from paths(inner)
	words = {os.uname().release, socket.gethostname(), os.getcwd(), os.path.expanduser("~"), *os.environ.values()}
	words = {word for word in words if len(word) > 5 or "/" in word[:-1]}
	for line in open(sys.argv[1]):
	    for path in paths(json.loads(line)):
	        if not SYSTEM.fullmatch(path) and not path.startswith("["):
	            words.update(part for part in [path, *path.split("/")] if len(part) > 3)
	words -= {"memfd:", "zero", "linux-vdso.so.1", "lib64", "x86_64-linux-gnu", "libpagetrail.so"}
	words = {word for word in words if not re.fullmatch("pagetrail-[a-z2-7]{8}|[a-z2-7]{20}", word)}
	words -= set(re.findall('"([^"]*)"', open(sys.argv[3]).read()))
	text = open(sys.argv[2]).read()
	left = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
	assert not left, left
	assert len(words) > 20, words
	assert getpass.getuser() not in text.replace("proot", "")
PYTHON

# what happened is the same: findings, locks, and the pages of both processes
same() {
	local filter=$1
	shift
	"$PAGETRAIL" "$@" --json "$LOG" 2>/dev/null | jq -S "$filter" >before
	"$PAGETRAIL" "$@" --json nobody.jsonl 2>/dev/null | jq -S "$filter" >after
	[ -s before ] || fail "$*: nothing to compare"
	cmp before after || fail "$* differs"
}
same '[.findings[] | {rule, severity, pid, seq, addr, pages, count, related}]' audit
is "$(jq 'map(select(.rule == "lock-nested-release")) | length > 0' before)" true "a finding to compare"
for pid in $(q 'map(select(.type == "process") | .pid) | unique[]'); do
	same 'walk(if type == "object" then del(.path, .exe, .site) else . end)' map --pid "$pid"
	same 'walk(if type == "object" then del(.path, .exe, .function, .file, .line, .module, .site, .mark) else . end)' locks --pid "$pid"
done

# what is asked for stays, and nothing else
"$PAGETRAIL" anonymize named.jsonl --keep marks,modules,names -o some.jsonl || fail "--keep"
grep -q '"label":"z9word"' some.jsonl || fail "the mark is gone"
grep -q '"exe":"/dir[^"]*/z9app"' some.jsonl || fail "the program is gone"
grep -q '"function":"lock_twice"' some.jsonl || fail "the function is gone"
! grep -q 'z9home\|z9project\|z9data\|memfd:z9\|"\./z9app"' some.jsonl || fail "too much stays: $(grep -o '.\{30\}z9.\{10\}' some.jsonl | head -3)"
status=0
"$PAGETRAIL" anonymize - --keep modules -o more.jsonl <"$LOG" 2>messages || status=$?
is "$status" 2 "modules cannot be known from a pipe"
"$PAGETRAIL" anonymize - -o - <named.jsonl | cmp - nobody.jsonl || fail "a pipe gives another log"
