#!/bin/bash
# run.sh FILE... - play scenes to the model alone and to the kernel. Scenes, or JSON cases (.jsonl).

set -u
tools=${BUILD:?}/scene
bad=0

timeout 60 "$tools/run_model" "$@" >"$tools/model.out" || bad=1
timeout 120 "$tools/run_kernel" "$@" >"$tools/kernel.out" || bad=1
cat "$tools/model.out" "$tools/kernel.out"

agree() {
	awk -v name="$1:" '$1 == name { n += $2 } END { print n + 0 }' "$tools/$1.out"
}
skipped=$(grep -c '^skip ' "$tools/kernel.out")
why=$(sed -n 's/^skip .*: //p' "$tools/kernel.out" | sort | uniq -c | awk '{ n = $1; $1 = ""; printf "%s%d%s", sep, n, $0; sep = ", " }')
echo "scenes: $(agree model) agree model, $(agree kernel) kernel, $skipped skipped${why:+ ($why)}"
exit $bad
