# debuginfod: without --debuginfod no reader opens a socket, whatever the environment says; with it, a file that is not here is
# fetched by its build-id, and a server that does not answer is told once.
need strace readelf objcopy
cp "$PROG/p_locks_do_not_nest" program
record -- ./program
id=$(readelf -n program | sed -n 's/.*Build ID: //p')
mkdir -p www/buildid/"$id"
objcopy --only-keep-debug program www/buildid/"$id"/debuginfo
rm program

/usr/bin/python3 -c 'import functools, http.server as h
server = h.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(h.SimpleHTTPRequestHandler, directory="www"))
print(server.server_address[1], file=open("port.new", "w"), flush=True)
import os; os.rename("port.new", "port")
server.serve_forever()' 2>requests &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do [ -e port ] && break; sleep 0.1; done
export DEBUGINFOD_URLS="http://127.0.0.1:$(cat port)" DEBUGINFOD_CACHE_PATH=$PWD/cache DEBUGINFOD_TIMEOUT=5
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY

for verb in events stats map locks audit; do
	strace -f -e trace=%network -o net "$PAGETRAIL" $verb "$LOG" >plain 2>messages
	! grep -qE '^[0-9]+ +[a-z]' net || fail "$verb uses the network: $(head -3 net)"
	! grep -q 'p_locks_do_not_nest\.c' plain || fail "$verb has names from nowhere"
done
[ ! -s requests ] || fail "somebody asked: $(cat requests)"

strace -f -e trace=%network -o net "$PAGETRAIL" events --stacks --debuginfod "$LOG" >named 2>messages || fail "$(cat messages)"
grep -q 'connect(' net || fail "strace sees no network at all"
has "$(cat named)" 'at main \(.*p_locks_do_not_nest\.c:[0-9]+\) program\+0x' "a name from the server"
grep -q "GET /buildid/$id/debuginfo" requests || fail "the server was not asked: $(cat requests)"

# the library of a server that went away is asked once, not for every file
rm -r cache
DEBUGINFOD_URLS=http://127.0.0.1:1 "$PAGETRAIL" events --stacks --debuginfod "$LOG" >unnamed 2>messages
has "$(cat messages)" 'debuginfod: .*; not asked again' "what is said of a dead server"
is "$(grep -c debuginfod: messages)" 1 "how often"

status=0
DEBUGINFOD_URLS='' "$PAGETRAIL" events --debuginfod "$LOG" >none 2>messages || status=$?
is "$status" 2 "no server named"
has "$(cat messages)" 'DEBUGINFOD_URLS is empty' "the message"
