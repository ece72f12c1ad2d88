#!/bin/bash
# run.sh FILE... - play scenes to the model alone, to the kernel, and through the tool: the program that plays them to the kernel
# does so again while it is recorded, and the log must give the pages that were seen of it. Scenes, or JSON cases (.jsonl).

set -u
out=${BUILD:?}/scene
bad=0

timeout 60 "$out/run_model" "$@" >"$out/model.out" || bad=1
timeout 280 "$out/run_kernel" "$@" >"$out/kernel.out" &
timeout 280 "$BUILD/pagetrail" record -q -f --verify -o "$out/scenes.jsonl" -- \
	"$out/run_kernel" --seen "$out/scenes.seen" "$@" >"$out/traced.out" 2>&1 || bad=1
wait $! || bad=1
timeout 120 "$out/run_log" "$out/scenes.jsonl" "$out/scenes.seen" >"$out/tool.out" || bad=1

# What the traced program counts is no result of its own: it is in SEEN.
cat "$out/model.out" "$out/kernel.out"
grep -v '^skip \|^kernel: ' "$out/traced.out"
cat "$out/tool.out"

# agree NAME: how many passed, by NAME's closing line
agree() {
	awk -v name="$1:" '$1 == name { n += $2 } END { print n + 0 }' "$out/$1.out"
}
skipped=$(grep -c '^skip ' "$out/kernel.out")
why=$(sed -n 's/^skip .*: //p' "$out/kernel.out" | sort | uniq -c |
	awk '{ n = $1; $1 = ""; printf "%s%d%s", sep, n, $0; sep = ", " }')
echo "scenes: $(agree model) agree model, $(agree kernel) kernel, $(agree tool) through the tool, $skipped skipped${why:+ ($why)}"
exit $bad
