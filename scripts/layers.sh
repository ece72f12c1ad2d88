#!/bin/bash
# layers.sh - proves which room includes which: each line of the table is a room, and what its files may include besides
# themselves. A quoted include that leads anywhere else, or a library's header outside the rooms that own it, fails.

set -u
bad=0

rooms() {
	cat <<-'TABLE'
	preload/abi
	preload             preload/abi
	collector/util
	collector/vm        collector/util preload/abi
	collector/audit     collector/util collector/vm preload/abi
	collector/log       collector/util collector/vm preload/abi
	collector/sym       collector/util collector/vm
	collector/live      collector/util collector/vm collector/log collector/audit preload/abi
	collector/report    collector/util collector/vm collector/audit collector/sym preload/abi
	collector/verdict   collector/util collector/vm collector/audit collector/sym collector/report preload/abi
	collector/diff      collector/util collector/vm collector/audit collector/sym collector/report collector/verdict preload/abi
	collector           collector/util collector/vm collector/audit collector/sym collector/log collector/live collector/report collector/verdict collector/diff preload/abi
	TABLE
}

# HEADER-PATTERN: where it may be included. collector/main.c prints the versions of all libraries.
libraries() {
	cat <<-'TABLE'
	jansson\.h                      collector/log/ collector/verdict/ collector/main.c
	zstd\.h                         collector/log/ collector/main.c
	(elfutils/|dwarf|gelf|libelf)   collector/sym/ collector/main.c
	libunwind                       NONE
	(stdio|stdlib|malloc|locale)\.h collector/
	TABLE
}

# The directory that an include of FILE leads to, below the root of the tree; preload and collector are on the include path.
room_of() {
	local from=$1 header=$2 base
	for base in "$from" preload collector; do
		[ ! -e "$base/$header" ] || { realpath --relative-to=. "$(dirname "$base/$header")"; return; }
	done
	echo "nowhere"
}

checked=0
while read -r room allowed; do
	for file in "$room"/*.[chS] "$room"/*.def; do
		[ -e "$file" ] || continue
		checked=$((checked + 1))
		while read -r header; do
			to=$(room_of "$room" "$header")
			case " $room $allowed " in
			*" $to "*) ;;
			*) echo "FAILED $file includes \"$header\" of $to"; bad=$((bad + 1)) ;;
			esac
		done < <(sed -nE 's/^#[[:space:]]*include "([^"]+)".*/\1/p' "$file")
	done
done < <(rooms)
[ "$bad" -ne 0 ] || echo "ok rooms_include_only_what_they_may ($checked files)"

loose=0
while read -r header places; do
	while IFS=: read -r file _; do
		case $file in *.md) continue ;; esac
		for place in $places; do
			case $file in "$place"*) continue 2 ;; esac
		done
		echo "FAILED $file includes a header like <$header>"
		loose=$((loose + 1))
	done < <(grep -rnE "^#[[:space:]]*include <$header" preload collector)
done < <(libraries)
[ "$loose" -ne 0 ] || echo "ok libraries_are_used_in_their_rooms_only"

failed=$(((bad > 0) + (loose > 0)))
echo "layers: $((2 - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
