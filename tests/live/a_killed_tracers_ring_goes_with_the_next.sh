# A recorder that was killed leaves its ring; the next one removes it, but nothing of recorders that run, of other users, nor what
# only looks like it.

ring_of() {
	tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^PAGETRAIL_SESSION=//p'
}

start() {
	"$PAGETRAIL" record -q -f -o "$1.jsonl" -- sleep 50 &
	recorder=$!
	for _ in $(seq 200); do
		program=$(pgrep -P "$recorder" -x sleep || true)
		[ -z "$program" ] || [ -z "$(ring_of "$program")" ] || break
		sleep 0.05
	done
	dir=$(dirname "$(ring_of "$program")")
	[ -d "$dir" ] || fail "no ring of $1"
}

need pgrep
start killed
killed=$dir
kill -KILL "$recorder"
wait "$recorder" 2>/dev/null || true
kill "$program"
[ -d "$killed" ] || fail "the kernel removes files of its own?"
start alive
alive=$dir

# Young ones may be in the making.
record -- true
[ -d "$killed" ] || fail "it was removed at once"

fake=$(dirname "$killed")/pagetrail-aaaabbbb
link=$(dirname "$killed")/pagetrail-ccccdddd
trap 'rm -rf "$fake" "$link"' EXIT
mkdir "$fake"
echo precious >"$fake/notes.txt"
ln -sfn "$PWD" "$link"
touch -d '2 minutes ago' "$killed" "$alive" "$fake"
record -- true
[ ! -e "$killed" ] || fail "the killed tracer's ring is still there"
[ -e "$alive" ] || fail "the ring of a tracer that runs was removed"
[ -e "$fake/notes.txt" ] || fail "a file that is no ring was removed"
[ -L "$link" ] || fail "a symbolic link was removed"
if [ "$(id -u)" = 0 ]; then
	rm "$fake/notes.txt"
	chown 65534 "$fake"
	touch -d '2 minutes ago' "$fake"
	record -- true
	[ -d "$fake" ] || fail "another user's directory was removed"
fi
kill "$program"
wait "$recorder" || true
[ ! -e "$alive" ] || fail "a tracer that ends leaves its ring"
