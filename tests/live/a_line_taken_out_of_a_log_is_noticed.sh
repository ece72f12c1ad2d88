# The trailer counts all lines: whichever is taken out, doubled or put in, validate finds it and neither check nor replay gives a
# verdict. The copies that symbolize and anonymize make count as well, also where the log before had a line too few.

# status VERB LOG...: its exit status
status() {
	local status=0
	timeout 20 "$PAGETRAIL" "$@" >out 2>err || status=$?
	echo "$status"
}

record --verify --residency -- "$PROG/p_children" >out
lines=$(wc -l <"$LOG")
is "$(q '.[-1].lines')" "$lines" "lines the trailer counts"
is "$(status validate "$LOG") $(status replay "$LOG")" "0 0" "statuses of the log as it is: $(cat err)"

# one of each kind, the last of it: for most of them nothing but the number of lines is left to tell
jq -r '"\(input_line_number) \(.type) \(.event // .what // .why // .call // "")"' "$LOG" | sed '1d;$d' |
	awk '{ last[$2 " " $3] = $1 } END { for (kind in last) print last[kind], kind }' | sort -n >kinds
for kind in process module snapshot stack call note check residency; do
	has "$(cat kinds)" "^[0-9]+ $kind" "kinds of lines"
done
while read -r number kind; do
	sed "${number}d" "$LOG" >cut.jsonl
	is "$(status validate cut.jsonl)" 1 "status of validate without line $number, $kind"
	has "$(cat out)" "the trailer says lines $lines, the log has $((lines - 1))" "validate without line $number, $kind"
	is "$(status check cut.jsonl)" 3 "status of check without line $number, $kind"
	has "$(cat out err)" "counts $lines lines, it has $((lines - 1))" "check without line $number, $kind"
	has "$(status replay cut.jsonl)" '^[13]$' "status of replay without line $number, $kind"
	has "$(cat err)" "counts $lines lines, it has $((lines - 1))" "replay without line $number, $kind"
done <kinds

# every line there is
for ((number = 2; number < lines; number += 1 + lines / 200)); do
	sed "${number}d" "$LOG" >cut.jsonl
	is "$(status validate cut.jsonl)" 1 "status of validate without line $number: $(sed -n "${number}p" "$LOG")"
done

# a line too many; empty lines are none
sed '$i {"type":"note","what":"kind","text":"words"}' "$LOG" >cut.jsonl
is "$(status check cut.jsonl)" 3 "status of check with a note of nobody"
sed '5i \\' "$LOG" >cut.jsonl
is "$(status validate cut.jsonl)" 0 "status of validate with an empty line: $(cat out)"

# copies
number=$(awk '$2 == "note" { print $1; exit }' kinds)
sed "${number}d" "$LOG" >cut.jsonl
for verb in symbolize anonymize; do
	"$PAGETRAIL" $verb "$LOG" -o $verb.jsonl 2>err || fail "$verb: $(cat err)"
	is "$(status validate $verb.jsonl)" 0 "what $verb made of the log: $(cat out)"
	is "$(tail -n 1 $verb.jsonl | jq .lines)" "$(wc -l <$verb.jsonl)" "lines that $verb counts"
	"$PAGETRAIL" $verb -f cut.jsonl -o $verb.jsonl 2>err || fail "$verb: $(cat err)"
	is "$(status check $verb.jsonl)" 3 "status of check after $verb of a log with a line too few"
done
# anonymize drops what it does not know, and takes it off the count
sed -e '5i {"type":"from a later version"}' -e "\$s/\"lines\":$lines/\"lines\":$((lines + 1))/" "$LOG" >more.jsonl
is "$(status validate more.jsonl)" 0 "a log with a record of a type that is not known: $(cat out)"
"$PAGETRAIL" anonymize -f more.jsonl -o anonymize.jsonl 2>err || fail "anonymize: $(cat err)"
is "$(status validate anonymize.jsonl)" 0 "what anonymize left of it: $(cat out)"

# logs of older versions do not count
sed '$s/"lines":[0-9]*,//' "$LOG" >old.jsonl
is "$(status validate old.jsonl) $(status check old.jsonl)" "0 0" "statuses of a log that does not count its lines: $(cat out err)"
