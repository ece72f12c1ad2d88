# make install puts a tree anywhere; the program there finds its library, also after the tree has been moved.

make -s -C "$LIVE/../.." BUILD="$(realpath --relative-to="$LIVE/../.." "$BUILD")" PREFIX="$PWD/tree" install >install.out 2>&1 || fail "install: $(cat install.out)"
[ -f tree/share/pagetrail/pagetrail-log-1.schema.json ] || fail "no schema"
mv tree moved
PAGETRAIL=$PWD/moved/bin/pagetrail
unset PAGETRAIL_LIB
record -- "$PROG/p_exit_three" >out && fail "its status is 3"
whole
