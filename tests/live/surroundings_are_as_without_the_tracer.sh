# What a program can see of itself: arguments, descriptors (also inherited ones), signals, limits, environment, standard input.

look() {
	printf 'one\ntwo\n' | "$@" "$PROG/p_surroundings" '' 'two words' -o --help 7</etc/passwd 2>&1 | grep -v '^_='
}

bare=$(look env)
traced=$(look "$PAGETRAIL" record -q -f -o "$LOG" --)
is "$traced" "$bare" "what the program sees"
has "$bare" 'stdin: two' "the test itself"
has "$bare" '^descriptors:.* 7:0' "the test itself"

# Signals that the caller ignores stay ignored.
bare=$(trap '' USR1 PIPE; look env)
traced=$(trap '' USR1 PIPE; look "$PAGETRAIL" record -q -f -o "$LOG" --)
is "$traced" "$bare" "what the program sees with signals ignored"
complete
