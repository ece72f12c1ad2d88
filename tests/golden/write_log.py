#!/usr/bin/python3
"""write_log.py <CALLS >log.jsonl - a log out of calls written down by hand, one a line.

    limits memlock=65536 cap=no             of the program, before its first call; unlimited with the right to lock otherwise
    limits core=0                           its soft RLIMIT_CORE; otherwise the log has none
    limits maps=12                          vm.max_map_count of the machine
    mmap 0 4096 PROT_READ|PROT_WRITE MAP_PRIVATE|MAP_ANONYMOUS -1 0 = 0x7f1000000000 @alloc
    mlock 0x7f1000000000 4096 = -1 ENOMEM limit=65536 vmlck=0 cap=no @alloc
    thread 4250                             the calls below are made by that thread, ...
    process 4243                            ... by that process; it must exist
    fork 4243 @start                        the current process has this child
    exec /opt/demo/other                    exit 0                     killed 11
    names                                   from here on stacks have the names of functions in them: NAME, then CALLER or main
    mark ready @main                        note what text of the note
    sample mark 0x7f1000000000 4 0x7f1000006000 2 swapped       which pages are in memory; mapped pages it leaves out are not
    race 4 5 0x7f1000000000-0x7f1000001000  the calls of these numbers overlapped on these pages
    state 00112233445566778899aabbccddeeff  the digest of the final state, in the trailer
    loss 3 ring full                        so many records are missing
    snapshot 0x7f1000000000-0x7f1000001000 rwxp [stack] rd wr ex mr mw me gd
    # a comment

A call is its arguments in the order of calls.def, constants by name, a result, and fields of its record (limit= vmlck= cap=,
old=, size=, soft= hard=, child=, via=, fdkind= access= dev= ino= path=, resident=
resident_runs=1,2,4). @NAME is its place: a stack of its own in the program, the same wherever the name is the same; @NAME/libkeys is one in that library. All are called from one place of the program;
@NAME<CALLER is called from another. What a log needs besides (header, modules, first
snapshot, trailer) is added.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ABI = HERE + "/../../preload/abi/"
FILL = [
    ("0x555500000000", "0x555500001000", "r--p", 0, 12, "/opt/demo/keys", "rd mr mw me"),
    ("0x555500001000", "0x555500003000", "r-xp", 4096, 12, "/opt/demo/keys", "rd ex mr mw me"),
    ("0x555500003000", "0x555500004000", "rw-p", 8192, 12, "/opt/demo/keys", "rd wr mr mw me"),
    ("0x555500010000", "0x555500031000", "rw-p", None, None, "[heap]", "rd wr mr mw me"),
    ("0x7f0000000000", "0x7f0000026000", "r--p", 0, 77, "/opt/demo/lib/libc.so.6", "rd mr mw me"),
    ("0x7f0000026000", "0x7f000017b000", "r-xp", 155648, 77, "/opt/demo/lib/libc.so.6", "rd ex mr mw me"),
    ("0x7ffff0000000", "0x7ffff0021000", "rw-p", None, None, "[stack]", "rd wr mr mw me gd"),
]


def rows():
    text = re.sub(r"/\*.*?\*/", "", open(ABI + "calls.def").read(), flags=re.S)
    for row in re.findall(r"CALL\((.*?)\)\s*(?=CALL|\Z)", text, flags=re.S):
        name, _, result = [word.strip() for word in row.split(",")[:3]]
        args = re.findall(r"\(([^()]*?),\s*(\w+),\s*(\w+)\)", row)
        yield name, result, [(arg, kind) for _, arg, kind in args]


def constants():
    for value in re.findall(r"^FLAG\(\w+, (\w+), ([^,]+),", open(ABI + "flags.def").read(), flags=re.M):
        amount, _, shift = value[1].replace("u", "").partition("<<")
        octal = re.fullmatch(r"0[0-7]+", amount.strip())
        yield value[0], int(amount, 8 if octal else 0) << int(shift or 0)


CALLS = {name: (result, args) for name, result, args in rows()}
NAMES = dict(constants())


def number(word):
    if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", word):
        return int(word, 0)
    return sum(NAMES[part] for part in word.split("|"))


class Log:
    def __init__(self):
        self.seq = self.t = self.calls = self.snapshots = self.marks = self.processes = self.modules = 0
        self.pid = self.tid = 4242
        self.limits, self.cap, self.begun = -1, True, False
        self.core = {}
        self.machine = {}
        self.state = {}
        self.named = False
        self.losses = self.lines = 0
        self.stacks = {}
        self.callers = {"": 0}
        self.places = {}
        self.libraries = {"keys": 1, "libc.so.6": 2}

    def put(self, kind, **fields):
        self.lines += 1
        print(json.dumps({"type": kind, **fields}, separators=(",", ":")))

    def ordered(self, kind, **fields):
        self.seq += 1
        self.t += 50000
        self.put(kind, seq=self.seq, pid=self.pid, t=self.t, **fields)

    def module(self, ident, base, end, path):
        self.modules += 1
        self.put("module", id=ident, key=1, pid=4242, base=base, start=base, end=end, path=path,
                 build_id="%04d" % ident + "ab" * 18)

    def snapshot(self, why, first, last, ranges):
        self.snapshots += 1
        out = []
        for start, end, perms, offset, inode, path, flags in ranges:
            line = {"start": start, "end": end, "perms": perms}
            if inode:
                line.update(offset=offset, dev=65024, ino=inode)
            if path:
                line["path"] = path
            out.append({**line, "vmflags": flags})
        self.ordered("snapshot", why=why, part=0, last=True, **{"from": first, "to": last, "ranges": out})

    def program(self, event, exe):
        self.processes += event == "start"
        self.ordered("process", event=event, ppid=1, key=1, exe=exe, argv=[exe],
                     limits={"memlock": [self.limits, self.limits], "as": [-1, -1], "data": [-1, -1],
                             "stack": [8388608, -1], **self.core}, cap_ipc_lock=self.cap)
        self.snapshot(event, "0x0", "0x7ffffffff000", FILL)

    def begin(self):
        if self.begun:
            return
        self.begun = True
        self.put("header", version=1, tool="pagetrail 0.1", kernel="6.18.44", arch="x86_64", page_size=4096,
                 clock="CLOCK_MONOTONIC", start_ns=5000000000, realtime_ns=1760000000000000000, argv=["./keys"],
                 cwd="/home/ada", **self.machine)
        self.program("start", "/opt/demo/keys")
        self.module(1, "0x555500000000", "0x555500004000", "/opt/demo/keys")
        self.module(2, "0x7f0000000000", "0x7f000017b000", "/opt/demo/lib/libc.so.6")

    def stack(self, name):
        if name in self.stacks:
            return self.stacks[name]
        ident = self.stacks[name] = len(self.stacks) + 1
        place, _, caller = name.partition("<")
        library = place.partition("/")[2] or "keys"
        caller = 0x1100 + 0x10 * self.callers.setdefault(caller, len(self.callers))
        if library not in self.libraries:
            self.libraries[library] = len(self.libraries) + 1
            base = 0x7f2000000000 + 0x1000000 * self.libraries[library]
            self.module(self.libraries[library], hex(base), hex(base + 0x10000), "/opt/demo/lib/" + library + ".so")
        spot = 0x1200 + 0x40 * self.places.setdefault(place, len(self.places) + 1)
        frames = [[self.libraries[library], hex(spot)], [1, hex(caller)], [2, "0x2724a"], [2, "0x27305"]]
        baked = [[{"function": word}] for word in (place.partition("/")[0], name.partition("<")[2] or "main")]
        self.put("stack", id=ident, pid=self.pid, frames=frames, **({"names": baked + [None, None]} if self.named else {}))
        return ident

    def call(self, name, words, place):
        result, args = CALLS[name]
        fields = {"tid": self.tid, "call": name}
        for (arg, kind), word in zip(args, words):
            fields[arg] = hex(number(word)) if kind == "ADDR" else number(word)
        words = words[len(args):]
        if place:
            fields["stack"] = self.stack(place)
        fields["via"] = "plt"
        if words and words[0] == "=":
            fields["dur"] = 1500
            fields["ret"] = words[1] if result == "ADDR" and words[1] != "-1" else number(words[1])
            words = words[2:]
            if words and "=" not in words[0]:
                fields["errno"] = words.pop(0)
        else:
            fields["unfinished"] = True
        for word in words:
            key, _, value = word.partition("=")
            if key == "cap":
                fields[key] = value == "yes"
            elif key in ("via", "fdkind", "access", "path", "old"):
                fields[key] = value
            elif "," in value:
                fields[key] = [number(part) for part in value.split(",")]
            else:
                fields[key] = number(value)
        self.calls += 1
        self.ordered("call", **fields)

    def sample(self, words):
        runs = []
        for word in words[1:]:
            if word.startswith("0x"):
                runs.append([word])
            else:
                runs[-1].append(word if word == "swapped" else number(word))
        self.put("residency", pid=self.pid, tid=self.tid, t=self.t, why=words[0], part=0, resident=runs, last=True,
                 **{"from": "0x0", "to": "0x7ffffffff000"})

    def line(self, words, place):
        verb = words.pop(0)
        if verb == "limits":
            for word in words:
                key, _, value = word.partition("=")
                if key == "cap":
                    self.cap = value == "yes"
                elif key == "core":
                    self.core = {"core": [number(value), -1]}
                elif key == "maps":
                    self.machine["max_map_count"] = number(value)
                else:
                    self.limits = number(value)
            return
        self.begin()
        if verb in CALLS and verb not in ("fork", "exit"):
            self.call(verb, words, place)
        elif verb == "thread":
            self.tid = number(words[0])
        elif verb == "process":
            self.pid = self.tid = number(words[0])
        elif verb == "fork":
            self.call("fork", ["=", words[0]], place)
            parent, self.pid = self.pid, number(words[0])
            self.processes += 1
            self.ordered("process", event="fork", ppid=parent, key=1)
            self.pid = parent
        elif verb == "exec":
            self.program("exec", words[0])
        elif verb in ("exit", "killed"):
            self.ordered("process", event="exit", status=number(words[0]) << (8 if verb == "exit" else 0))
        elif verb == "mark":
            self.marks += 1
            stack = {"stack": self.stack(place)} if place else {}
            self.ordered("mark", tid=self.tid, label=words[0], **stack)
        elif verb == "note":
            self.put("note", what=words[0], text=" ".join(words[1:]), pid=self.pid)
        elif verb == "race":
            start, _, end = words[2].partition("-")
            self.put("note", what="race", pid=self.pid, seqs=[number(words[0]), number(words[1])], start=start, end=end,
                     text="two calls at the same time")
        elif verb == "names":
            self.named = True
        elif verb == "state":
            self.state = {"state_form": 2, "state": words[0]}
        elif verb == "loss":
            self.losses += number(words[0])
            self.put("loss", count=number(words[0]), why=" ".join(words[1:]))
        elif verb == "sample":
            self.sample(words)
        elif verb == "snapshot":
            start, _, end = words[0].partition("-")
            path = words[2] if len(words) > 2 and words[2][0] in "[/" else None
            flags = " ".join(words[3 if path else 2:])
            self.snapshot("look", start, end, [(start, end, words[1], None, None, path, flags)])
        else:
            sys.exit("write_log.py: what is '%s'?" % verb)

    def end(self):
        self.put("trailer", calls=self.calls, unfinished=0, losses=self.losses, processes=self.processes,
                 stacks=len(self.stacks), modules=self.modules, marks=self.marks, snapshots=self.snapshots,
                 lines=self.lines + 1, **self.state, complete=not self.losses)


def main():
    log = Log()
    for line in sys.stdin:
        words = line.split("#")[0].split()
        place = words.pop()[1:] if words and words[-1][0] == "@" else None
        if words:
            log.line(words, place)
    log.begin()
    log.end()


main()
