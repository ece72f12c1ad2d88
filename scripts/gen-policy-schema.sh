#!/bin/sh
# gen-policy-schema.sh - print the JSON Schema of a policy: collector/schema/policy.json.in with the names of rules.def, calls.def and the
# policies that ship with the tool.
set -eu
cd "$(dirname "$0")/.."

# NAMES of one a line: "a", "b"
listed() {
	sed 's/.*/"&"/' | paste -sd, | sed 's/,/, /g'
}
rules=$(sed -n 's/^RULE([a-z_]*, "\([a-z-]*\)".*/\1/p' collector/audit/rules.def | listed)
calls=$(sed -n 's/^CALL(\([a-z0-9_]*\),.*/\1/p' preload/abi/calls.def | listed)
ready=$(basename -s .json collector/verdict/ready/*.json | listed)

sed "s/@RULES@/$rules/; s/@CALLS@/$calls/; s/@READY@/$ready/" collector/schema/policy.json.in
