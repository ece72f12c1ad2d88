# 32 pages of which the first three in every eight are locked: the map draws them so, and mincore() in the program agrees.

record -- "$PROG/p_lock_three_of_eight" >out
is "$(sed -n 's/^after *//p' out)" '***.....***.....***.....***.....' "what mincore() says"

start=$(q '[.[] | select(.type == "call" and .call == "mmap" and .len == 131072)][0].ret')
end=$(printf '0x%x' $((start + 131072)))
strip=$("$PAGETRAIL" map "$LOG" --at mark:locked --strip --addr "$start-$end")
has "$strip" '(^|[^*.])\*\*\*\.\.\.\.\.\*\*\*\.\.\.\.\.\*\*\*\.\.\.\.\.\*\*\*\.\.\.\.\.($|[^*.])' "map --strip"

# Before the first lock none is locked.
first=$(q '[.[] | select(.type == "call" and .call == "mlock")][0].seq')
strip=$("$PAGETRAIL" map "$LOG" --at "#$((first - 1))" --strip --addr "$start-$end")
has "$strip" '(^|[^*.])\.{32}($|[^*.])' "map --strip before"
