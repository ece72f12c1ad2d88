# With a limit of 0 and without the capability gpg's lock fails, and gpg does not mind: the log tells what it did not say.

need gpg
public_place
nobody mkdir -m 700 home
nobody prlimit --memlock=0 gpg --homedir home --batch --gen-random --armor 1 16 >out 2>err || fail "status $? without the tracer: $(cat err)"
nobody prlimit --memlock=0 "$PAGETRAIL" record -q -o "$LOG" -- gpg --homedir home --batch --gen-random --armor 1 16 >out 2>err ||
	fail "status $?: $(cat err)"
is "$(base64 -d out | wc -c)" 16 "random bytes"
complete
is "$(q '[.[] | select(.type == "call" and .call == "mlock") | "\(.ret) \(.errno) \(.limit) \(.cap)"] | join(";")')" "-1 EPERM 0 false" "mlock"
