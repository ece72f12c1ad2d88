"""to_scene.py - a plan as a scene (tests/scene/README.md), with what the kernel made of it."""

import re

PAGE = 4096
ARENA = 0x200000000000
ARENA_PAGES = 48
NAMES_MAX = 24
OBJECT_FD, CLOSED_FD = 100, "110"
UNPRIVILEGED = "limit memlock 12   become unprivileged"

# Bits and their words; where a call's flags have none, "flags N" says them.
MAP_WORDS = {0x40: "32bit", 0x80: "above4g", 0x100: "growsdown", 0x800: "denywrite", 0x1000: "executable", 0x2000: "locked",
             0x4000: "noreserve", 0x8000: "populate", 0x10000: "nonblock", 0x20000: "stack", 0x40000: "hugetlb", 0x80000: "sync"}
REMAP_WORDS = {1: "maymove", 2: "fixed", 4: "dontunmap"}
LOCKALL_WORDS = {1: "current", 2: "future", 4: "onfault"}
ATTACH_WORDS = {0o10000: "rdonly", 0o20000: "rnd", 0o40000: "remap", 0o100000: "exec"}
PROT_WORDS = {8: "+sem", 0x1000000: "+growsdown", 0x2000000: "+growsup"}
ADVICE = {0: "normal", 1: "random", 2: "sequential", 3: "willneed", 4: "dontneed", 8: "free", 9: "remove", 10: "dontfork",
          11: "dofork", 12: "mergeable", 13: "unmergeable", 14: "hugepage", 15: "nohugepage", 16: "dontdump", 17: "dodump",
          18: "wipeonfork", 19: "keeponfork", 20: "cold", 21: "pageout", 22: "populate_read", 23: "populate_write",
          24: "dontneed_locked", 25: "collapse", 102: "guard_install", 103: "guard_remove"}
STATE_WORDS = {"rr": "random", "sr": "sequential", "dc": "dontfork", "wf": "wipeonfork", "dd": "dontdump", "de": "dontexpand",
               "hg": "hugepage", "nh": "nohugepage", "mg": "mergeable", "gd": "growsdown", "nr": "noreserve", "ht": "hugetlb",
               "sf": "sync", "dp": "droppable", "sl": "sealed"}
OBJECTS = {100: "memfd 64", 101: "file rw 64", 102: "file r 64", 103: "file w 64", 105: "secret 64", 106: "memfd 64 sealable",
           108: "pipe r", 109: "socket"}
SEALED_FD = 106
SEGMENT_BYTES = (2 * PAGE - 10, 6 * PAGE - 10, 3 * PAGE)
MEMLOCK_LEVELS = {0: "0", 1: "+4095", 2: "1", 3: "12", 4: "40"}  # choose.h, play.c
BLOCKS = {"thread": "thread ", "vfork": "child ", "clone": "child "}


class NoWord(Exception):
    """The scene language cannot say this."""


def number(word):
    """"2p", "1p+17", "0x32": bytes"""
    found = re.fullmatch(r"(\d+)p(?:\+(\d+))?", word)
    try:
        return int(found[1]) * PAGE + int(found[2] or 0) if found else int(word, 0)
    except ValueError as error:
        raise NoWord(word) from error


def letters(prefix, index):
    """Names are of letters alone."""
    return prefix + chr(ord("a") + index // 26) + chr(ord("a") + index % 26)


def bits(flags, words):
    said = [word for bit, word in words.items() if flags & bit]
    rest = flags & ~sum(words)
    return " ".join(said + ([f"flags {rest}"] if rest else []))


def prot(word):
    value = number(word)
    rest = value & ~7 & ~sum(PROT_WORDS)
    return "".join(letter if value & bit else "-" for letter, bit in zip("rwx", (1, 2, 4))) + \
        "".join(said for bit, said in PROT_WORDS.items() if value & bit) + (f"+{rest:#x}" if rest else "")


class Result:
    """What a line of the plan returned."""

    def __init__(self, ret, error, vmlck):
        self.ret, self.error, self.vmlck = ret, error, vmlck

    def outcome(self):
        return f" = {self.error}" if self.error else ""


class Teller:
    """Says one plan, line after line."""

    def __init__(self, output, unprivileged, last):
        self.unprivileged, self.last = unprivileged, last
        self.results = {int(found[1]): Result(int(found[2]), None if found[3] == "-" else found[3], int(found[4]))
                        for found in re.finditer(r"^result (\d+) (-?\d+) (\S+) (-?\d+)$", output, re.M)}
        self.named = {}       # what stands for the result of a line
        self.opened = {}      # descriptors and segments, and their names
        self.everything = False  # VmLck has pages outside of the arena
        self.limited = False
        self.block, self.until = None, 0

    # ---- words ----

    def name(self, key, prefix, index):
        if key not in self.opened and len(self.opened) + len(self.named) >= NAMES_MAX:
            raise NoWord("so many names")
        return self.opened.setdefault(key, letters(prefix, index))

    def place(self, word):
        """A base and bytes from there."""
        found = re.fullmatch(r"(A|B|vdso|r\d+)(?:\+(.*))?", word)
        if not found:
            number(word)
            return "0x", number(word)
        bytes_on = number(found[2] or "0")
        if found[1][0] != "r":
            return {"A": "", "B": "brk:", "vdso": "vdso:"}[found[1]], bytes_on
        label = int(found[1][1:])
        if label in self.named:
            return self.named[label] + ":", bytes_on
        return "", label % ARENA_PAGES * PAGE + bytes_on

    def at(self, word):
        base, bytes_on = self.place(word)
        if base == "0x":
            return f"{bytes_on:#x}"
        page, within = divmod(bytes_on, PAGE)
        return f"{base}{page}" + (f"@{within}" if within else "")

    def span(self, addr, length):
        """"3-5", "1@5+10": where and how much."""
        base, bytes_on = self.place(addr)
        count = number(length)
        if base == "vdso:" and bytes_on + count > PAGE:
            raise NoWord("what lies behind the vdso")
        if base == "0x" or bytes_on % PAGE or count % PAGE or not count or count >> 40:
            return f"{self.at(addr)}+{count}"
        page = bytes_on // PAGE
        return f"{base}{page}-{page + count // PAGE}"

    def returned(self, label, result, addr):
        """Of what may have landed elsewhere; a name for it, should a later line want one."""
        if result.error:
            return result.outcome()
        if len(self.opened) + len(self.named) >= NAMES_MAX:
            raise NoWord("so many names")
        base, bytes_on = self.place(addr)
        asked = bytes_on + (ARENA if base == "" else 0) if base in ("", "0x") else None
        self.named[label] = letters("m", label)
        if ARENA <= result.ret < ARENA + 4096 * PAGE:
            where = "" if asked == result.ret else f" = {(result.ret - ARENA) // PAGE}"
        else:
            where = " = elsewhere"
        return f"{where} as {self.named[label]}"

    # ---- calls ----

    def mmap(self, label, args, result):
        flags, rest = number(args[3]), number(args[3]) & ~0x10003f
        if result.error and flags & 0x100010 == 0x10 and label != self.last and not self.refused_early(flags, result):
            raise NoWord("what a refused mapping leaves, which has to be looked at")
        kind = {0: " notype", 1: " shared", 2: "", 3: " shared_validate", 8: " droppable"}.get(flags & 0xf)
        if kind is None:
            raise NoWord(f"flags {flags:#x}")
        said = f"map {self.span(*args[:2])} {prot(args[2])}{kind}"
        if args[4].startswith("fd"):
            if not flags & 0x20:
                said += " fd " + self.object(OBJECT_FD + int(args[4][2:]))
        elif not flags & 0x20:
            raise NoWord("no descriptor")
        if number(args[5]):
            said += f" offset {number(args[5])}"
        if flags & 0x100000:
            said += " fixed_noreplace" + (" fixed" if flags & 0x10 else "")
        elif not flags & 0x10:
            said += " hint"
        said += " " + bits(rest, MAP_WORDS) if rest else ""
        if flags & 0x100010:
            return said + result.outcome()
        return said + self.returned(label, result, args[0])

    @staticmethod
    def refused_early(flags, result):
        """Before anything was unmapped; private anonymous memory always is."""
        return flags & 0x40023 == 0x22 or result.error in ("EBADF", "EACCES", "EEXIST", "EOVERFLOW")

    def object(self, fd):
        if str(fd) == CLOSED_FD:
            return "999"
        if fd not in OBJECTS:
            raise NoWord(f"descriptor {fd}")
        return self.name(fd, "o", fd - OBJECT_FD)

    def segment(self, word):
        index = int(word.removeprefix("seg")) % len(SEGMENT_BYTES)
        return self.name(("segment", index), "s", index)

    def mremap(self, label, args, result):
        flags = number(args[3])
        target = args[4] if flags & 2 else args[0]
        if flags & 7 == 5:
            raise NoWord("a hint for mremap")
        if result.error == "ENOMEM" and self.place(args[0])[0]:
            raise NoWord("who is the neighbour elsewhere")
        said = f"move {self.span(*args[:2])} {self.span(target, args[2])}"
        said += " " + bits(flags, REMAP_WORDS) if flags else ""
        if flags & 2 or not flags & 1:
            return said + result.outcome()
        return said + self.returned(label, result, args[0])

    def advise(self, args, result):
        advice = number(args[2])
        return f"advise {self.span(*args[:2])} {ADVICE.get(advice, advice)}" + result.outcome()

    def advise_by(self, name, args, result):
        if name == "posix_madvise":
            if result.ret:
                raise NoWord("an error that is returned")
            return self.advise(args, result) + " posix"
        if number(args[2]):
            raise NoWord("advice to another process, or for two ranges")
        advice = number(args[3])
        end = result.outcome() or f" = {result.ret}"
        return f"advise {self.span(*args[:2])} {ADVICE.get(advice, advice)} process{end}"

    def lock(self, name, args, result):
        verb = {"mlock": "lock", "mlock2": "lock", "munlock": "unlock", "munmap": "unmap"}[name]
        words = ""
        if name == "mlock2":
            words = " onfault" if number(args[2]) == 1 else f" flags {number(args[2])}"
        said = f"{verb} {self.span(*args[:2])}{words}" + result.outcome()
        return said + self.locked_then(result) if verb == "lock" else said

    def locked_then(self, result):
        """Only VmLck tells the meanings of ENOMEM apart."""
        if result.error != "ENOMEM":
            return ""
        if self.everything or result.vmlck < 0:
            raise NoWord("what was locked then")
        return f"   vmlck {result.vmlck}"

    def lockall(self, args, result):
        self.everything |= not result.error
        return ("lockall " + bits(number(args[0]), LOCKALL_WORDS)).strip() + result.outcome()

    def limit(self, resource, level):
        if number(resource) != 8 or number(level) not in MEMLOCK_LEVELS:
            raise NoWord("a limit relative to the start")
        if self.block == "child ":
            raise NoWord("a child's limit")
        self.limited = True
        level = MEMLOCK_LEVELS[number(level)]
        return f"limit memlock {'12' if self.unprivileged and level == '40' else level}"

    def switch(self, args, result):
        option, value = number(args[0]), number(args[1])
        if option == 65 and value == 1 and not result.error:
            return "mdwe"
        if option == 67 and not result.error:
            return f"merge-any {'on' if value else 'off'}"
        raise NoWord(f"prctl {option} {value}")

    def break_at(self, by_syscall, args, result):
        if args[0][0] != "B" or by_syscall or result.error:
            raise NoWord("what the C library makes of a break")
        return f"brk {self.at(args[0])}"

    def segment_call(self, label, name, args, result):
        if name == "shmdt":
            return f"detach {self.at(args[0])}" + result.outcome()
        if name == "shmctl":
            verb = {11: "shm-lock", 12: "shm-unlock"}.get(number(args[1]))
            if not verb:
                raise NoWord("IPC_RMID")
            return f"{verb} {self.segment(args[0])}" + result.outcome()
        said = f"attach {self.segment(args[0])} {self.at(args[1])} {bits(number(args[2]), ATTACH_WORDS)}".rstrip()
        return said + (self.returned(label, result, args[1]) if args[1] == "0" else result.outcome())

    def call(self, label, name, by_syscall, args, result):
        if name == "mmap":
            return self.mmap(label, args, result)
        if name == "mremap":
            return self.mremap(label, args, result)
        if name in ("mlock", "mlock2", "munlock", "munmap"):
            return self.lock(name, args, result)
        if name == "mseal":
            return f"seal {self.span(*args[:2])}" + (f" flags {number(args[2])}" if number(args[2]) else "") + result.outcome()
        if name in ("mprotect", "pkey_mprotect"):
            key = f" pkey {number(args[3])}" if name == "pkey_mprotect" else ""
            return f"protect {self.span(*args[:2])} {prot(args[2])}{key}" + result.outcome()
        if name == "madvise":
            return self.advise(args, result)
        if name in ("posix_madvise", "process_madvise"):
            return self.advise_by(name, args, result)
        if name == "mlockall":
            return self.lockall(args, result)
        if name == "munlockall":
            return "unlockall"
        if name in ("shmat", "shmdt", "shmctl"):
            return self.segment_call(label, name, args, result)
        if name in ("setrlimit", "prlimit") and not result.error:
            return self.limit(*args[-2:])
        if name == "prctl":
            return self.switch(args, result)
        if name == "personality" and number(args[0]) == 0x400000:
            return "read-implies-exec"
        if name == "brk":
            return self.break_at(by_syscall, args, result)
        if name == "remap_file_pages" and not number(args[2]) and not number(args[4]):
            return f"refile {self.span(*args[:2])} {number(args[3])}" + result.outcome()
        if name == "msync" and number(args[2]) == 2:
            return f"invalidate {self.span(*args[:2])}" + result.outcome()
        raise NoWord(name)

    # ---- lines ----

    def touch(self, name, args, result):
        if result.error not in (None, "EFAULT"):
            raise NoWord(result.error)
        if result.error and any(fd in self.opened for fd in (100, 101, 102)):
            raise NoWord("a fault that may be beyond the end of a file")
        said = f"{'write' if name == 'touch' else 'read'} {self.at(args[0])}"
        return said + (" = SIGSEGV" if result.error else "")

    def others(self, name, args):
        if name == "go-on" and not self.block:
            return "fork"
        if name == "exec" and not self.block and not self.limited and not self.opened:
            self.named.clear()
            return "exec"
        if name in BLOCKS and not self.block:
            self.block, self.until = BLOCKS[name], int(args[0])
            return ""
        raise NoWord(name)

    def line(self, line):
        """The statement, "" if there is none to be made."""
        label, name, *args = line.replace(":", " ", 1).split()
        label, by_syscall = int(label), name.endswith("/syscall")
        name = name.removesuffix("/syscall")
        if self.block and label > self.until:
            self.block = None
        if name in ("go-on", "exec", "fork", "vfork", "clone", "thread", "spawn", "vspawn"):
            return self.others(name, args)
        result = self.results.get(label)
        if not result:
            raise NoWord("what was not done")
        said = self.touch(name, args, result) if name in ("touch", "peek") else self.call(label, name, by_syscall, args, result)
        return (self.block or "") + said

    def begin(self):
        """What must be there before the first call."""
        for key, name in self.opened.items():
            if key in OBJECTS:
                yield f"open {name} {OBJECTS[key]}"
            if key == SEALED_FD:
                yield f"seal-writes {name}"
        if self.unprivileged:
            yield UNPRIVILEGED
        for key, name in self.opened.items():
            if key not in OBJECTS:
                yield f"segment {name} +{SEGMENT_BYTES[key[1]]} mode {0o666}"


def runs(output):
    """The arena's pages in the end."""
    for start, end, perms, flags in re.findall(r"^arena (\d+) (\d+) (\S+) (.*)$", output, re.M):
        flags = flags.split()
        said = [f"{start}-{end}", perms[:3]] + (["shared"] if perms[3] == "s" else [])
        if "lo" in flags:
            said.append("onfault" if "lf" in flags else "locked")
        yield " ".join(said + [STATE_WORDS[flag] for flag in flags if flag in STATE_WORDS])


def expectations(teller, output):
    locked = re.search(r"^VmLck:\s*(\d+) kB", output, re.M)
    if not locked:
        raise NoWord("a process that was killed")
    listed = list(runs(output))
    if sum(len(run.split()) for run in listed) > 90:
        raise NoWord("so many pages that differ")
    yield "expect " + ("   ".join(listed) or ".")
    if not teller.everything:
        yield f"vmlck {int(locked[1]) // 4}"


def scene_of(lines, output, unprivileged=False):
    """
    The lines of a scene, and those of the plan it has no words for.

    @output: of the player that played them, without the tracer
    """
    last = int(lines[-1].split(":")[0]) if lines else 0
    teller, said, unsaid = Teller(output, unprivileged, last), [], []
    for line in lines:
        try:
            said.append(teller.line(line))
        except NoWord as reason:
            unsaid.append(line)
            said.append(f"# no word for {reason}: {line}")
    try:
        said += expectations(teller, output)
    except NoWord as reason:
        said.append(f"# no word for {reason}")
    return list(teller.begin()) + [line for line in said if line], unsaid
