#!/bin/sh
# gen-schema.sh - print the JSON Schema of a log line: collector/schema/log.json.in with one condition for each row of calls.def.
#
# The rows are expanded by the C preprocessor as everywhere else, so a call cannot be in the shim and not in the schema. A row
# becomes   { "if": CALL IS NAME, "then": { "$ref": RESULT CLASS, "required": ARGUMENTS, "properties": ARGUMENTS } }
set -eu
cd "$(dirname "$0")/.."

calls() {
	${CC:-cc} -E -P -I preload/abi -x c - <<-'END' | sed -n 's/^ *ROW//p' | sed 's/ , */, /g; s/  */ /g; $!s/$/,/; s/^ */\t\t\t/'
	#include "map.h"
	#define NAME(type, name, format) #name
	#define PROPERTY(type, name, format) #name: { "$ref": "#/$defs/" #format }
	#define CALL(name, type, class, effect, wrapper, man, ...) \
		ROW { "if": { "properties": { "call": { "const": #name } } }, \
		"then": { "$ref": "#/$defs/result_" #class, \
		"required": [MAPC(NAME, __VA_ARGS__)], "properties": { MAPC(PROPERTY, __VA_ARGS__) } } }
	#include "calls.def"
	END
}

# Adjacent literals ("#/$defs/" "ADDR") are one string in C and none in JSON.
calls | sed 's/" "//g' | sed -e '/@CALLS@/{
r /dev/stdin
d
}' collector/schema/log.json.in
