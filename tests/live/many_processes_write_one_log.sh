# Forty processes at once, each making its calls: one log, in one order, nothing lost, each process whole.

record -- sh -c 'i=0; while [ $i -lt 40 ]; do "$0" 2 20 & i=$((i + 1)); done; wait' "$PROG/p_threads" >out
is "$(sort out | uniq -c | tr -s ' ' | paste -sd,)" " 40 thread 0: ok, 40 thread 1: ok" "their output"
complete
exe=$(realpath "$PROG/p_threads")
is "$(q --arg exe "$exe" '[.[] | select(.type == "process" and .exe == $exe)] | length')" 40 "processes"
# 2 threads, 20 rounds of mmap, mlock, mprotect, munlock, munmap each: counted by process
is "$(q --arg exe "$exe" '([.[] | select(.type == "process" and .exe == $exe) | {(.pid | tostring): 1}] | add) as $p
	| [.[] | select(.type == "call" and .via == "plt" and (.call | IN("mlock", "munlock", "mprotect")) and $p[.pid | tostring])]
	| group_by(.pid) | map(length) | unique | tojson')" '[120]' "calls of each"
"$PAGETRAIL" validate "$LOG" >out || fail "validate: $(cat out)"
