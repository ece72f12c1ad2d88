# record --residency: at every mark and exit the log gets which pages were in memory. What the samples say of a page is what
# the program saw with mincore; a locked page need not be there.

status=$(wait_status "$PAGETRAIL" record -q -f --residency -o "$LOG" -- "$PROG/p_residency")
[ "$status" != 77 ] || skip "no right to lock, or a kernel without MADV_DONTNEED_LOCKED"
is "$status" 0 "status"
is "$(q '[.[] | select(.type == "residency") | .why] | join(" ")')" "mark mark mark exit" "samples"
is "$(q '[.[] | select(.type == "check" or (.type == "residency" and has("unread")))] | length')" 0 "checks, and samples that failed"

strip() { # MARK ADDRESS PAGES
	"$PAGETRAIL" map "$LOG" --resident --at "mark:$1" --addr "$2-$(printf '0x%x' $(($2 + $3 * 4096)))" |
		sed -nE 's/^  in memory: ([^ ]+)  .*sample at mark.*/\1/p'
}
read -r file onfault dropped < <(q '[.[] | select(.type == "call" and .call == "mincore") | .addr] | "\(.[0]) \(.[1]) \(.[3])"')
is "$(strip untouched "$file" 8)" "####...." "a file touched by half"
is "$(strip untouched "$onfault" 4)" "...." "locked on fault, before its first touch"
is "$(strip touched "$onfault" 4)" ".#.." "locked on fault, after it"
is "$(strip dropped "$dropped" 2)" ".#" "locked, and then dropped"
has "$("$PAGETRAIL" map "$LOG" --at mark:dropped --addr "$dropped")" " locked " "the lock of the dropped page"
told=$("$PAGETRAIL" explain "$LOG" "$dropped")
has "$(grep -A1 '^after .* at mark' <<<"$told")" 'not in memory' "story of the dropped page"
has "$("$PAGETRAIL" events "$LOG")" 'pages in memory at exit: [0-9,]+' "events"
"$PAGETRAIL" validate "$LOG" >out || fail "validate: $(cat out)"

# Together with --verify both look while the process waits once; without --residency there are no samples.
"$PAGETRAIL" record -q -f --residency --verify -o "$LOG" -- "$PROG/p_residency" >out
is "$(q '[.[] | select(.type == "residency" or .type == "check") | "\(.type) \(.why)"] | join(", ")')" \
	"residency mark, check mark, residency mark, check mark, residency mark, check mark, residency exit, check exit" "with --verify"
is "$(q '.[-1] | "\(.checks) \(.differing_pages)"')" "4 0" "the comparison"
"$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_residency" >out
is "$(q '[.[] | select(.type == "residency")] | length')" 0 "samples without --residency"
