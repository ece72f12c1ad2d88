# What mincore answered is in the log: the vector the program got, and so what explain says of its pages.

status=$(wait_status "$PAGETRAIL" record -q -f -o "$LOG" -- "$PROG/p_residency")
[ "$status" != 77 ] || skip "no right to lock, or a kernel without MADV_DONTNEED_LOCKED"
is "$status" 0 "status"
is "$(cut -d' ' -f2 out | paste -sd' ')" "11110000 0000 0100 01" "what the program was told"

# The runs of each record, drawn as the program prints its vector.
drawn=$(q '[.[] | select(.type == "call" and .call == "mincore") | [.resident_runs | to_entries[] | "\(.key % 2)" * .value // ""] | add] | join(" ")')
is "$drawn" "$(cut -d' ' -f2 out | paste -sd' ')" "what the log has"
is "$(q '[.[] | select(.type == "call" and .call == "mincore") | .resident] | join(" ")')" "4 0 1 1" "pages counted"

# A page locked on fault: not there before its first touch, there after.
read -r addr before after < <(q '[.[] | select(.type == "call" and .call == "mincore" and .len == 4 * 4096)] | "\(.[0].addr) \(.[0].seq) \(.[1].seq)"')
page=$(printf '0x%x' $((addr + 4096)))
told=$("$PAGETRAIL" explain "$LOG" "$page")
has "$(grep -A1 "^#$before " <<<"$told")" 'it is not$' "the untouched page"
has "$(grep -A1 "^#$after " <<<"$told")" 'it is$' "the touched page"
has "$("$PAGETRAIL" explain "$LOG" "#$before")" '4 pages of them have a lock and are not in memory' "explain of the call"

# A locked page whose contents were dropped is absent and locked all the same.
read -r addr seq < <(q '[.[] | select(.type == "call" and .call == "mincore" and .len == 2 * 4096)][0] | "\(.addr) \(.seq)"')
told=$("$PAGETRAIL" explain "$LOG" "$addr")
has "$(grep -A1 "^#$seq " <<<"$told")" 'it is not$' "the dropped page"
has "$told" '^now: rw- private anon, locked' "its lock"
has "$("$PAGETRAIL" events "$LOG" --call mincore)" '4 of 8 pages resident' "events"
