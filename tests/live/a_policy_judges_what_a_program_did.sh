# record --check and check: a program that keeps keys as its policy wants, and each of its faults found by the expectation it breaks.

cat >policy.json <<'END'
{
  "version": 1,
  "extends": "secrets",
  "expectations": [
    { "id": "at-ready", "expect": "pages", "mapped_by": { "function": "key_alloc" }, "have": ["locked", "dontdump"],
      "at": "mark:ready" },
    { "id": "to-the-end", "expect": "pages", "mapped_by": { "function": "key_alloc" }, "have": "locked", "until": "exit",
      "released_by": { "function": "key_free" } },
    { "id": "steady", "expect": "no-calls", "calls": ["mprotect"], "from": "mark:steady" }
  ],
  "budgets": [ { "id": "locked", "limit": "peak-locked-bytes", "most": "4 KiB" } ]
}
END

# run STATUS FAULT [OPTION...]: records p_keys and leaves what was said in said
run() {
	local want=$1 fault=$2 got=0
	shift 2
	"$PAGETRAIL" record -q -f -o "$LOG" --check --policy policy.json "$@" -- "$PROG/p_keys" "$fault" >out 2>said || got=$?
	is "$got" "$want" "exit status of p_keys $fault; $(tail -n 3 said)"
}
broken() {
	"$PAGETRAIL" check "$LOG" --policy policy.json --json 2>/dev/null | jq -r '[.items[] | select(.state == "fails") | .rule] | join(" ")'
}

run 0 right
is "$(cat out)" done "the program's output"
has "$(cat said)" '^verdict: clean' "the verdict"
is "$(broken)" "" "what fails"

run 1 late
is "$(broken)" expect/at-ready "what fails where a key is locked late"
has "$(cat said)" "exit status 1 is the verdict's; the program's was 0" "whose status it is"
run 1 early
is "$(broken)" expect/to-the-end "what fails where a key is unlocked early"
run 1 protect
is "$(broken)" expect/steady "what fails where the program goes on protecting"
has "$(cat said)" 'mprotect by t_mprotect prog.h:[0-9]+ \(#[0-9]+\)' "who did it"
run 42 late --error-exitcode=42

# The program's own failure comes first; the verdict is told.
run 3 status
has "$(cat said)" "exit status 3 is the program's; the verdict: clean" "whose status it is"
run 143 killed
has "$(cat said)" "killed by signal 15, and so ends this; the verdict: FAIL" "whose end it is"

# A policy that cannot be read is no reason to have run the program.
echo '{"version":1,"rules":{"wx-maping":"off"}}' >bad.json
if "$PAGETRAIL" record -f -o other.jsonl --policy bad.json -- touch ran 2>said; then fail "a bad policy was taken"; else status=$?; fi
is "$status" 125 "status of a bad policy"
has "$(cat said)" '^pagetrail: bad.json:1:23: rules.wx-maping: no rule "wx-maping"; did you mean "wx-mapping"\?$' "what was said"
[ ! -e ran ] || fail "the program was run"

# A log out of whose middle a line is missing, or whose end: no verdict, whatever the rest says.
run 0 right
sed '/"call":"mprotect"/d' "$LOG" >gap.jsonl
head -n -1 "$LOG" >cut.jsonl
for log in gap cut; do
	if "$PAGETRAIL" check $log.jsonl --policy policy.json >out 2>said; then fail "$log: a verdict"; else status=$?; fi
	is "$status" 3 "status of $log.jsonl"
	has "$(tail -n 1 out)" '^verdict: none, the log is not complete: ' "what was said of $log.jsonl"
done
