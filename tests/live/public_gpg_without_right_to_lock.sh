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

# explain has the kernel's reason: no right at all.
seq=$(q '.[] | select(.type == "call" and .call == "mlock") | .seq')
"$PAGETRAIL" explain "$LOG" "#$seq" --json >told.json
is "$(jq -r '"\(.errno) \(.asked.bytes) \(.covered.pages) \(.changes | length) \(.reasons | map(.reason + " " + (.certain | tostring)) | join(";"))"' told.json)" \
	"EPERM 65536 16 0 lock_right true" "explained"
has "$("$PAGETRAIL" explain "$LOG" "#$seq")" 'soft limit RLIMIT_MEMLOCK is 0 and the process has no CAP_IPC_LOCK' "explained in words"

# With a limit of two pages it is the amount: 64 KiB are 16 pages.
nobody prlimit --memlock=8192 "$PAGETRAIL" record -q -f -o "$LOG" -- gpg --homedir home --batch --gen-random --armor 1 16 >out 2>err ||
	fail "status $?: $(cat err)"
seq=$(q '.[] | select(.type == "call" and .call == "mlock") | .seq')
"$PAGETRAIL" explain "$LOG" "#$seq" --json >told.json
is "$(jq -r '"\(.errno) \(.changes | length) \(.reasons | map(.reason + " " + (.certain | tostring)) | join(";"))"' told.json)" \
	"ENOMEM 0 lock_limit true" "explained with 8 KiB"
has "$("$PAGETRAIL" explain "$LOG" "#$seq" | tr -s " \n" " ")" \
	'16 pages asked \(64 KiB\) \+ 0 locked > 2 pages allowed \(soft limit 8 KiB\), and the process has no CAP_IPC_LOCK' "the sum"
