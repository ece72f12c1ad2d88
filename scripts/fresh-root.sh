#!/bin/bash
# fresh-root.sh DIR [TARGET...] - prove that a fresh Debian 12 with nothing but git and make can do TARGETs (demo and check).
#
# Makes DIR with debootstrap when it does not exist yet, clones what is committed here into it, and runs make TARGET in it, as
# root, one after the other. DIR itself stays, to look at; a second run in it proves less, as the packages are there then. The
# host's package sources are used. Everything mounted is mounted in a namespace of its own and so is gone at the end.

set -eu -o pipefail

die() {
	echo "fresh-root: $*" >&2
	exit 1
}

[ $# -ge 1 ] || die "usage: fresh-root.sh DIR [TARGET...]"
[ "$(id -u)" = 0 ] || die "debootstrap and chroot need root"
root=$1
shift
targets=("$@")
[ $# -gt 0 ] || targets=(demo check)
source=$(cd "$(dirname "$0")/.." && pwd)

if [ -z "${FRESH_ROOT_NAMESPACE:-}" ]; then
	exec env FRESH_ROOT_NAMESPACE=1 unshare --mount --propagation private "$0" "$root" "${targets[@]}"
fi

# The first Debian archive the host uses: "URIs: http://..." in the new format, "deb http://..." in the old one.
mirror() {
	local found
	found=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
		sed -nE 's/^(URIs:|deb( \[[^]]*\])?) +([^ ]+).*/\3/p' | head -n 1)
	echo "${found:-http://deb.debian.org/debian}"
}

make_root() {
	command -v debootstrap >/dev/null || die "needs debootstrap: apt-get install debootstrap"
	debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$root" "$(mirror)" >"$root.log" 2>&1 ||
		die "debootstrap failed, see $root.log"
	rm -f "$root/etc/apt/sources.list"
	cp -rL /etc/apt/sources.list* /etc/apt/trusted.gpg.d /etc/apt/keyrings "$root/etc/apt/"
	grep -hE '^Acquire::' /etc/apt/apt.conf.d/* >"$root/etc/apt/apt.conf.d/99host" || true
}

enter() {
	chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@" </dev/null
}

[ -x "$root/usr/bin/make" ] || make_root
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"

rm -rf "$root/root/pagetrail"
git clone --quiet "file://$source" "$root/root/pagetrail"
commit=$(git -C "$root/root/pagetrail" log -1 --format='%h %s')
echo "fresh-root: $(enter dpkg-query -f '.\n' -W | wc -l) packages, no gcc: $(enter sh -c 'command -v gcc || echo none'), $commit"

failed=0
for target in "${targets[@]}"; do
	begin=$SECONDS
	if enter make -C /root/pagetrail "$target"; then
		echo "fresh-root: make $target passed, $((SECONDS - begin)) s"
	else
		echo "fresh-root: make $target FAILED, $((SECONDS - begin)) s"
		failed=1
	fi
done
exit "$failed"
