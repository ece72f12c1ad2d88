"""expect.py EXPECT LOG EXE - does the log have exactly the calls that the program's own account names?

EXPECT: lines {"pid":..,"tid":..,"call":..,<arguments>,"ret":..[,"errno":..]} written by the program (tests/prog/prog.h).
Compared per process and thread, in order, with the logged calls of the same kinds whose innermost frame lies in EXE. A field
that the account has must be in the log with the same value; the log may say more.
"""
import collections
import json
import sys


def with_defaults(record):
    """A call without tid is its process's first thread's."""
    return {"tid": record["pid"], **record} if record.get("type") == "call" else record


def records(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        return [with_defaults(json.loads(line)) for line in lines]


def by_thread(calls):
    threads = collections.defaultdict(list)
    for call in calls:
        threads[call["pid"], call["tid"]].append(call)
    return threads


def made_by(exe, log):
    """The calls whose caller is the program itself, not one of its libraries."""
    modules = {r["id"]: r["path"] for r in log if r["type"] == "module"}
    stacks = {r["id"]: r["frames"] for r in log if r["type"] == "stack"}
    for call in log:
        frames = call["type"] == "call" and stacks.get(call.get("stack"))
        if frames and modules.get(frames[0][0]) == exe:
            yield call


def seen_twice(log):
    """Two calls of one thread with the same kind and overlapping times: one call recorded by two roads."""
    last = {}
    for call in sorted((r for r in log if r["type"] == "call" and "dur" in r), key=lambda r: (r["t"], -r["dur"])):
        key = call["pid"], call["tid"], call["call"]
        before = last.get(key)
        if before and call["t"] + call["dur"] <= before["t"] + before["dur"]:
            yield before, call
        last[key] = call


def main(expect_path, log_path, exe):
    expect, log = records(expect_path), records(log_path)
    kinds = {call["call"] for call in expect}
    wanted = by_thread(expect)
    found = by_thread(call for call in made_by(exe, log) if call["call"] in kinds)
    assert expect, "the program made no account"
    for thread, calls in wanted.items():
        got = found[thread]
        for i, want in enumerate(calls):
            has = got[i] if i < len(got) else None
            if not has or any(has.get(key) != value for key, value in want.items()):
                sys.exit(f"thread {thread}, call {i}:\n  made   {want}\n  logged {has}")
            if "errno" in has and "errno" not in want:
                sys.exit(f"an errno on success: {has}")
    for thread, calls in found.items():
        if len(calls) > len(wanted.get(thread, [])):
            sys.exit(f"thread {thread}: logged and not made: {calls[len(wanted.get(thread, [])):]}")
    for pair in seen_twice(log):
        sys.exit("one call logged twice:\n  %s\n  %s" % pair)


main(*sys.argv[1:])
