# Children by fork, vfork, exec, posix_spawn, system() and popen() are followed, each with an address space of its own: a mapping
# made by one is in its map and in no other's.

record -- "$PROG/p_children" >out
complete
exe=$(realpath "$PROG/p_children")

# The parent, the forked child, and those that ran the program anew (system and popen have a shell in between).
is "$(q '[.[] | select(.type == "process" and .event == "fork")] | length > 0')" true "fork records"
is "$(q --arg exe "$exe" '[.[] | select(.type == "process" and (.event == "start" or .event == "exec") and .exe == $exe)] | length')" \
	6 "times the program began"
is "$(q '[.[] | select(.type == "process" and .event == "exit")] | length')" \
	"$(q '[.[] | select(.type == "process" and (.event == "start" or .event == "fork" or .event == "exec")) | .pid] | unique | length')" \
	"every process ends once"

for pages in 1 2 3 4 5 6; do
	read -r pid seq addr < <(q --argjson len $((pages * 4096)) --arg exe "$exe" '
		([.[] | select(.type == "module" and .path == $exe) | .id]) as $m
		| ([.[] | select(.type == "stack" and (.frames[0][0] as $f | any($m[]; . == $f))) | .id]) as $s
		| [.[] | select(.type == "call" and .call == "mmap" and .len == $len and .prot == 1 and .fd == -1
			and (.stack as $x | any($s[]; . == $x)))]
		| "\(.[0].pid) \(.[0].seq) \(.[0].ret) \(length)"')
	[ "${addr##* }" = 1 ] || fail "mmap of $pages pages: found ${addr##* } times"
	addr=${addr% *}
	for other in $(q '[.[] | select(.type == "process" and .event != "exit") | .pid] | unique | .[]'); do
		here=$("$PAGETRAIL" map "$LOG" --pid "$other" --at "#$seq" --json 2>/dev/null |
			jq --argjson seq "$seq" '[.ranges[] | select(.set_by.map == $seq)] | length' || echo 0)
		want=0
		[ "$other" != "$pid" ] || want=1
		is "${here:-0}" "$want" "mapping of $pages pages by $pid in the map of $other"
	done
done
