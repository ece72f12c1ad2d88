"""plan.py - the shared file by which a trial tells subject.c what to do, and learns what it did."""
import mmap
import struct
import time

PROCESSES, WORKERS, PAGE = 8, 62, 4096
NONE, KILL, EXIT, ABORT, SEGV, EXEC, RETURN = range(7)
WISHES = "threads", "calls", "hold", "children", "execs", "amid", "end", "victim", "end_after", "pause_every", "status"
COUNTS = "stop", "total", "workers"
WAIT = 40  # seconds, of anything that has to happen; the machine may be busy with other things


class Late(Exception):
    """Something that must happen did not, for very long."""


def wait_for(what, condition):
    end = time.monotonic() + WAIT
    while not (result := condition()):
        if time.monotonic() > end:
            raise Late(what)
        time.sleep(0.0005)
    return result


class Worker:
    def __init__(self, number, words):
        self.number = number
        self.pid, self.tid, self.process, self.returned, self.done = words[:5]


class Plan:
    """Made once for a program; wishes are set before it starts."""

    def __init__(self, path, **wishes):
        self.path = path
        with open(path, "wb+") as file:
            file.truncate(2 * PAGE)
            self.bytes = mmap.mmap(file.fileno(), 2 * PAGE)
        for name, value in wishes.items():
            struct.pack_into("<q", self.bytes, 8 * WISHES.index(name), value)
        self.wish = wishes

    def _word(self, index):
        return struct.unpack_from("<q", self.bytes, 8 * index)[0]

    def count(self, name):
        return self._word(len(WISHES) + COUNTS.index(name))

    def stop(self):
        struct.pack_into("<q", self.bytes, 8 * (len(WISHES) + COUNTS.index("stop")), 1)

    def pid(self, process=0):
        return self._word(len(WISHES) + len(COUNTS) + process)

    def made(self, process):
        return self._word(len(WISHES) + len(COUNTS) + PROCESSES + process)

    def workers(self):
        used = min(self.count("workers"), WORKERS)
        return [Worker(i, struct.unpack_from("<8q", self.bytes, PAGE + 64 * i)) for i in range(used)]

    def wait_for_calls(self, calls, process=None):
        """Until so many have returned, in all or of one process."""
        wait_for(f"call {calls}", lambda: (self.count("total") if process is None else self.made(process)) >= calls)

    def close(self):
        self.bytes.close()
