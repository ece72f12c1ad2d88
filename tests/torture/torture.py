#!/usr/bin/python3
"""torture.py [OPTION...] SEED TRIALS - kill programs, collectors or both at random moments, and hold the logs against what the
programs counted.

A trial is known by its number, from SEED on, which chooses all of it: what is killed, after which call, with how many threads,
children and execs (trials.py).  A moment is a number of calls that had returned, and for kills from outside a random time more: no
verdict rests on how long anything takes, but a trial that hangs fails.

  --build DIR   where pagetrail and torture/subject are
  --jobs N      trials at a time  [2]
  --kind KIND   only this kind
  --keep DIR    where failed trials' files go

Exit status: 0, 1 if a trial failed.
"""
import argparse
import collections
import concurrent.futures
import ctypes
import os
import random
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback

import plan
import trials
from log import Wrong

PR_SET_CHILD_SUBREAPER = 36


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("trials", type=int)
    parser.add_argument("--build", type=os.path.abspath, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kind", choices=[kind.__name__ for kind, _ in trials.KINDS])
    parser.add_argument("--keep")
    return parser.parse_args()


def run_trial(opts, number):
    """(kind, what is wrong or None, calls, calls lost and owned up to)"""
    rng = random.Random(number)
    kind = rng.choices([k for k, _ in trials.KINDS], [weight for _, weight in trials.KINDS])[0]
    if opts.kind:
        kind = getattr(trials, opts.kind)
    place = tempfile.mkdtemp(prefix="torture.")
    trial = trials.Trial(opts.build, place, rng)
    wrong = None
    try:
        kind(trial)
    except (Wrong, plan.Late, subprocess.TimeoutExpired) as error:
        wrong = f"{type(error).__name__}: {error}"
    except Exception:  # pylint: disable=broad-except
        wrong = traceback.format_exc()
    finally:
        trial.end()
    if wrong and opts.keep:
        shutil.copytree(place, os.path.join(opts.keep, str(number)), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("socket"))
    shutil.rmtree(place, ignore_errors=True)
    return kind.__name__, wrong, trial.calls, trial.lost


def main():
    opts = options()
    # programs whose recorder was killed become our children; no core files
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    count, bad, calls, lost = collections.Counter(), 0, 0, 0
    with concurrent.futures.ThreadPoolExecutor(opts.jobs) as pool:
        numbers = range(opts.seed, opts.seed + opts.trials)
        for number, (kind, wrong, made, gone) in zip(numbers, pool.map(lambda n: run_trial(opts, n), numbers)):
            count[kind] += 1
            calls += made
            lost += gone
            if wrong:
                bad += 1
                print(f"not ok trial {number} ({kind}): {wrong}\n    again: torture.py --build {shlex.quote(opts.build)} {number} 1", flush=True)
    print(", ".join(f"{n} {kind}" for kind, n in sorted(count.items())))
    print(f"{calls} calls returned; dropped and counted while a collector was stopped: {lost}")
    print(f"torture: {opts.trials - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
