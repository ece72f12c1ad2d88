# In a chroot, where the tracer's files cannot be seen: what was traced before stays traced, what is started there runs untraced,
# with nothing on stderr, and the log says so. The same behind a mount namespace. As another user it is followed.

need_root
need unshare ldd setpriv
mkdir -p jail
program=$PROG/p_exit_three
for file in "$program" $(ldd "$program" | grep -o '/[^ ]*'); do
	mkdir -p "jail$(dirname "$file")"
	cp -L "$file" "jail$file"
done
untraced='[.[] | select(.type == "note" and .what == "untraced" and .pid > 0 and (.text | test("cannot be opened")))] | length'

for option in --unwinder=cfi --no-sites; do
	record $option -- "$PROG/h_chroot" jail "$program" >out 2>err
	is "$(cat err)" "" "stderr in a chroot"
	is "$(tr '\n' ' ' <out)" "three by execve: 3 three by posix_spawn: 3 inside: 5 " "stdout in a chroot"
	status=0
	"$PAGETRAIL" validate "$LOG" >verdict || status=$?
	is "$status" 3 "validate of a log with untraced programs: $(cat verdict)"
	counts_agree
	is "$(q "$untraced")" 2 "notes on programs in a chroot"
done

# shellcheck disable=SC2016 # for the inner shell
record -- unshare -m sh -c 'mount -t tmpfs none /dev/shm && "$0"; echo $?' "$program" >out 2>err
is "$(cat out err)" "three
3" "output behind a mount namespace"
is "$(q "$untraced")" 1 "notes on a program behind a mount namespace"

# Another user's: followed where the library may be read by all, else named.
chmod 755 .
record -- setpriv --reuid=65534 --regid=65534 --clear-groups "$PWD/jail$program" >out 2>err || true
bare=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$PWD/jail$program" 2>&1) || true
is "$(cat out err)" "$bare" "output as another user"
if setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$BUILD/libpagetrail.so"; then
	whole
	is "$(q --arg exe "$PWD/jail$program" '[.[] | select(.type == "process" and .event == "exec" and .exe == $exe)] | length')" 1 \
		"programs that began as another user"
elif [ "$bare" = three ]; then
	is "$(q "$untraced")" 1 "notes on a program of another user"
fi
