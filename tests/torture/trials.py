"""trials.py - the kinds of trials: each a function of a Trial, which raises Wrong when something is not as it must be."""
import os
import signal
import subprocess
import time

from log import Log, check, judge_calls, judge_lossy, judge_torn, judge_whole
from plan import ABORT, EXEC, EXIT, KILL, NONE, RETURN, SEGV, Plan, wait_for

FEW = 400  # calls of a worker: with all others' fewer than the ring has slots, so that no stall can drop any
MANY = 4000
ENDED = {KILL: -signal.SIGKILL, ABORT: -signal.SIGABRT, SEGV: -signal.SIGSEGV}


class Trial:
    """One trial's place, its choices, and the processes that it started."""

    def __init__(self, build, place, rng):
        self.tool = os.path.join(build, "pagetrail")
        self.shim = os.path.join(build, "libpagetrail.so")
        self.subject = os.path.join(build, "torture", "subject")
        self.place, self.rng = place, rng
        self.running, self.plans = [], []
        self.calls = self.lost = 0

    def path(self, name):
        return os.path.join(self.place, name)

    def plan(self, name="plan", **wishes):
        rng = self.rng
        chosen = {"threads": rng.randint(1, 4), "status": rng.randint(0, 90), "end": NONE, **wishes}
        chosen.setdefault("children", rng.choice([0, 0, 1, 2, 3]))
        chosen.setdefault("execs", rng.getrandbits(4))
        chosen["amid"] = int(rng.random() < 0.3)
        self.plans.append(Plan(self.path(name), **chosen))
        return self.plans[-1]

    def start(self, command, name, **more):
        with open(self.path(name + ".out"), "wb") as out, open(self.path(name + ".err"), "wb") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=self.place,
                                       start_new_session=True, **more)
        self.running.append(process)
        return process

    def record(self, plan, log, *options):
        return self.start([self.tool, "record", "-q", "--linger=all", "-o", log, *options, "--", self.subject, plan.path],
                          "program")

    def said(self, name="program"):
        with open(self.path(name + ".out"), encoding="ascii") as out:
            return out.read()

    def complaints(self, name):
        with open(self.path(name + ".err"), encoding="utf-8", errors="replace") as err:
            return err.read()

    def log_name(self):
        return self.path(self.rng.choice(["log.jsonl", "log.jsonl", "log.jsonl.zst"]))

    def a_moment(self):
        """Of a kill from outside."""
        time.sleep(self.rng.random() * self.rng.choice([0, 0.001, 0.02]))

    def end(self):
        for plan in self.plans:
            plan.stop()
            self.calls += sum(w.returned for w in plan.workers())
        for process in self.running:
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for plan in self.plans:
            plan.close()


# ---- what must hold ----

def status_of(process):
    return process.wait(timeout=90)


def orphan_status(pid):
    """Of a program whose parent is gone: we are its parent now."""

    def ended():
        found, status = os.waitpid(pid, os.WNOHANG)
        return (status,) if found else None

    return os.waitstatus_to_exitcode(wait_for("the program's end", ended)[0])


def judge(trial, plan, path):
    """A log that ends as it should, of a program that ended whichever way."""
    log = Log(path)
    trailer = log.trailer()
    check(trailer is not None, f"no trailer: {log.lines[-1:]}")
    if trailer["losses"] == 0:
        judge_calls(log, plan)
        # what a child has of pages that other threads changed during the fork is in the log as far as results prove it
        judge_whole(trial.tool, path, log, replayed=not (plan.wish["amid"] and plan.wish["children"]))
    else:
        check(plan.wish["calls"] > FEW, f"{trailer['losses']} losses where the ring had room")
        trial.lost += judge_lossy(log, plan)
    return log


# ---- the program is killed ----

def program_by_itself(trial):
    """SIGKILL by one of its own threads, at one of its calls: while few are made, and in a storm of them."""
    calls = trial.rng.choice([FEW // 4, FEW // 4, FEW, 3000])
    threads = trial.rng.randint(1, 4)
    children = trial.rng.choice([0, 1, 2])
    plan = trial.plan(threads=threads, calls=calls, children=children, end=KILL, victim=0,
                      end_after=trial.rng.randint(1, threads * calls))
    path = trial.log_name()
    check(status_of(trial.record(plan, path)) == -signal.SIGKILL, "the recorder did not die as the program did")
    check(trial.said() == "begun\n", f"output: {trial.said()}")
    judge(trial, plan, path)


def program_from_outside(trial):
    plan = trial.plan(calls=MANY, hold=1, pause_every=trial.rng.choice([4, 16, 64]))
    path = trial.log_name()
    recorder = trial.record(plan, path)
    plan.wait_for_calls(trial.rng.randint(1, 1500))
    trial.a_moment()
    os.kill(plan.pid(), signal.SIGKILL)
    plan.stop()
    check(status_of(recorder) == -signal.SIGKILL, "the recorder did not die as the program did")
    judge(trial, plan, path)


def one_of_a_tree(trial):
    """As the kernel does when memory runs out: one dies, the others' calls are all there."""
    # in a storm too: what is done to the dead one's slots must not be done to others'
    plan = trial.plan(calls=MANY, hold=1, pause_every=trial.rng.choice([0, 0, 4, 64]), children=trial.rng.randint(1, 3))
    victim = trial.rng.randint(1, plan.wish["children"])
    path = trial.log_name()
    recorder = trial.record(plan, path)
    plan.wait_for_calls(trial.rng.randint(1, 600), victim)
    trial.a_moment()
    os.kill(plan.pid(victim), signal.SIGKILL)
    plan.stop()
    check(status_of(recorder) == plan.wish["status"], "status")
    check(trial.said() == "begun\nended\n", f"output: {trial.said()}")
    for worker in plan.workers():
        born = worker.pid != 0  # the victim may have died before it had all of its threads
        check(worker.done or worker.process == victim or not born, f"worker {worker.number} of {worker.process} was harmed")
    judge(trial, plan, path)


def it_ends(trial):
    """By exit, _exit, abort, a fault or exec, in any of its threads while the others make calls."""
    threads, calls = trial.rng.randint(1, 4), trial.rng.choice([60, FEW])
    end = trial.rng.choice([EXIT, RETURN, ABORT, SEGV, EXEC])
    plan = trial.plan(threads=threads, calls=calls, children=trial.rng.choice([0, 1]), end=end, victim=0,
                      end_after=trial.rng.randint(1, threads * calls))
    path = trial.log_name()
    status = status_of(trial.record(plan, path))
    check(status == ENDED.get(end, plan.wish["status"]), f"status {status} of end {end}")
    check(trial.said() == ("begun\nlast\nended\n" if end == EXEC else "begun\n"), f"output: {trial.said()}")
    judge(trial, plan, path)


# ---- the collector is ----

def wait_for_some(trial, recorder, path, plan):
    """Now and then until the log holds calls, and so many there must be when it is torn."""
    plan.wait_for_calls(trial.rng.randint(1, 1500))
    least = 0
    if trial.rng.random() < 0.6:
        wait_for("calls in the log", lambda: recorder.poll() is not None or Log(path).calls() > 0)
        least = Log(path).calls()
    trial.a_moment()
    return least


def judge_remains(trial, plan, path, least):
    log = Log(path) if os.path.exists(path) else None
    check(log is not None, "no log")
    check(log.calls() >= least, f"{least} calls were in the log, now {log.calls()}")
    judge_calls(log, plan, prefix=True)
    judge_torn(trial.tool, path, log)


def collector(trial):
    """SIGKILL of the recorder: the program goes on to its own end."""
    plan = trial.plan(calls=MANY, hold=1, pause_every=trial.rng.choice([1, 16, 64]))
    path = trial.log_name()
    recorder = trial.record(plan, path)
    least = wait_for_some(trial, recorder, path, plan)
    recorder.kill()
    status_of(recorder)
    after = plan.count("total")
    if trial.rng.random() < 0.5:
        wait_for("calls without the recorder", lambda: plan.count("total") > after or all(w.done for w in plan.workers()))
    plan.stop()
    check(orphan_status(plan.pid()) == plan.wish["status"], "the program's status")
    check(trial.said() == "begun\nended\n", f"output: {trial.said()}")
    for worker in plan.workers():
        check(worker.done, f"worker {worker.number} was harmed")
    judge_remains(trial, plan, path, least)


def both(trial):
    plan = trial.plan(calls=MANY, hold=1, pause_every=trial.rng.choice([1, 16, 64]))
    path = trial.log_name()
    recorder = trial.record(plan, path)
    least = wait_for_some(trial, recorder, path, plan)
    victims = [recorder.pid, plan.pid()]
    trial.rng.shuffle(victims)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    plan.stop()
    check(status_of(recorder) == -signal.SIGKILL, "the recorder's status")
    if Log(path).trailer():  # it had finished in between
        judge(trial, plan, path)
    else:
        judge_remains(trial, plan, path, least)


def collector_stopped(trial):
    """SIGSTOP and SIGCONT; longer than writers are willing to wait, now and then: what they drop is counted."""
    plan = trial.plan(calls=MANY, hold=1, pause_every=trial.rng.choice([0, 16, 64]), children=trial.rng.choice([0, 1]))
    path = trial.log_name()
    recorder = trial.record(plan, path)
    for _ in range(trial.rng.randint(1, 3)):
        plan.wait_for_calls(trial.rng.randint(1, 1500))
        os.kill(recorder.pid, signal.SIGSTOP)
        time.sleep(2.5 if trial.rng.random() < 0.1 else trial.rng.random() * 0.03)
        os.kill(recorder.pid, signal.SIGCONT)
    plan.stop()
    check(status_of(recorder) == plan.wish["status"], "status")
    check(trial.said() == "begun\nended\n", f"output: {trial.said()}")
    judge(trial, plan, path)


# ---- a standing collector, and one of its recorders ----

PROGRAMS = 3


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def start_collect(trial):
    socket, logs = trial.path("socket"), trial.path("logs")
    collect = trial.start([trial.tool, "collect", "--socket", socket, "-o", logs], "collect")
    wait_for("the collector", lambda: "start programs with" in trial.complaints("collect"))
    environment = dict(os.environ, LD_PRELOAD=trial.shim, PAGETRAIL_SOCKET=socket)
    plans, programs = [], []
    for i in range(PROGRAMS):
        plans.append(trial.plan(f"plan{i}", calls=FEW, hold=1, pause_every=16, threads=2, children=i % 2))
        programs.append(trial.start([trial.subject, plans[i].path], f"program{i}", env=environment))
        plans[i].wait_for_calls(1)
    return collect, plans, programs


def judge_programs(trial, plans, programs):
    for i, (plan, program) in enumerate(zip(plans, programs)):
        plan.wait_for_calls(trial.rng.randint(1, 200))
        plan.stop()
        check(status_of(program) == plan.wish["status"], f"status of program {i}")
        check(trial.said(f"program{i}") == "begun\nended\n", f"output: {trial.said(f'program{i}')}")


def logs_of(trial, plans):
    """The log of each plan's program."""
    return [os.path.join(trial.path("logs"), f"pagetrail.subject.{plan.pid()}.jsonl") for plan in plans]


def collect_main(trial):
    """The one that listens is killed: the recorders it started finish their logs."""
    collect, plans, programs = start_collect(trial)
    recorders = children_of(collect.pid)
    trial.a_moment()
    collect.kill()
    status_of(collect)
    judge_programs(trial, plans, programs)
    for pid in recorders:
        orphan_status(pid)
    for plan, path in zip(plans, logs_of(trial, plans)):
        judge(trial, plan, path)


def collect_recorder(trial):
    """One recorder is killed: the others' logs are whole, its program unharmed, its log readable."""
    collect, plans, programs = start_collect(trial)
    recorders = children_of(collect.pid)
    check(len(recorders) == PROGRAMS, f"recorders: {recorders}")
    trial.a_moment()
    os.kill(trial.rng.choice(recorders), signal.SIGKILL)
    judge_programs(trial, plans, programs)
    collect.terminate()
    check(status_of(collect) == 0, "status of collect")
    torn = 0
    for plan, path in zip(plans, logs_of(trial, plans)):
        log = Log(path)
        if log.trailer():
            judge(trial, plan, path)
            continue
        torn += 1
        judge_remains(trial, plan, path, 0)
    check(torn == 1, f"{torn} logs end early")
    check("1 failed" in trial.complaints("collect"), trial.complaints("collect"))


KINDS = ((program_by_itself, 26), (program_from_outside, 22), (one_of_a_tree, 14), (it_ends, 24), (collector, 18), (both, 14),
         (collector_stopped, 10), (collect_main, 4), (collect_recorder, 4))
