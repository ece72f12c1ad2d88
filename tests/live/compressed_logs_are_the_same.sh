# A LOG whose name ends in .zst is compressed; every reader takes it, and says the same of it as of its plain text.

need zstd
"$PAGETRAIL" record -q -o log.jsonl.zst -- "$PROG/p_failures" >out
zstd -q -d log.jsonl.zst -o plain.jsonl
[ "$(stat -c %s log.jsonl.zst)" -lt "$(stat -c %s plain.jsonl)" ] || fail "not smaller"
for verb in events stats map validate; do
	"$PAGETRAIL" "$verb" log.jsonl.zst 2>&1 | sed 's/log\.jsonl\.zst/LOG/' >one
	"$PAGETRAIL" "$verb" plain.jsonl 2>&1 | sed 's/plain\.jsonl/LOG/' >two
	[ -s one ] || fail "$verb says nothing"
	diff one two || fail "$verb"
done
