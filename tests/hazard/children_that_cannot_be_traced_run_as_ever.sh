# Static, musl, 32-bit and set-user-ID programs started by a traced one, in every way there is: same output, same status, nothing on
# stderr; and each start is named in the log with its reason.

untraced() {
	q --arg text "$1" '[.[] | select(.type == "note" and .what == "untraced" and (.text | test($text)) and .pid > 0)] | length'
}

foreign=$BUILD/prog/foreign
for option in --unwinder=cfi --no-sites; do
	for kind in static:static musl:musl 32:'word size' 32_dynamic:'word size'; do
		bare=$(wait_status "$PROG/h_start" "${foreign}_${kind%%:*}")
		mv out out.bare
		mv err err.bare
		is "$(wait_status "$PAGETRAIL" record $option -q -f -o "$LOG" -- "$PROG/h_start" "${foreign}_${kind%%:*}")" "$bare" "status"
		diff out.bare out || fail "output of $kind with $option"
		diff err.bare err || fail "stderr of $kind with $option"
		# Seven ways; without sites nobody sees what system()'s shell does inside libc.
		n=$(untraced "${kind##*:}")
		[ "$n" = 7 ] || [ "$option" = --no-sites ] && [ "$n" -ge 6 ] || fail "$kind with $option: $n notes"
		status=0
		"$PAGETRAIL" validate "$LOG" >verdict || status=$?
		is "$status" 3 "verdict of validate: $(cat verdict)"
		is "$(tail -n 1 "$LOG" | jq .losses)" 0 "losses"
	done
done

public_place
publish "$PROG/p_exit_three" "$PROG/h_start"
mv "$PUBLIC/p_exit_three" setuid
chmod 4755 setuid
nobody "$PAGETRAIL" record -q -o "$LOG" -- "$PUBLIC/h_start" ./setuid >out 2>err || fail "status $?: $(cat err)"
is "$(cat err)" "" "stderr of the set-user-ID program"
is "$(sed -n 's/^[0-9]: //p' out | sort -u)" 300 "status of the set-user-ID program"
[ "$(untraced 'set-user-ID')" -ge 7 ] || fail "notes on set-user-ID programs: $(untraced 'set-user-ID')"
