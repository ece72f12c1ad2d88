"""log.py - what a log says of subject.c's calls, held against what the program counted."""
import collections
import json
import re
import subprocess

CALL = re.compile(rb'"pid":(\d+),(?:"tid":(\d+),)?"call":"(\w+)",(?:"addr":"0x[0-9a-f]+",)?"len":(\d+),')
TAKEN = re.compile(r"#(\d+) .*\n +IMPOSSIBLE taken: .* and (0x[0-9a-f]+) was mapped")
NAMES = "madvise", "mmap", "mlock", "mprotect", "munlock", "munmap"
PAGE, LAP = 4096, 4095


class Wrong(Exception):
    """The log, or the tracer, is not as it must be."""


def check(holds, what):
    if not holds:
        raise Wrong(what)


def text_of(path):
    """A log's bytes; of a compressed one that ends early as much as there is."""
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq", path], capture_output=True, check=False).stdout
    with open(path, "rb") as file:
        return file.read()


class Log:
    """The subject's calls by (pid, tid, worker), each a list of (n % LAP, name), and those unfinished."""

    def __init__(self, path):
        self.path = path
        self.lines = text_of(path).splitlines(keepends=True)
        self.torn = bool(self.lines) and not self.lines[-1].endswith(b"\n")
        if self.torn:
            self.lines.pop()
        self.finished = collections.defaultdict(list)
        self.unfinished = collections.Counter()
        for line in self.lines:
            self._take(line)

    def _take(self, line):
        if not line.startswith(b'{"type":"call"') or b'"via":"site"' in line:
            return
        found = CALL.search(line)
        if not found or int(found[4]) % PAGE == 0:
            return
        length = int(found[4])
        key = int(found[1]), int(found[2] or found[1]), length // PAGE  # without tid: the first thread
        if b'"unfinished":true' in line:
            self.unfinished[key] += 1
        else:
            self.finished[key].append((length % PAGE - 1, found[3].decode()))

    def freed_meanwhile(self, seq, page):
        """Did an munmap of the page overlap this call in time? Then it is its place in the log that is in doubt."""
        calls = [json.loads(line) for line in self.lines if b'"call":"munmap"' in line or b'"seq":%d,' % seq in line]
        given = next(call for call in calls if call["seq"] == seq)
        return any(call["call"] == "munmap" and call["pid"] == given["pid"] and call["t"] < given["t"] + given["dur"]
                   and call["t"] + call.get("dur", 1 << 60) > given["t"]
                   and int(call["addr"], 16) <= page < int(call["addr"], 16) + call["len"] for call in calls)

    def calls(self):
        return sum(map(len, self.finished.values()))

    def trailer(self):
        last = json.loads(self.lines[-1]) if self.lines else {}
        return last if last.get("type") == "trailer" else None


def in_order(calls):
    return all(n == i % LAP and name == NAMES[i % 6] for i, (n, name) in enumerate(calls))


def judge_worker(log, worker, prefix):
    """Nothing lost, nothing invented, all in the order in which it was made. A prefix: of a log that ends early."""
    key = worker.pid, worker.tid, worker.number
    calls, begun = log.finished.get(key, []), log.unfinished[key]
    who = f"worker {worker.number} (thread {worker.tid} of {worker.pid})"
    more = 0 if worker.done else 1  # the count is written after the call
    check(in_order(calls), f"{who}: calls out of order or missing in between")
    check(len(calls) + begun <= worker.returned + more, f"{who}: {worker.returned} returned, {len(calls)} + {begun} logged")
    check(begun <= 1, f"{who}: {begun} unfinished calls")
    check(prefix or len(calls) >= worker.returned, f"{who}: {worker.returned} returned, {len(calls)} logged")


def judge_calls(log, plan, prefix=False):
    for worker in plan.workers():
        judge_worker(log, worker, prefix)
    known = {(w.pid, w.tid, w.number) for w in plan.workers()}
    for key in log.finished:
        check(key in known, f"calls of nobody: {key}")


def missing(log, plan):
    """Calls that returned and are not in the log, of all workers."""
    return sum(max(0, w.returned - len(log.finished.get((w.pid, w.tid, w.number), []))) for w in plan.workers())


def judge_lossy(log, plan):
    """Of a log that says how much it lost: no more than that is missing."""
    lost, trailer = missing(log, plan), log.trailer()
    check(trailer is not None, "no trailer")
    damaged = [line for line in log.lines if line.startswith(b'{"type":"loss"') and b"damaged" in line]
    check(not damaged, f"lost, though there was room: {damaged[:1]}")
    check(lost <= trailer["losses"], f"{lost} calls are missing, the log owns up to {trailer['losses']}")
    return lost


def run_reader(tool, verb, log, *more):
    """Status of a reader that must end by itself."""
    ended = subprocess.run([tool, verb, log, *more], capture_output=True, timeout=60, check=False)
    check(ended.returncode >= 0, f"{verb} died of signal {-ended.returncode}")
    return ended.returncode, (ended.stdout + ended.stderr).decode(errors="replace")


READERS = "events", "stats", "map", "locks", "audit", "replay"


def judge_whole(tool, path, log, replayed):
    """Well-formed, complete, and (replayed) no result in it is impossible and the state is rebuilt from it."""
    status, said = run_reader(tool, "validate", path)
    check(status == 0, f"validate: {status}: {said[-600:]}")
    status, said = run_reader(tool, "replay", path)
    check("all, equal to the recording's" in said, f"replay: another state: {said[-600:]}")
    found = said.count("IMPOSSIBLE") - sum(log.freed_meanwhile(int(seq), int(page, 16)) for seq, page in TAKEN.findall(said))
    check(not replayed or not found, f"replay: {status}: {said[-900:]}")


def judge_torn(tool, path, log):
    """Readable to where it ends; it does not pass for complete."""
    status, said = run_reader(tool, "validate", path)
    if not log.lines:  # before the first flush
        check(status in (2, 3), f"validate of an empty log: {status}")
        return
    check(status == 3, f"validate of a log that ends early: {status}: {said[-600:]}")
    for verb in READERS:
        status, said = run_reader(tool, verb, path)
        # the munmap that freed what an mmap was given may stand behind the tear
        taken = verb == "replay" and set(re.findall(r"IMPOSSIBLE (\w+)", said)) == {"taken"}
        check(status in (0, 3) or status == 1 and taken, f"{verb} of a log that ends early: {status}: {said[-600:]}")
    status, said = run_reader(tool, "events", path, "--json")
    told = sum(1 for line in said.splitlines() if '"type":"call"' in line)
    held = sum(1 for line in log.lines if line.startswith(b'{"type":"call"'))
    # a last line may lack no more than its newline; zstd writes nothing of what it has decoded since its last full buffer
    most = told if path.endswith(".zst") else held + log.torn
    check(held <= told <= most, f"the log holds {held} calls, events tells {told}")
