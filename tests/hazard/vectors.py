"""vectors.py OBJECT COUNT NUMBER... - does an instruction before one of the sites touch a vector register in the site's function?

A site is a move of one of the NUMBERs into eax and a syscall, seven bytes. What the tracer does there may change vector
registers, which a system call leaves alone. It keeps them where the function has a frame, and not where it has none: such a
function must keep nothing in them. COUNT: how many sites the tracer found.
"""
import bisect
import itertools
import re
import subprocess
import sys


def functions(path):
    text = subprocess.run(["readelf", "--debug-dump=frames", path], capture_output=True, text=True).stdout
    return sorted((int(a, 16), int(b, 16)) for a, b in re.findall(r" pc=([0-9a-f]+)\.\.([0-9a-f]+)", text))


def instructions(path):
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    return [(int(m[1], 16), m[2]) for m in re.finditer(r"^ *([0-9a-f]+):\t(.*)$", text, re.M)]


def main(path, count, numbers):
    bounds, code, sites = functions(path), instructions(path), 0
    starts = [start for start, _ in bounds]
    for i in range(1, len(code)):
        at, text = code[i]
        number = re.match(r"mov +\$0x([0-9a-f]+),%eax", code[i - 1][1])
        if text.strip() != "syscall" or not number or int(number[1], 16) not in numbers or at - code[i - 1][0] != 5:
            continue
        start, end = bounds[bisect.bisect(starts, at) - 1]
        # clone() ends its tables just before its system call
        start = start if at < end else end
        sites += 1
        before = list(itertools.takewhile(lambda line: line[0] >= start, reversed(code[:i])))
        used = [f"{at:x} {text}" for at, text in before if re.search(r"%[xyz]mm", text)]
        if used and not any(re.search(r"^push|^sub +.*,%rsp", text) for _, text in before):
            sys.exit(f"{path}: {used[0]}: before the system call at {at:x}, in the same function without a frame")
    assert sites >= count > 0, f"{path}: {sites} sites, and the tracer found {count}"


main(sys.argv[1], int(sys.argv[2]), {int(n) for n in sys.argv[3:]})
