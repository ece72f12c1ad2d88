# With a limit of 0 and without the capability gpg's lock fails, and gpg does not mind: the log tells what it did not say.

need gpg setpriv prlimit
need_root
mkdir home
chmod 755 . # another user has to get in
chown 65534 home
chmod 700 home
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups prlimit --memlock=0)
status=$(wait_status "${nobody[@]}" gpg --homedir "$PWD/home" --batch --gen-random --armor 1 16)
is "$status" 0 "gpg's status without the tracer"
touch "$LOG"
chown 65534 "$LOG" .
"${nobody[@]}" "$PAGETRAIL" record -q -f -o "$LOG" -- gpg --homedir "$PWD/home" --batch --gen-random --armor 1 16 >out 2>err || fail "status $?: $(cat err)"
is "$(base64 -d out | wc -c)" 16 "random bytes"
complete
is "$(q '[.[] | select(.type == "call" and .call == "mlock") | "\(.ret) \(.errno) \(.limit) \(.cap)"] | join(";")')" "-1 EPERM 0 false" "mlock"
