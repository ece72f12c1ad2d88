# The trailer and the head of every report say what was seen and name what was not.

heads() {
	"$PAGETRAIL" map "$LOG" 2>err | head -n 1
	"$PAGETRAIL" stats "$LOG" 2>>err | head -n 1
	"$PAGETRAIL" explain "$LOG" 0x1000 2>>err | head -n 1
	"$PAGETRAIL" events "$LOG" 2>>err | head -n 1 | sed 's/^--- //'
	"$PAGETRAIL" events "$LOG" --call fork 2>&1 >/dev/null | sed -n 's/^pagetrail: \(coverage\)/\1/p'
}

# All is well: one short line, the same everywhere, and the trailer's numbers are the log's.
record -- "$PROG/p_marks" >out
is "$(heads | sort -u | wc -l)" 1 "different heads: $(heads)"
is "$(heads | wc -l)" 5 "heads"
has "$(heads)" '^coverage: 1 process, 1 thread, [0-9]+ calls? \(.*\): nothing missing$' "head"
is "$(q '.[-1].coverage | [.processes, .threads, .untraced, .not_covered, .losses, .revealed_pages] | map(tostring) | join(" ")')" \
	"1 1 0 0 0 0" "trailer"
is "$(q '.[-1].coverage.by_via == (reduce (.[] | select(.type == "call") | .via) as $v
	({plt: 0, site: 0, syscall: 0}; .[$v] += 1))')" true "calls by the way they were caught"
is "$("$PAGETRAIL" stats --json "$LOG" | jq -c '.coverage.by_via')" "$(q -c '.[-1].coverage.by_via')" "stats --json"
is "$("$PAGETRAIL" map --json "$LOG" | jq -r 'has("coverage")')" false "map --json has a coverage"

# Threads are counted whatever they do.
record -- "$PROG/p_threads" >out
[ "$(q '.[-1].coverage.threads')" -gt 1 ] || fail "threads of p_threads"
is "$(q '.[-1].coverage.threads')" "$(q '[.[] | select(.type == "call" or .type == "mark") | [.pid, .tid]] | unique | length')" "threads"

# A program with a system call of its own is named with the call; what escaped is revealed by --verify, and counted.
record --verify -- "$PROG/p_escape" >out 2>err || true
is "$(q -c '[.[] | select(.what == "not-covered") | [.path, .calls]]')" "[[\"$(realpath "$PROG/p_escape")\",[\"madvise\"]]]" "not covered"
has "$(heads)" "not covered: /.*/p_escape \(madvise\); 4 pages known from snapshots alone" "head"
is "$(q '.[-1].coverage | "\(.not_covered) \(.revealed_pages)"')" "1 4" "trailer"

record --no-sites -- "$PROG/p_marks" >out
has "$(heads)" "libc's own calls not looked for" "head without sites"
is "$(q '.[-1].coverage.not_covered')" 1 "not covered without sites"

# A child that cannot be traced, with the reason.
cat >still.c <<'END'
int main(void)
{
	return 0;
}
END
if cc -static -o still still.c 2>/dev/null; then
	record -- sh -c './still; ./still; true' >out
	has "$(heads)" "not traced: .*still \(static program.*\) x2" "head with static children"
	is "$(q '.[-1].coverage.untraced')" 2 "untraced"
fi
