# Neighbours of a standing collector that connect and say nothing, say nonsense, connect thousands of times, lie about their
# version, or are another user: each is turned away and counted, and programs are recorded all the while.

door=$(mktemp -d -p /tmp)	# a socket's path is short
RING_VERSION=$(sed -n 's/^#define RING_VERSION \([0-9]*\).*/\1/p' "$LIVE/../../preload/abi/ring.h")
export RING_VERSION
"$PAGETRAIL" collect --socket "$door/socket" -o "$PWD/logs" --most 20 2>messages &
collector=$!
silent=
trap 'kill "$collector" $silent 2>/dev/null || true; rm -rf "$door"' EXIT
for _ in $(seq 200); do
	[ ! -S "$door/socket" ] || break
	sleep 0.05
done

recorded=0
# serves WHEN: a program gets its log
serves() {
	LD_PRELOAD=$BUILD/libpagetrail.so PAGETRAIL_SOCKET=$door/socket "$PROG/p_exit_three" || true
	recorded=$((recorded + 1))
	for _ in $(seq 100); do
		[ "$(tail -qn 1 logs/* 2>/dev/null | grep -c '"type":"trailer"')" -lt "$recorded" ] || return 0
		sleep 0.1
	done
	fail "no log of a program $1"
}

# neighbour KIND [ARGUMENT]: tests/hazard/neighbour.py
neighbour() {
	/usr/bin/python3 "$LIVE/../hazard/neighbour.py" "$door/socket" "$@"
}

# keep_silent: somebody who connects, in the background until the end, and says nothing; returns when all are connected
keep_silent() {
	mkfifo connected
	/usr/bin/python3 "$LIVE/../hazard/neighbour.py" "$door/socket" silent 300 >connected &
	silent="$silent $!"
	has "$(cat connected)" '300 connected' "silent ones"
	rm connected
}

keep_silent
serves "beside silent ones"
neighbour nonsense 200
serves "after nonsense"
neighbour version
neighbour churn 10000
serves "after ten thousand connections"
neighbour greedy 40
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 711 "$door" && chmod 666 "$door/socket"
	nobody /usr/bin/python3 - "$door/socket" stranger <"$LIVE/../hazard/neighbour.py"
fi
keep_silent	# the crowd of before took the places of the first ones
serves "at the end"
# The silent ones are shown out by the collector's patience (DOOR_PATIENCE_NS), however fast all the rest went by.
descriptors() {
	find /proc/"$collector"/fd -mindepth 1 | wc -l
}
for _ in $(seq 300); do
	[ "$(descriptors)" -ge 40 ] || break
	sleep 0.1
done
[ "$(descriptors)" -lt 40 ] || fail "descriptors are left: $(descriptors)"
kill -TERM "$collector"
wait "$collector" || fail "the collector failed"
has "$(tail -n 1 messages)" '[1-9][0-9]* over the bound, ' "greedy ones"
has "$(tail -n 1 messages)" '1 with another version' "another version"
has "$(tail -n 1 messages)" '[1-9][0-9]* connections that said nothing' "silent ones"
[ "$(id -u)" != 0 ] || has "$(tail -n 1 messages)" ' 1 of other users' "strangers"

# A place where others could put a socket of their own is refused.
mkdir open && chmod 777 open
is "$(wait_status "$PAGETRAIL" collect --socket "$PWD/open/socket" -o "$PWD/logs")" 125 "status"
has "$("$PAGETRAIL" collect --socket "$PWD/open/socket" -o "$PWD/logs" 2>&1 || true)" 'others can write there' "the message"
