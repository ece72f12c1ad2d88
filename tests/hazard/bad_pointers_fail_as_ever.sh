# Pointers that lead nowhere, or to a string that does not end, in every call whose arguments the tracer looks at: they fail as they
# do without us, by symbols, at sites, and under a seccomp filter, where the kernel is not asked what can be read.

for how in "" filtered; do
	# shellcheck disable=SC2086 # one word or none
	"$PROG/h_pointers" $how >bare || fail "without the tracer: $?"
	for option in --unwinder=cfi --no-sites; do
		# shellcheck disable=SC2086
		record $option -- "$PROG/h_pointers" $how >traced || fail "h_pointers $how with $option ends with $?"
		diff bare traced || fail "h_pointers $how with $option"
		# Without sites a child that libc's own execvp() kills looks like one that became another program.
		[ $option = --no-sites ] || whole
		is "$(tail -n 1 "$LOG" | jq .losses)" 0 "losses"
	done
done
[ "$(grep -c EFAULT bare)" -ge 60 ] || fail "hardly a pointer was bad"

# What can be read is read: an environment that was emptied does not lead out of sight, not even under a filter.
for how in "" filtered; do
	# shellcheck disable=SC2086
	record -- "$PROG/h_pointers" empty $how
	is "$(logged mmap $((123 * 4096)))" 1 "calls of a program with an emptied environment $how"
done
