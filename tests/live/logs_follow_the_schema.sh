# Logs of all kinds of programs pass the shipped JSON Schema, line by line, and pagetrail validate.

schema=$(ls "$LIVE"/../../collector/schema/pagetrail-log-*.json | head -n 1)
[ -n "$schema" ] || fail "no schema"

for program in failures children shm memfd mremap brk raw_syscall marks threads lock_over_limit segv; do
	record -- "$PROG/p_$program" >out || true
	/usr/bin/python3 "$LIVE/schema.py" "$schema" "$LOG" || fail "schema: p_$program"
	"$PAGETRAIL" validate "$LOG" >out 2>&1 || fail "validate: p_$program: $(cat out)"
	is "$(q '[.[] | select(.type | IN("process", "snapshot", "call", "mark")) | .seq] == [range(1; 1 + ([.[] | select(.seq)] | length))]')" \
		true "seq is consecutive from 1"
	is "$(q '[.[] | select(.type == "call")] | length')" "$(q '.[-1].calls')" "calls in the trailer"
done

# An interrupted write is found out.
head -c -20 "$LOG" >torn.jsonl
status=0
"$PAGETRAIL" validate torn.jsonl >out 2>&1 || status=$?
is "$status" 3 "validate of a torn log"
