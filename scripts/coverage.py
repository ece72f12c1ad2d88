"""coverage.py STRACE LOG - compare the memory calls of an strace -f -X raw output with those of a log (see coverage.sh)."""
import collections
import json
import re
import sys

# One system call can be asked for under several names.
SAME = {"posix_madvise": "madvise", "mlock2": "mlock", "pkey_mprotect": "mprotect", "sbrk": "brk"}
PROCESS = {"execve", "execveat", "clone", "clone3", "fork", "vfork"}
# What the shim itself does between opening the ring and being ready: two mappings with an advice each.
OWN_FIRST_CALLS = 4
# After a successful mlockall the shim unlocks its own three ranges.
OWN_UNLOCKS = 3

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\((.*)|( resumed>.*))$")
RESULT = re.compile(r"\) += (-?\w+)")


class Thread:
    """What strace's lines have told of one thread so far."""

    def __init__(self, active):
        self.active = active  # the shim is ready in it
        self.own_image = False  # it has run a program since it was made: what its creator was says nothing any more
        self.pending = None  # first half of a call that strace split
        self.own = 0  # calls to come that are the shim's


def number(text):
    return int(text, 0)


def key_of_line(name, arguments, result):
    """Name, first argument and result: enough to tell calls apart, and the same in both outputs."""
    first = re.split("[,)]", arguments)[0].strip()
    if name == "brk":
        return ("brk", number(first))
    if name in ("memfd_create", "memfd_secret"):
        return (name, result)
    return (SAME.get(name, name), number(first) if re.match(r"^-?(0x)?[0-9a-f]+$", first) else 0, result)


def calls_of_strace(path):
    threads, calls = {}, []
    for text in open(path, errors="replace"):
        found = LINE.match(text)
        if not found:
            continue
        tid, name = int(found[1]), found[2]
        thread = threads.setdefault(tid, Thread(False))
        if "<unfinished" in text:
            thread.pending = text.split("<unfinished")[0]
            if name in PROCESS or name == "open":
                follow(threads, thread, name, text)
            continue
        if found[4]:
            if not thread.pending:
                continue
            text = thread.pending.rstrip() + text.split("resumed>", 1)[1]
            thread.pending = None
        result = RESULT.search(text)
        if not result or result[1] == "?":
            continue
        if name in PROCESS or name == "open":
            follow(threads, thread, name, text, result[1])
            continue
        keep(calls, thread, tid, name, text, result[1])
    return calls


def follow(threads, thread, name, text, result=None):
    """Who is traced: a program from the moment its shim is ready, a thread or child as its creator was."""
    if name == "open":
        if "pagetrail-" in text and not thread.active:
            thread.active, thread.own = True, OWN_FIRST_CALLS
    elif name in ("execve", "execveat"):
        if result == "0":
            thread.active, thread.own_image = False, True
    elif result and number(result) > 0:
        child = threads.setdefault(number(result), Thread(False))
        # vfork() may return in the parent after the child's exec, as strace tells it.
        if not child.own_image:
            child.active = thread.active


def keep(calls, thread, tid, name, text, result):
    arguments = text.split("(", 1)[1]
    if not thread.active or (name == "brk" and re.match(r"^(0|NULL|0x0)\)", arguments)):
        return
    if thread.own > 0 and name in ("mmap", "madvise", "munlock"):
        thread.own -= 1
        return
    thread.own = OWN_UNLOCKS if name == "mlockall" and result == "0" else 0
    calls.append((key_of_line(name, arguments, number(result)), tid, text.strip()))


def key_of_record(record):
    name = record["call"]
    if name == "sbrk":
        return ("brk", int(record["old"], 16) + record["increment"])
    if name == "brk":
        return ("brk", int(record["addr"], 16))
    ret = record.get("ret", 0)
    ret = int(ret, 16) if isinstance(ret, str) else ret
    if name in ("memfd_create", "memfd_secret"):
        return (name, ret)
    if name == "posix_madvise" and ret:
        ret = -1
    first = record.get("addr", record.get("shmid", record.get("flags", record.get("pkey", record.get("pidfd", 0)))))
    return (SAME.get(name, name), int(first, 16) if isinstance(first, str) else first, ret)


def calls_of_log(path):
    keys = collections.Counter()
    for text in open(path):
        record = json.loads(text)
        if record["type"] == "call" and record["call"] not in PROCESS | {"exit", "posix_spawn", "prctl"}:
            keys[key_of_record(record)] += 1
    return keys


def main():
    made, logged = calls_of_strace(sys.argv[1]), calls_of_log(sys.argv[2])
    missed = []
    for key, tid, text in made:
        if logged[key] > 0:
            logged[key] -= 1
        else:
            missed.append(text)
    share = 100.0 * (len(made) - len(missed)) / len(made) if made else 100.0
    print(f"{len(made)} memory calls after the shim's start, {len(made) - len(missed)} in the log: {share:.2f} %")
    for text in missed[:20]:
        print("  missed:", text)
    if len(missed) > 20:
        print(f"  ... and {len(missed) - 20} more")
    return 1 if missed else 0


sys.exit(main())
