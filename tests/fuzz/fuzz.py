#!/usr/bin/python3
"""fuzz.py [OPTION...] SEED RUNS
fuzz.py [OPTION...] --plans DIR - random calls under the tracer, compared with the kernel after each of them.

Records tests/fuzz/player.c, which plays a plan of random calls for each seed from SEED on, with record --verify=1: model and kernel
must agree on every page of every process after every call.  A plan that differs is made as short as it can be, and printed: as it is
played (plan.h), and as a scene (tests/scene/README.md) as far as the scene language has words for it.

  --plans DIR     play the plans DIR/FACT.plan: what once differed
  --scenes FILE   write the plans as scenes, without what scenes cannot say
  --build DIR     where pagetrail and fuzz/player are
  --threads       plans in threads of one process, compared every few calls and when all are quiet
  --unprivileged  as the user nobody, with 12 pages to lock
  --every N       compare after every N calls  [1; in threads 7]
  --seconds N     stop after so long, at the end of a batch
  --keep DIR      where logs and plans of what differs go

Exit status: 0, 1 if anything differed or ended badly.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from to_scene import scene_of

BATCH = 100
SHOWN = 3  # failing plans made short and shown
MOSTLY = 30  # of the 48 lines of a plan a scene has words for so many, on average
MAP_FIXED_BIT = 4  # stays: a scene says where its mappings are


class Tool:
    """pagetrail and the program it records, and where their files go."""

    def __init__(self, options, place):
        self.place = place
        self.pagetrail = os.path.join(place, "pagetrail")
        self.player = os.path.join(place, "player")
        self.log = os.path.join(place, "work", "log.jsonl")
        self.plan = os.path.join(place, "work", "plan")
        self.every = options.every or (7 if options.threads else 1)
        self.prefix = []
        os.mkdir(os.path.join(place, "work"))
        os.chmod(place, 0o755)
        for name in "pagetrail", "libpagetrail.so", "fuzz/player":
            shutil.copy(os.path.join(options.build, name), place)
        if options.unprivileged:
            os.chown(os.path.join(place, "work"), 65534, 65534)
            self.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "prlimit", "--memlock=49152"]

    def record(self, *arguments):
        """Status, standard output and standard error of a recording of the player."""
        command = [self.pagetrail, "record", f"--verify={self.every}", "-f", "-o", self.log, self.player, *arguments]
        ended = subprocess.run(self.prefix + command, capture_output=True, text=True, timeout=900, check=False,
                               cwd=os.path.join(self.place, "work"))
        return ended.returncode, ended.stdout, ended.stderr

    def play(self, lines, bare=False):
        """The same of a plan; with bare, of the player without the tracer."""
        with open(self.plan, "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")
        if not bare:
            return self.record("--play", self.plan)
        ended = subprocess.run(self.prefix + [self.player, "--play", self.plan], capture_output=True, text=True, timeout=60,
                               check=False)
        return ended.returncode, ended.stdout, ended.stderr

    def list(self, seed):
        return subprocess.run([self.player, "--list", str(seed)], capture_output=True, text=True, check=True).stdout.splitlines()


class Totals:
    def __init__(self):
        self.plans = self.pages = self.checks = self.differ = self.unread = 0
        self.failed = []

    def add(self, errors):
        found = re.search(r"verified (\d+) pages at (\d+) checkpoints?, (\d+) differ", errors)
        if not found:
            return False
        self.pages += int(found[1])
        self.checks += int(found[2])
        self.differ += int(found[3])
        return True


def records(path):
    """The log's records; a torn last line is not one."""
    with open(path, encoding="utf-8") as log:
        for line in log:
            if line.startswith('{"type":"check"') or line.startswith('{"type":"mark"') or line.startswith('{"type":"process"'):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    return


def seeds_that_differ(path):
    """Seeds of whose processes a checkpoint differed."""
    seed_of, found = {}, []
    for record in records(path):
        pid = record["pid"]
        if record["type"] == "process" and record["event"] in ("fork", "start"):
            seed_of[pid] = seed_of.get(record.get("ppid"))
        elif record["type"] == "mark" and record["label"].startswith("seed "):
            seed_of[pid] = int(record["label"].split()[1])
        elif record["type"] == "check" and record["differ"] and seed_of.get(pid) not in found:
            found.append(seed_of.get(pid))
    return found


def seeds_that_ended_badly(output):
    return [int(seed) for seed in re.findall(r"^seed (\d+):", output, re.M)]


# ---- making short ----


def fails(tool, lines):
    status, _, _ = tool.play(lines)
    return status != 0


def without_lines(tool, lines):
    """Leave out runs of lines, long ones first, for as long as it still fails."""
    size = max(len(lines) // 2, 1)
    while True:
        at, before = 0, len(lines)
        while at < len(lines):
            fewer = lines[:at] + lines[at + size:]
            if fewer and fails(tool, fewer):
                lines = fewer
            else:
                at += size
        if size == 1 and len(lines) == before:
            return lines
        size = max(size // 2, 1)


def simpler_words(word):
    """Words that say less, the simplest first."""
    if re.fullmatch(r"(.*\d+p)\+\d+", word):
        yield re.sub(r"\+\d+$", "", word)
    if re.fullmatch(r"\d+p", word) and word != "1p":
        yield "1p"
        yield f"{int(word[:-1]) // 2}p"
    if re.fullmatch(r"0x[0-9a-f]{1,8}", word):
        value = int(word, 16)
        for bit in range(32):
            if value >> bit & 1 and bit != MAP_FIXED_BIT:
                yield hex(value & ~(1 << bit))
    if word.endswith("/syscall"):
        yield word.removesuffix("/syscall")


def with_simpler_words(tool, lines):
    lines = list(lines)
    for i, line in enumerate(lines):
        words = line.split()
        for k in range(1, len(words)):
            changed = True
            while changed:
                changed = False
                for simpler in simpler_words(words[k]):
                    other = words[:k] + [simpler] + words[k + 1:]
                    if fails(tool, lines[:i] + [" ".join(other)] + lines[i + 1:]):
                        words, changed = other, True
                        lines[i] = " ".join(words)
                        break
    return lines


def shortened(tool, lines):
    return with_simpler_words(tool, without_lines(tool, lines))


def show_failure(tool, seed, keep):
    lines = tool.list(seed)
    if not fails(tool, lines):
        print(f"seed {seed}: did not differ when played again by itself")
        return
    lines = shortened(tool, lines)
    _, output, errors = tool.play(lines)
    print(f"seed {seed}, as short as it gets:")
    print("\n".join("    " + line for line in lines))
    print("\n".join("    " + line for line in errors.splitlines() if ":   process" in line))
    print("\n".join("    " + line for line in output.splitlines() if line.startswith("seed")))
    print("as a scene:")
    _, output, _ = tool.play(lines, bare=True)
    print("\n".join("    " + line for line in scene_of(lines, output, bool(tool.prefix))[0]))
    if keep:
        shutil.copy(tool.log, os.path.join(keep, f"seed-{seed}.jsonl"))
        shutil.copy(tool.plan, os.path.join(keep, f"seed-{seed}.plan"))


# ---- running ----


def run_batch(tool, options, totals, seed, count):
    arguments = ["--threads"] if options.threads else []
    status, output, errors = tool.record(*arguments, str(seed), str(count))
    totals.plans += count
    bad = seeds_that_ended_badly(output)
    if not totals.add(errors) or (status and not bad and status != 125):
        sys.exit(f"seeds from {seed}: status {status}, {output}{errors}")
    differing = seeds_that_differ(tool.log)
    for failed in sorted(set(bad + differing), key=lambda found: found or 0):
        if options.keep and len(totals.failed) < SHOWN:
            shutil.copy(tool.log, os.path.join(options.keep, f"batch-{seed}.jsonl"))
        totals.failed.append(failed)
    print("\n".join(line for line in output.splitlines() if line.startswith("seed")), end="\n" if bad else "")


def run(tool, options, totals):
    deadline = time.monotonic() + options.seconds if options.seconds else None
    seed, left = options.seed, options.runs
    while left > 0 and not (deadline and time.monotonic() > deadline) and len(totals.failed) < 20:
        count = min(left, BATCH)
        run_batch(tool, options, totals, seed, count)
        seed, left = seed + count, left - count


def report(tool, options, totals):
    for seed in totals.failed[:SHOWN]:
        if options.threads or seed is None:
            print(f"seed {seed} differs; what threads do is not the same twice")
        else:
            show_failure(tool, seed, options.keep)
    print(f"{totals.pages} pages at {totals.checks} checkpoints, {totals.differ} differ; seeds from {options.seed}")
    name = "fuzz-threads" if options.threads else "fuzz-unprivileged" if options.unprivileged else "fuzz"
    print(f"{name}: {totals.plans - len(totals.failed)} passed, {len(totals.failed)} failed")


def sayable(tool, lines):
    """The plan without the lines a scene has no words for, and the scene; what is left out may be why others cannot be said."""
    unsaid = lines
    while unsaid:
        _, output, _ = tool.play(lines, bare=True)
        scene, unsaid = scene_of(lines, output, bool(tool.prefix))
        lines = [line for line in lines if line not in unsaid]
    return lines, scene


def write_scenes(tool, options):
    """Plans as scenes, for tests/scene; True if most of them could not be said."""
    said = 0
    with open(options.scenes, "w", encoding="ascii") as out:
        for seed in range(options.seed, options.seed + options.runs):
            lines, scene = sayable(tool, tool.list(seed))
            said += len(lines)
            out.write("\n".join([f"# The plan of seed {seed}, as far as a scene can say it.", *scene, "", ""]))
    print(f"{options.runs} scenes of {said} lines")
    return said < MOSTLY * options.runs


def play_plans(tool, options):
    """Those that were found before; True if any differs."""
    paths = sorted(pathlib.Path(options.plans).glob("*.plan"))
    bad = 0
    for path in paths:
        lines = [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
        status, output, errors = tool.play(lines)
        if status:
            bad += 1
            print(f"not ok {path.stem}\n{output}{errors}")
    print(f"plans: {len(paths) - bad} passed, {bad} failed")
    return bad > 0 or not paths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--threads", action="store_true")
    parser.add_argument("--unprivileged", action="store_true")
    parser.add_argument("--every", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--keep")
    parser.add_argument("--plans")
    parser.add_argument("--scenes")
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("runs", type=int, nargs="?", default=0)
    options = parser.parse_args()
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    totals = Totals()
    with tempfile.TemporaryDirectory() as place:
        tool = Tool(options, place)
        if options.scenes:
            return write_scenes(tool, options)
        if options.plans:
            return play_plans(tool, options)
        run(tool, options, totals)
        report(tool, options, totals)
    return bool(totals.failed)


if __name__ == "__main__":
    sys.exit(main())
