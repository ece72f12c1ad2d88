#!/bin/sh
# gen-ready.sh - print collector/verdict/ready/*.json as C: the table of the policies that ship with the tool, by name.
set -eu
cd "$(dirname "$0")/../collector/verdict/ready"

echo '#include "verdict/policy.h"'
for file in *.json; do
	echo "static const char ${file%.json}_bytes[] = {"
	od -An -v -tu1 "$file" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
	echo "};"
done
echo "const struct policy_ready policy_ready[] = {"
for file in *.json; do
	name=${file%.json}
	echo "	{ \"$name\", ${name}_bytes, sizeof(${name}_bytes) },"
done
echo "	{ 0 },"
echo "};"
