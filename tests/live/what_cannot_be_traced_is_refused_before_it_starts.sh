# A static, set-user-id, foreign or unreadable program is refused with 126, one that is not there with 127; each with a reason
# on stderr, nothing started, and no log left behind.

refuse() {
	local want=$1 reason=$2
	shift 2
	rm -f "$LOG"
	status=0
	"$PAGETRAIL" record -o "$LOG" -- "$@" >out 2>err </dev/null || status=$?
	is "$status" "$want" "status for $*"
	has "$(cat err)" "^pagetrail: .*$reason" "message for $*"
	[ ! -s out ] || fail "$* was started: $(cat out)"
	[ ! -e "$LOG" ] || fail "a log was left for $*"
}

refuse 127 'not found|No such file' ./nothing-here
refuse 127 'not found|No such file' no-such-program-anywhere
refuse 126 'static' /sbin/ldconfig -N -X -p
printf 'no program\n' >text
refuse 126 'ermission' ./text
mkdir directory
refuse 126 'directory|ermission' ./directory

# Another machine's program: an ELF file that names another architecture, and one of 32 bits.
cp /bin/true foreign
printf '\267\000' | dd of=foreign bs=1 seek=18 conv=notrunc status=none
refuse 126 'machine' ./foreign
cp /bin/true narrow
printf '\001' | dd of=narrow bs=1 seek=4 conv=notrunc status=none
refuse 126 '32-bit' ./narrow

if [ "$(id -u)" = 0 ]; then
	cp "$PROG/p_exit_three" setuid
	chown 65534 setuid
	chmod u+s setuid
	refuse 126 'set-user-id|set-uid|setuid' ./setuid
fi

# Nothing to run, or options nobody knows: 125, as of any command that runs another, since 2 may be the program's.
status=0
"$PAGETRAIL" record >out 2>err || status=$?
is "$status" 125 "status without a program"
status=0
"$PAGETRAIL" record --no-such-option -- true >out 2>err || status=$?
is "$status" 125 "status with an unknown option"
