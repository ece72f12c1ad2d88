# Memory of huge pages at every mark as the kernel has it: mlock succeeds and sets no flag, mlockall passes it over, System V
# segments of huge pages, of which nothing but their place tells, included.

need_root
pool=/proc/sys/vm/nr_hugepages
[ -w $pool ] || skip "no huge pages to be had"
before=$(cat $pool)
trap 'echo $before >$pool' EXIT
echo $((before + 6)) >$pool
[ "$(cat $pool)" -ge 6 ] || skip "not enough memory in one piece for 6 huge pages"

mkdir -p smaps
status=0
SMAPS=$PWD/smaps record -- "$PROG/p_huge" >out || status=$?
[ $status -ne 77 ] || skip "huge pages of some kind cannot be had"
is $status 0 "status"
is "$(q '.[-1].coverage.revealed_pages')" 0 "pages that looks showed to be otherwise than known"
for smaps in smaps/*; do
	label=${smaps#smaps/}
	"$PAGETRAIL" map "$LOG" --json --pid "${label##*.}" --at "mark:${label%.*}" >map.json
	/usr/bin/python3 "$LIVE/smaps.py" "$smaps" map.json || fail "at $label"
done
