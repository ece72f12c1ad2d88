# Allocators, collectors of garbage, compilers, threads, children: at the end of public programs model and kernel agree on every
# page. Those that are not installed are left out.

clean() {
	local status=0
	command -v "$1" >/dev/null || return 0
	"$PAGETRAIL" record --verify -f -o "$LOG" -- "$@" >out 2>err </dev/null || status=$?
	is "$status" 0 "status of $*: $(cat err)"
	[ "$(q '.[-1].checks')" -gt 0 ] || fail "$* was not compared"
	is "$(q '.[-1].differing_pages')" 0 "differences in $*"
	replays
	compared=$((${compared:-0} + 1))
}

echo 'int puts(const char *); int main(void) { return puts("x") < 0; }' >a.c
echo '<p>a</p>' >a.html
export HOME=$PWD GC_ENABLE_INCREMENTAL=1 EF_ALLOW_MALLOC_0=1 EF_DISABLE_BANNER=1

clean gpg --batch --gen-random --armor 1 16
clean /usr/bin/python3 -c 'import ssl, json, threading, ctypes
def work():
    for i in range(50): bytearray(300000)
for k in range(5):
    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]'
clean luajit -e 'local s = 0; for i = 1, 1e6 do s = s + i % 7 end; local t = {}; for i = 1, 1e5 do t[i] = { i } end'
clean minisign -G -W -f -p a.pub -s a.key
clean w3m -dump -T text/html a.html
clean gcc -O2 -c a.c
clean git --version
clean perl -e 'for (1 .. 3) { my $pid = fork; if (!$pid) { my @a = (1) x 100000; exit } } wait for 1 .. 3'
[ ! -e /usr/lib/libefence.so.0.0 ] || clean env LD_PRELOAD=libefence.so.0.0 ls -l
[ "${compared:-0}" -gt 2 ] || skip "too few of them here"
