#!/bin/sh
# deps.sh build|check|demo|bench|fuzz|programs|valgrind - see to it that what the purpose needs is installed.
#
# Debian and its relatives, as root or with sudo that asks no password: installs what is missing. Otherwise names the packages,
# with the exact command where there is apt, and ends with status 1. Prints nothing when nothing is missing. make runs it only
# after the machine's packages have changed. DEPS=print: only say what is missing.

set -u

# One row per package: purpose, how to see that it is there, the package.
#   cmd NAME   a program            pc NAME   a pkg-config module       file PATTERN   a file that matches
table() {
	cat <<-'ROWS'
	build  cmd gcc                          gcc
	build  cmd ld                           binutils
	build  cmd pkg-config                   pkg-config
	build  file /usr/include/stdio.h        libc6-dev
	build  pc jansson                       libjansson-dev
	build  pc libdw                         libdw-dev
	build  pc libelf                        libelf-dev
	build  pc libzstd                       libzstd-dev
	demo   cmd gpg                          gpg
	demo   cmd jq                           jq
	check  pc cmocka                        libcmocka-dev
	check  pc libunwind                     libunwind-dev
	check  cmd jq                           jq
	check  cmd /usr/bin/python3             python3
	check  file /usr/lib/python3/dist-packages/jsonschema/__init__.py  python3-jsonschema
	check  file /usr/lib/python3/dist-packages/yaml/__init__.py  python3-yaml
	check  cmd xmllint                      libxml2-utils
	check  cmd git                          git
	check  cmd g++                          g++
	check  cmd musl-gcc                     musl-tools
	check  file /usr/lib/*/libjemalloc.so.2 libjemalloc2
	check  file /usr/lib/*/libtcmalloc_minimal.so.4 libtcmalloc-minimal4
	check  file /usr/lib/*/libmimalloc.so.2* libmimalloc2.0
	check  cmd setpriv                      util-linux
	check  cmd strace                       strace
	check  cmd zstd                         zstd
	check  cmd dwz                          dwz
	check  file /usr/lib/debug/.build-id    libc6-dbg
	check  file /usr/lib/*/libdebuginfod.so.1 libdebuginfod1
	check  cmd gpg                          gpg
	check  cmd luajit                       luajit
	check  cmd minisign                     minisign
	check  cmd w3m                          w3m
	check  file /usr/lib/*/libgc.so.1 libgc1
	check  cmd mdb_load                     lmdb-utils
	check  cmd memtester                    memtester
	check  cmd cyclictest                   rt-tests
	check  cmd vmtouch                      vmtouch
	check  cmd ssss-split                   ssss
	check  file /usr/lib/libefence.so.0.0   electric-fence
	bench  pc libunwind                     libunwind-dev
	bench  pc lttng-ust                     liblttng-ust-dev
	bench  cmd lttng                        lttng-tools
	bench  cmd strace                       strace
	bench  cmd ltrace                       ltrace
	bench  cmd uftrace                      uftrace
	bench  cmd bpftrace                     bpftrace
	programs  cmd zstd                      zstd
	programs  cmd jq                        jq
	programs  cmd w3m                       w3m
	programs  cmd luajit                    luajit
	programs  cmd java                      default-jre-headless
	programs  cmd redis-server              redis-server
	programs  cmd redis-benchmark           redis-tools
	programs  cmd gpg                       gpg
	programs  cmd mdb_load                  lmdb-utils
	programs  cmd memtester                 memtester
	valgrind  cmd valgrind                  valgrind
	valgrind  file /usr/lib/debug/.build-id libc6-dbg
	fuzz   cmd clang                        clang
	fuzz   file /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a  libclang-rt-dev
	ROWS
}

# Succeeds when the thing of a row is there. Programs of /usr/sbin count although a plain user's PATH may lack it.
# shellcheck disable=SC2086 # a file's pattern is meant to expand
present() {
	case $1 in
	cmd) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$2" >/dev/null ;;
	pc) pkg-config --exists "$2" 2>/dev/null ;;
	file) ls -d $2 >/dev/null 2>&1 ;;
	esac
}

missing_packages() {
	table | while read -r purpose how what package; do
		[ "$purpose" = "$1" ] || continue
		present "$how" "$what" || printf '%s ' "$package"
	done
}

# apt_install COMMAND-PREFIX PACKAGE...: several makes may want to install at once, so they take turns.
apt_install() {
	prefix=$1
	shift
	(
		flock 9
		$prefix env DEBIAN_FRONTEND=noninteractive apt-get -qq update || exit 1
		$prefix env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends install "$@" >/dev/null
	) 9<"$0"
}

give_up() {
	echo "pagetrail: $1" >&2
	shift
	[ $# -eq 0 ] || echo "    $*" >&2
	exit 1
}

case ${1:-} in
build | check | demo | bench | fuzz | programs | valgrind) ;;
*) echo "usage: deps.sh build|check|demo|bench|fuzz|programs|valgrind" >&2; exit 2 ;;
esac

packages=$(missing_packages "$1")
[ -n "$packages" ] || exit 0
command="apt-get install -y --no-install-recommends $packages"

command -v apt-get >/dev/null ||
	give_up "to $1, these are missing (names of Debian's packages; there is no apt-get here):" "$packages"
if [ "${DEPS:-install}" = print ]; then
	give_up "to $1, packages are missing. Install them with" "$command"
elif [ "$(id -u)" = 0 ]; then
	prefix=
elif sudo -n true 2>/dev/null; then
	prefix=sudo
else
	give_up "to $1, packages are missing, and installing them needs root. As root run" "$command"
fi

echo "pagetrail: installing $packages" >&2
# shellcheck disable=SC2086 # a list of words
apt_install "$prefix" $packages || give_up "installing failed. What was tried:" "${prefix:+$prefix }$command"

packages=$(missing_packages "$1")
[ -z "$packages" ] || give_up "installed, but still not found:" "$packages"
