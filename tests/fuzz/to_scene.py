"""to_scene.py - a plan as a scene (tests/scene/scene.h), with what the kernel made of it."""

import re

ERRNOS = "EPERM EAGAIN ENOMEM EACCES EFAULT EEXIST EINVAL EBUSY".split()
MAP_FLAGS = {0x2000: "locked", 0x4000: "noreserve", 0x20000: "stack", 0x100: "growsdown"}
ADVICE = {0: "normal", 1: "random", 2: "sequential", 3: "willneed", 4: "dontneed", 8: "free", 10: "dontfork", 11: "dofork",
          12: "mergeable", 13: "unmergeable", 14: "hugepage", 15: "nohugepage", 16: "dontdump", 17: "dodump", 18: "wipeonfork",
          19: "keeponfork", 102: "guard", 103: "unguard"}


class NoWord(Exception):
    """The scene language cannot say this."""


def number(word):
    found = re.fullmatch(r"(\d+)p(?:\+(\d+))?", word)
    return int(found[1]) * 4096 + int(found[2] or 0) if found else int(word, 0)


def span(addr, length):
    """"3-5", "1@5+10": where and how much."""
    if addr != "A" and not addr.startswith("A+"):
        raise NoWord(addr)
    start, count = number(addr[2:] or "0"), number(length)
    page, within = divmod(start, 4096)
    if within or count % 4096 or not count:
        return f"{page}{f'@{within}' if within else ''}+{count}"
    if count > 1 << 40:
        raise NoWord(length)
    return f"{page}-{page + count // 4096}"


def prot(word):
    value = int(word, 0)
    if value > 7:
        raise NoWord(word)
    return "".join(letter if value & bit else "-" for letter, bit in zip("rwx", (1, 2, 4)))


def map_words(flags, fd):
    kind = {0x1: " shared", 0x2: "", 0x8: " droppable"}.get(flags & 0xf)
    if fd != "0xffffffffffffffff" or not flags & 0x20 or kind is None:
        raise NoWord(f"flags {flags:#x}")
    words, rest = kind, flags & ~0x2f
    if rest & 0x100000:
        words += " noreplace"
    elif not rest & 0x10:
        raise NoWord("an address of the kernel's choice")
    for bit, name in MAP_FLAGS.items():
        if rest & bit:
            words += " " + name
            rest &= ~bit
    if rest & ~0x100010:
        raise NoWord(f"flags {flags:#x}")
    return words


def move(args):
    flags = number(args[3])
    if flags & 2:
        target = args[4]
    elif flags in (0, 1) and number(args[2]) <= number(args[1]):
        target = args[0]
    else:
        raise NoWord("a place of the kernel's choice")
    return f"move {span(args[0], args[1])} {span(target, args[2])}{' dontunmap' if flags & 4 else ''}"


def lockall(args):
    flags = number(args[0])
    names = [name for bit, name in ((1, "current"), (2, "future"), (4, "onfault")) if flags & bit]
    if flags > 7:
        raise NoWord(args[0])
    return " ".join(["lockall", *names])


def statement(name, args):
    if name == "mmap":
        return f"map {span(*args[:2])} {prot(args[2])}{map_words(number(args[3]), args[4])}"
    if name in ("mlock", "munlock", "munmap", "mseal"):
        if name == "mseal" and number(args[2]):
            raise NoWord("flags of mseal")
        return {"mlock": "lock", "munlock": "unlock", "munmap": "unmap", "mseal": "seal"}[name] + " " + span(*args[:2])
    if name == "mlock2" and number(args[2]) < 2:
        return f"lock {span(*args[:2])}{' onfault' if number(args[2]) else ''}"
    if name == "mprotect":
        return f"protect {span(*args[:2])} {prot(args[2])}"
    if name == "madvise" and number(args[2]) in ADVICE:
        return f"advise {span(*args[:2])} {ADVICE[number(args[2])]}"
    if name == "mremap":
        return move(args)
    if name == "mlockall":
        return lockall(args)
    if name == "munlockall":
        return "unlockall"
    if name == "go-on":
        return "fork"
    raise NoWord(name)


def letters(kind, perms, flags):
    if kind == "lock":
        return "F" if "lf" in flags else "L" if "lo" in flags else "-"
    if kind == "prot":
        return "-r2w4x6a"[sum(bit for letter, bit in zip(perms, (1, 2, 4)) if letter != "-")]
    if kind == "seal":
        return "S" if "sl" in flags else "-"
    given = [letter for letter, flag in zip("rsfwdhnm", "rr sr dc wf dd hg nh mg".split()) if flag in flags]
    return "-" if not given else given[0] if len(given) == 1 else "*"


def strip(kind, arena):
    pages = {}
    for start, end, perms, flags in arena:
        for page in range(start, end):
            pages[page] = letters(kind, perms, flags)
    return "".join(pages.get(page, ".") for page in range(max(pages, default=0) + 1))


def expectations(output):
    arena = [(int(found[1]), int(found[2]), found[3], found[4].split())
             for found in re.finditer(r"^arena (\d+) (\d+) (\S+) (.*)$", output, re.M)]
    if max((end for _, end, _, _ in arena), default=0) > 128:
        raise NoWord("more pages than a strip has")
    locked = re.search(r"^VmLck:\s*(\d+) kB", output, re.M)
    yield f"expect {strip('lock', arena)}  expect-prot {strip('prot', arena)}"
    yield f"expect-advice {strip('advice', arena)}  expect-seal {strip('seal', arena)}"
    if locked:
        yield f"expect-vmlck {int(locked[1]) // 4}"


def scene_of(lines, output):
    """The lines of a scene; what cannot be said is a comment."""
    results = {found[1]: found[2] for found in re.finditer(r"^result (\d+) -?\d+ (\S+)$", output, re.M)}
    for line in lines:
        label, name, *args = line.replace(":", " ", 1).replace("/syscall", "").split()
        error = results.get(label, "-")
        try:
            said = statement(name, args)
            if error not in ("-", *ERRNOS):
                raise NoWord(error)
            yield said + (f" = {error}" if error != "-" else "")
        except NoWord as reason:
            yield f"# no word for {reason}: {line.split(None, 1)[1]}{f' = {error}' if error != '-' else ''}"
    try:
        yield from expectations(output)
    except NoWord as reason:
        yield f"# no word for {reason}"
