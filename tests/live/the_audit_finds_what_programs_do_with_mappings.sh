# Small programs with one fault each: what the audit finds in them, by lib.sh's audit_finds. Here those about mappings and advice:
# all that the tests of locks and of protections leave.

rest=$(cd "$LIVE/../prog" && printf '%s\n' p_audit_* | sed -E 's/^p_audit_//; s/\.c$//' |
	grep -vE '^(lock|unlock|exec|guard|prot|wx|clean)_')
# shellcheck disable=SC2086 # words
audit_finds 5 $rest
