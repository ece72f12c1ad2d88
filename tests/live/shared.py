"""shared.py PAGES PAGETRAIL LOG - is a page locked by our map when the kernel has it locked, whoever holds the lock?

PAGES: lines "LABEL PID ADDRESS 0|1" of what the kernel says of a page at a mark, "segment0|segment1" of a System V segment
(tests/prog/p_shared_memory.c). By our map a page is locked if its range is, or if a "held_by" of the range covers it.
"""
import collections
import json
import subprocess
import sys


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


def main(pages_path, pagetrail, log):
    maps = {}
    wrong, locked = 0, collections.Counter()
    with open(pages_path, encoding="utf-8") as lines:
        questions = [line.split() for line in lines]
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
