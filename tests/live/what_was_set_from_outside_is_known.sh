# What whoever starts a program sets with prctl(2) lasts over exec: the first record tells it, and the model goes by it.

need python3
# under NUMBER PROGRAM...: runs it with this prctl set to 1
under() {
	python3 -c 'import ctypes, os, sys
if ctypes.CDLL(None).prctl(int(sys.argv[1]), 1, 0, 0, 0):
    sys.exit(77)
os.execvp(sys.argv[2], sys.argv[2:])' "$@"
}

under 65 true || skip "no PR_SET_MDWE here"
under 65 "$PAGETRAIL" record -f -o "$LOG" --verify=1 -- "$PROG/p_switches" >out 2>err || fail "with PR_SET_MDWE: $(cat err)"
has "$(cat out)" 'code: EACCES' "mprotect"
has "$(cat err)" ' 0 differ' "comparison"
is "$(q '[.[] | select(.type == "process" and .event == "start")][0].mdwe')" 1 "the start record"
seq=$(q '[.[] | select(.type == "call" and .call == "mprotect" and .errno == "EACCES")][0].seq')
has "$("$PAGETRAIL" explain "$LOG" "#$seq")" 'PR_SET_MDWE' "why it failed"

if under 67 true; then
	under 67 "$PAGETRAIL" record -f -o "$LOG" --verify=1 -- "$PROG/p_switches" >out 2>err || fail "with PR_SET_MEMORY_MERGE: $(cat err)"
	has "$(cat out)" 'code: ok' "mprotect"
	has "$(cat err)" ' 0 differ' "comparison"
	is "$(q '[.[] | select(.type == "process" and .event == "start")][0].merge_any')" true "the start record"
	has "$("$PAGETRAIL" map "$LOG")" 'mergeable' "the map"
fi

# A limit that somebody else sets on the running program makes no record. A lock that it refuses tells which limit it met.
public_place
publish "$PROG/p_lock_when_told"
mkfifo in
nobody prlimit --memlock=65536:65536 "$PAGETRAIL" record -f -o "$LOG" --verify=1 -- "$PUBLIC/p_lock_when_told" <in >out 2>err &
recorder=$!
exec 3>in
for ((i = 0; i < 200; i++)); do
	[ -s out ] && read -r pid <out && break
	sleep 0.05
done
echo >&3
for ((i = 0; i < 200 && $(wc -l <out) < 2; i++)); do sleep 0.05; done
nobody prlimit --pid "$pid" --memlock=36864:65536
echo >&3
exec 3>&-
wait "$recorder" || fail "with a limit from outside: $(cat err)"
is "$(sed 1d out | tr '\n' ';')" "mlock: ok;mlock: ENOMEM;" "the locks"
has "$(cat err)" ' 0 differ' "comparison"
is "$(q '[.[] | select(.type == "call" and .call == "mlock" and .ret == -1)] | map("\(.limit) \(.vmlck)") | join(";")')" "36864 32768" \
	"the refused lock"
is "$(calls prlimit)" 0 "calls of prlimit"
has "$("$PAGETRAIL" audit "$LOG")" 'RLIMIT_MEMLOCK' "what the audit says"
