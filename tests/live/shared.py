"""shared.py PAGES SMAPS PAGETRAIL LOG - is a page locked by our map when the kernel has it locked, whoever holds the lock?

PAGES: lines "LABEL PID ADDRESS 0|1" of what the kernel says of a page at a mark, "segment0|segment1" of a System V segment
(tests/prog/p_shared_memory.c). By our map a page is locked if its range is, or if a "held_by" of the range covers it.

SMAPS: a directory with the kernel's listings, LABEL.PID. The kernel counts a page's locks by the way, and forgets them where it moves
the page to make room for larger ones (mm/mlock.c). Where it says 0 of a page that its own listings have locked, the recording can
teach nothing: status 3.
"""
import collections
import glob
import json
import re
import subprocess
import sys

PAGE = 4096
VMA = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) (\S+ \d+)")


def listed(path):
    """Yields address, page of which object, and whether its VMA is locked; not of private memory, which can be a copy."""
    vma = None
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            vma = VMA.match(line) or vma
            if not line.startswith("VmFlags:") or vma[5].endswith(" 0") or vma[3].endswith("p") and "w" in vma[3]:
                continue
            for address in range(int(vma[1], 16), int(vma[2], 16), PAGE):
                page = vma[5], int(vma[4], 16) + address - int(vma[1], 16)
                yield address, page, "lo" in line.split()


def has_forgotten(smaps, questions):
    objects, locked = {}, set()
    for path in glob.glob(f"{smaps}/*"):
        label, pid = path.rsplit("/", 1)[-1].split(".")
        for address, page, lock in listed(path):
            objects[label, pid, address] = label, page
            locked |= {(label, page)} if lock else set()
    return any(truth == "0" and objects.get((label, pid, int(address, 16))) in locked for label, pid, address, truth in questions)


def map_of(pagetrail, log, label, pid):
    command = [pagetrail, "map", log, "--json", "--at", f"mark:{label}", "--pid", pid]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["ranges"]


def covers(holder, address):
    here, length = int(holder["here"], 16), int(holder["end"], 16) - int(holder["start"], 16)
    return here <= address < here + length


def answer(ranges, address, kind):
    found = [r for r in ranges if int(r["start"], 16) <= address < int(r["end"], 16)]
    assert len(found) == 1, f"{address:x} lies in {len(found)} ranges"
    if kind == "segment":
        return "segment_lock" in found[0]
    return found[0]["lock"] != "none" or any(covers(holder, address) for holder in found[0].get("held_by", []))


def main(pages_path, smaps, pagetrail, log):
    maps = {}
    wrong, locked = 0, collections.Counter()
    with open(pages_path, encoding="utf-8") as lines:
        questions = [line.split() for line in lines]
    if has_forgotten(smaps, questions):
        print("the kernel has forgotten locks")
        return 3
    for label, pid, address, truth in questions:
        if (label, pid) not in maps:
            maps[label, pid] = map_of(pagetrail, log, label, pid)
        kind = truth.rstrip("01") or "page"
        ours = answer(maps[label, pid], int(address, 16), kind)
        locked[kind, truth[-1]] += 1
        if ours != (truth[-1] == "1"):
            wrong += 1
            print(f"  {label}, process {pid}, {kind} at {address}: the kernel says {truth[-1]}, the map {int(ours)}")
    print(f"{len(questions)} answers, {wrong} wrong; {dict(locked)}")
    return wrong > 0 or len(locked) != 4


sys.exit(main(*sys.argv[1:]))
