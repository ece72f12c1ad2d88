"""smaps.py SMAPS MAP - do the kernel's smaps and our map (pagetrail map --json) say the same of every page?

Left out: [vvar], [vdso] and [vsyscall], which are the kernel's own, and the tracer's own pages.
Prints the first differences and how many pages were compared.
"""
import json
import re
import sys

PAGE = 4096
HEADER = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ \d+ *(.*)$")
ADVICE = {"dc": "dontfork", "wf": "wipeonfork", "dd": "dontdump", "hg": "hugepage", "nh": "nohugepage", "mg": "mergeable",
          "sr": "sequential", "rr": "random"}
KERNEL_OWN = ("[vvar", "[vdso]", "[vsyscall]")
NOT_COMPARED = ("tracer", "vdso", "vvar", "vsyscall")


def kernel_ranges(path):
    """Yields (start, end, what, name) with what = (perms, lock, advice)."""
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            header = HEADER.match(line)
            if header:
                start, end, perms, _, name = header.groups()
            elif line.startswith("VmFlags:"):
                flags = set(line.split()[1:])
                advice = sorted(ADVICE[flag] for flag in flags if flag in ADVICE)
                lock = "none" if "lo" not in flags else "onfault" if "lf" in flags else "locked"
                yield int(start, 16), int(end, 16), (perms, lock, tuple(advice)), name.strip()


def model_ranges(path):
    with open(path, encoding="utf-8") as text:
        for r in json.load(text)["ranges"]:
            what = (r["perms"], r["lock"], tuple(sorted(r["advice"])))
            yield int(r["start"], 16), int(r["end"], 16), what, r["kind"]


def pages(ranges):
    seen = {}
    for start, end, what, name in ranges:
        if name.startswith(KERNEL_OWN):
            continue
        for address in range(start, end, PAGE):
            seen[address] = (what, name)
    return seen


def main(smaps_path, map_path):
    kernel = pages(kernel_ranges(smaps_path))
    model = pages(model_ranges(map_path))
    wrong = 0
    for address in sorted(kernel.keys() | model.keys()):
        ours, truth = model.get(address), kernel.get(address)
        if ours and truth and ours[0] == truth[0]:
            continue
        if ours and ours[1] in NOT_COMPARED:
            continue
        wrong += 1
        if wrong <= 5:
            print(f"  {address:x}: kernel {truth}, map {ours}")
    print(f"{len(kernel)} pages, {wrong} differ")
    return wrong > 0 or not kernel


sys.exit(main(*sys.argv[1:]))
