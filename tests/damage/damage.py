#!/usr/bin/python3
"""damage.py [PATTERN] - readers and what is wrong with a log. Each test is a function named for its fact; see README.md."""
import inspect
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden")
PAGETRAIL = os.path.join(os.path.abspath(os.environ["BUILD"]), "pagetrail")
SECONDS = 60  # none of these takes one; the watchdog of each run
VERBS = [["validate"], ["events"], ["stats"], ["map"], ["locks"], ["audit"], ["explain", "0x7f1000000000"], ["check"], ["replay"],
         ["diff", os.path.join(GOLDEN, "audit_lock_refused_fires", "log.jsonl")], ["symbolize", "-f", "-o", "/dev/null"],
         ["anonymize", "-f", "-o", "/dev/null"]]
LOGS = ["a_forked_child_has_no_locks", "audit_lock_refused_fires", "memory_shared_by_processes_stays_locked",
        "mincore_tells_which_pages_are_resident"]

HEADER = b'{"type":"header","version":1,"page_size":4096,"start_ns":1}\n'
START = b'{"type":"process","seq":1,"event":"start","pid":7,"ppid":1,"t":1,"exe":"/x","cap_ipc_lock":true}\n'
CALL = b'{"type":"call","seq":%d,"pid":7,"tid":7,"call":"madvise","addr":"0x7f1000000000","len":4096,"advice":0,' \
       b'"stack":%d,"via":"plt","t":%d,"dur":5,"ret":0}\n'
TRAILER = b'{"type":"trailer","calls":%d,"losses":0,"processes":1,"stacks":0,"modules":0,"complete":true}\n'

where = path = None  # a worker's own: begin()


def verbs():
    """Those this program has."""
    known = subprocess.run([PAGETRAIL, "help"], stdout=subprocess.PIPE).stdout.decode()
    return [verb for verb in VERBS if re.search(r"^  %s " % verb[0], known, re.M)]


def read(verb, log=None, most=None):
    """Runs a verb. Return: status, what it printed, its peak in KiB."""
    def bound():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if most:
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with tempfile.TemporaryFile(dir=where) as out, tempfile.TemporaryFile(dir=where) as err:
        child = subprocess.Popen(["timeout", "-s", "KILL", str(SECONDS), PAGETRAIL, verb[0], log or path] + verb[1:],
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=err, preexec_fn=bound)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return child.returncode, out.read(100000), err.read(), used.ru_maxrss


def write(*pieces):
    with open(path, "wb") as file:
        for piece in pieces:
            file.write(piece)


def zstd(data, *options):
    return subprocess.run(["zstd", "-qc"] + list(options), input=data, stdout=subprocess.PIPE, check=True).stdout


def golden(name):
    with open(os.path.join(GOLDEN, name, "log.jsonl"), "rb") as file:
        return file.read()


def ends_well(verb, what):
    status, out, err, _ = read(verb)
    assert status in (0, 1, 2, 3), "%s ends with %d on %s: %r" % (verb[0], status, what, err[-300:])
    assert status != 2 or err.startswith(b"pagetrail: "), "%s says nothing of %s" % (verb[0], what)
    return status, out, err


def expect(verb, status, *words):
    """The status, and each of the words in what it says."""
    got, out, err, _ = read(verb)
    said = (out + err).decode(errors="replace")
    assert got == status, "%s: status %d, expected %d: %s" % (verb[0], got, status, said[-300:])
    for word in words:
        assert word in said, "%s does not say %r but %r" % (verb[0], word, said[-300:])


# ---- logs that were sound ----

def cut_anywhere_a_log_is_used_up_to_the_cut():
    for name in LOGS:
        whole = golden(name)
        first = whole.index(b"\n") + 1
        for cut in sorted(random.sample(range(first, len(whole) - 1), 12)):
            write(whole[:cut])
            for verb in verbs():
                status, out, err = ends_well(verb, "%s cut at %d" % (name, cut))
                if status == 2:  # a question that what is left cannot answer
                    assert b"no " in err or b"not " in err or b"none" in err, err
                elif verb[0] == "validate":
                    assert status in (1, 3), "a cut log is no complete one"
                else:
                    assert b"what stands before is used" in err or b"complete" in out + err, (verb, cut, out, err)


def cut_anywhere_a_packed_log_is_used_up_to_the_cut():
    for name in LOGS[:2]:
        whole = zstd(golden(name))
        for cut in sorted(random.sample(range(len(whole)), 12)):
            write(whole[:cut])
            for verb in verbs():
                ends_well(verb, "packed %s cut at %d" % (name, cut))


def changed_anywhere_a_log_harms_no_reader():
    words = [b"{", b"}", b"[", b"\"", b"\\", b"\0", b"\n", b"-", b"18446744073709551615", b"1e400", b"\xff", b"null"]
    for name in LOGS:
        whole = golden(name)
        for turn in range(25):
            log = bytearray(whole)
            for _ in range(random.randint(1, 6)):
                at = random.randrange(len(log))
                log[at:at + random.randint(0, 8)] = random.choice(words) if turn % 2 else bytes([random.randrange(256)])
            write(log)
            ends_well(random.choice(verbs()), "%s, change %d" % (name, turn))
            ends_well(["validate"], "%s, change %d" % (name, turn))


def lines_in_any_order_harm_no_reader():
    for name in LOGS:
        lines = golden(name).splitlines(True)
        for turn in range(8):
            rest = lines[1:] * (1 + turn % 2)
            random.shuffle(rest)
            write(lines[0], *rest[:len(rest) - turn])
            for verb in verbs():
                ends_well(verb, "%s, order %d" % (name, turn))


def changed_anywhere_a_packed_log_harms_no_reader():
    whole = zstd(golden(LOGS[0]))
    for turn in range(40):
        log = bytearray(whole)
        log[random.randrange(len(log))] ^= 1 << random.randrange(8)
        write(log)
        ends_well(random.choice(verbs()), "packed, change %d" % turn)


# ---- what is no log ----

def what_is_no_log_is_refused_with_what_it_is():
    for data, words in [
            (b"", "it is empty"),
            (b"\n\n", "it has no line"),
            (b"\x1f\x8b\x08\0\0\0", "it is compressed with gzip; only zstd is read"),
            (b"\x7fELF", "its first line is not a JSON object"),
            (b"[]\n", "its first line is not a JSON object"),
            (b"\0" * 5000, "its first line is not a JSON object"),
            (START, "its first line is a process record, expected a header"),
            (b'{"type":"header","version":2}\n', "a log of version 2, this program reads version 1"),
            (b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", "zstd with a window of more than 128 MiB"),
            (zstd(b""), "it is empty"),
    ]:
        write(data)
        for verb in verbs():
            expect(verb, 2, path, words)


def what_is_no_file_is_refused_with_what_it_is():
    for name, words in [(where, "Is a directory"), ("/dev/null", "it is empty"), (where + "/none", "No such file"),
                        ("/dev/zero", "its first line is not a JSON object")]:
        for verb in verbs():
            status, _, err, _ = read(verb, name)
            assert status == 2 and words.encode() in err, (verb, name, status, err)


# ---- lines that are no records ----

def a_line_that_is_no_record_is_refused_with_its_place():
    for line, words in [
            (b'{"type":"call","seq":2,"pid":99999999999,"tid":7,"call":"munlockall","t":1,"ret":0}',
             'call: "pid" is 99999999999, expected a signed 32-bit number'),
            (b'{"type":"call","seq":-2,"pid":7,"tid":7,"call":"munlockall","t":1,"ret":0}',
             'call: "seq" is -2, expected a number from 0'),
            (b'{"type":"call","seq":36893488147419103232,"pid":7,"tid":7,"call":"munlockall","t":1,"ret":0}', "not JSON"),
            (b'{"type":"call","seq":2,"pid":7,"tid":7,"call":"munmap","addr":"7f","len":1,"t":1,"ret":0}',
             'call: "addr" is "7f", expected an address like "0x7f10"'),
            (b'{"type":"note","what":' + b"[" * 100000 + b"]" * 100000 + b"}", "not JSON"),
            (b'{"type":"note","what":' + b'{"a":' * 100000, "not JSON"),
            (b'{"type":"note","what":"a\0b"}', "not JSON"),
            (b"\0" * 4096, "not JSON"),
            (b'{"type":"note","what":"\xff"}', "not JSON"),
            (b"x" * ((16 << 20) + 1), "a line of 16777217 bytes, expected at most 16 MiB"),
    ]:
        write(HEADER, START, line, b"\n", TRAILER % 0)
        for verb in verbs():
            expect(verb, 1 if verb[0] == "validate" else 2, path + ":3: ", words)


def a_gigabyte_without_a_newline_costs_no_memory():
    write(zstd(HEADER + START), zstd(b"a" * (1 << 30)), zstd(b"\n" + TRAILER % 0))
    for verb in (["validate"], ["map"]):
        status, out, err, _ = read(verb, most=256 << 20)
        assert status == (1 if verb[0] == "validate" else 2), (status, err)
        assert b":3: a line of 1073741824 bytes" in out + err, (out, err)


def references_to_nothing_are_told_by_validate_and_harm_no_reader():
    write(HEADER, CALL % (5, 99, 5),
          b'{"type":"process","seq":6,"event":"fork","pid":8,"ppid":99,"t":6}\n',
          b'{"type":"stack","id":3,"frames":[[77,"0x10"]]}\n',
          b'{"type":"note","what":"race","pid":7,"seqs":[900,901],"start":"0x1000","end":"0x2000"}\n', TRAILER % 1)
    for verb in verbs():
        status, _, _ = ends_well(verb, "references to nothing")
        assert verb[0] != "validate" or status == 1
    expect(["validate"], 1, "stack 99 is used but no line before defines it", "process 7 is not known",
           "stack 3 names module 77, which no line before defines")


# ---- very long logs ----

def write_many(count, each):
    """A packed log of so many records, written piece by piece: a child's peak begins with what this process has."""
    with open(path, "wb") as file:
        packer = subprocess.Popen(["zstd", "-qc", "-1"], stdin=subprocess.PIPE, stdout=file)
        packer.stdin.write(HEADER + START)
        for first in range(2, count + 2, 1000):
            packer.stdin.write(b"".join(each(seq) for seq in range(first, min(first + 1000, count + 2))))
        packer.stdin.write(TRAILER % count)
        packer.stdin.close()
        assert packer.wait() == 0


def grows(each, *only):
    peaks = {}
    for count in (20000, 400000):
        write_many(count, each)
        for verb in verbs():
            if verb[0] in ("explain", "events"):
                continue  # print a line for every call
            if only and verb[0] not in only:
                continue
            status, _, err, peak = read(verb)
            assert status in (0, 1, 3), (verb, status, err)
            before = peaks.setdefault(verb[0], peak)
            assert peak < before + 1024, "%s takes %d KiB for %d records, %d for 20000" % (verb[0], peak, count, before)


def memory_does_not_grow_with_calls():
    grows(lambda seq: CALL % (seq, 0, seq))


def memory_does_not_grow_with_locks_that_end():
    grows(lambda seq: b'{"type":"call","seq":%d,"pid":7,"tid":7,"call":"%s","addr":"0x7f1000000000","len":4096,"via":"plt",'
          b'"t":%d,"dur":5,"ret":0}\n' % (seq, b"munlock" if seq % 2 else b"mlock", seq))


def memory_does_not_grow_with_programs_that_end():
    grows(lambda seq: b'{"type":"process","seq":%d,"event":"exec","pid":7,"ppid":1,"t":%d,"exe":"/x"}\n' % (seq, seq))


def memory_does_not_grow_with_processes_that_end():
    """Each is forked, maps and locks a page and exits; pids are used again. The map could be asked for any of them."""
    def each(seq):
        turn, pid = seq % 4, 1000 + seq // 4 % 4000
        if turn in (0, 3):
            event = b"exit" if turn else b"fork"
            return b'{"type":"process","seq":%d,"event":"%s","pid":%d,"ppid":7,"t":%d}\n' % (seq, event, pid, seq)
        if turn == 1:
            return b'{"type":"call","seq":%d,"pid":%d,"call":"mmap","addr":"0x0","len":4096,"prot":3,"flags":34,"fd":-1,' \
                b'"off":0,"t":%d,"dur":5,"ret":"0x7f1000000000"}\n' % (seq, pid, seq)
        return b'{"type":"call","seq":%d,"pid":%d,"call":"mlock","addr":"0x7f1000000000","len":4096,"t":%d,"dur":5,' \
            b'"ret":0}\n' % (seq, pid, seq)

    grows(each, "check", "audit", "validate")


def memory_does_not_grow_with_marks():
    grows(lambda seq: b'{"type":"mark","seq":%d,"pid":7,"tid":7,"t":%d,"label":"m%d"}\n' % (seq, seq, seq % 100))


def ten_million_records_are_read_in_a_few_megabytes():
    write_many(10000000, lambda seq: b'{"type":"loss","count":1}\n')
    status, out, err, peak = read(["validate"])
    assert status == 1 and b"10,000,000 records lost" in out.replace(b"10000000", b"10,000,000"), (status, out, err)
    assert peak < 32 << 10, peak


def tests():
    for name, fact in list(globals().items()):
        if callable(fact) and fact.__module__ == __name__ and name not in ("tests", "main", "verbs") and \
                not inspect.signature(fact).parameters:
            yield name, fact


def begin(top):
    global where, path
    where = tempfile.mkdtemp(dir=top)
    path = os.path.join(where, "log.jsonl")


def hold(name):
    """Return: the fact's name, and what contradicts it."""
    random.seed(name)
    try:
        globals()[name]()
    except AssertionError as problem:
        return name, problem
    return name, None


def main():
    top = tempfile.mkdtemp(prefix="damage.")
    names = [name for name, _ in tests() if len(sys.argv) < 2 or re.search(sys.argv[1], name)]
    passed = failed = 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=begin, initargs=(top,)) as workers:
        for name, problem in workers.map(hold, reversed(names)):  # the longest stand last
            print(*(("FAILED", name, problem) if problem else ("ok", name)), flush=True)
            failed += problem is not None
            passed += problem is None
    shutil.rmtree(top)
    print("damage: %d passed, %d failed" % (passed, failed))
    return failed > 0 or not passed


sys.exit(main())
