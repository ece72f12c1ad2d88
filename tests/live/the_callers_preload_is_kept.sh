# A library that the caller preloads is preloaded still, ours beside it; the same for children; and the program's own calls of
# what both interpose are seen by both.

cat >other.c <<'C'
#include <unistd.h>
__attribute__((constructor)) static void here(void) { if (write(2, "other is here\n", 14) != 14) _exit(9); }
C
gcc -shared -fPIC -o other.so other.c
LD_PRELOAD=$PWD/other.so "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_locks_do_not_nest" >out 2>err
is "$(cat err)" "$(printf 'other is here\nother is here')" "the other library, in pagetrail itself and in the program"
is "$(calls mlock)" 2 "mlock calls seen"
complete

LD_PRELOAD=$PWD/other.so "$PAGETRAIL" record -q -f -o "$LOG" -- sh -c '"$0"; :' "$PROG/p_locks_do_not_nest" >out 2>err
is "$(sort -u err)" "other is here" "the other library, with children"
is "$(calls mlock)" 2 "mlock calls seen in the child"
