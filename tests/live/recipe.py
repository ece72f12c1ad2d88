#!/usr/bin/python3
"""recipe.py github FILE EVENT | recipe.py gitlab FILE JOB - run the scripts of a CI recipe here, as its service would.

Of GitHub Actions the run steps of the only job, each by bash -eo pipefail, with GITHUB_PATH, for EVENT push or accept; of steps
that use an action only that what they take is there. Of GitLab the job's before_script and script in one shell, then that its artifacts
are there. Conditions and actions other than those known here are an error. Status: that of the step that failed, or 0.
"""
import glob
import os
import pathlib
import subprocess
import sys

import yaml


# What the test has of the make that runs it is not there in CI; BUILD would lead the recipe's make into this build.
OURS = ("BUILD", "LIVE", "SUITE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "WERROR", "CFLAGS", "EXTRA")
SERVICE = {**{name: value for name, value in os.environ.items() if name not in OURS}, "CI": "true"}


def bash(script, env, *options):
    return subprocess.run(["bash", *options, "-c", script], env=env, check=False).returncode


def wanted(condition, ok, accept):
    """Whether a step's turn comes; GitHub's functions and the input of this recipe, spelled out."""
    return {
        None: ok,
        "${{ inputs.accept }}": ok and accept,
        "${{ !inputs.accept }}": ok and not accept,
        "${{ !cancelled() }}": True,
        "${{ !cancelled() && !inputs.accept }}": not accept,
    }[condition]


def missing(paths):
    return [path for path in paths if not glob.glob(path)]


def use(step, accept):
    """Check what an action is given: 0 if it is there."""
    given = step.get("with", {})
    action = step["uses"].split("@")[0]
    wants = {
        "actions/checkout": [given.get("path", ".git")],
        "github/codeql-action/upload-sarif": [given.get("sarif_file")],
        "actions/upload-artifact": given.get("path", "").split()[: 1 if accept else None],
    }[action]
    print(f"-- {action}: {wants}", flush=True)
    return 1 if missing(wants) else 0


def github(file, event):
    recipe = yaml.safe_load(file.read_text(encoding="utf-8"))
    (job,) = recipe["jobs"].values()
    paths = pathlib.Path(os.environ["HOME"]) / "github_path"
    env = {**SERVICE, **recipe.get("env", {}), **job.get("env", {}), "GITHUB_PATH": str(paths), "GITHUB_ACTOR": "octocat",
           "GITHUB_REF_NAME": "main"}
    status = 0
    for step in job["steps"]:
        if not wanted(step.get("if"), status == 0, event == "accept"):
            continue
        paths.write_text("")
        print(f"-- {step.get('name', step.get('uses'))}", flush=True)
        code = bash(step["run"], env, "-eo", "pipefail") if "run" in step else use(step, event == "accept")
        status = status or code
        for path in paths.read_text(encoding="utf-8").splitlines():
            env["PATH"] = path + ":" + env["PATH"]
    return status


def gitlab(file, job):
    recipe = yaml.safe_load(file.read_text(encoding="utf-8"))
    job = {**recipe[recipe[job]["extends"]], **recipe[job]}
    env = {**SERVICE, **job["variables"]}
    status = bash("\n".join(job["before_script"] + job["script"]), env, "-eo", "pipefail")
    artifacts = job["artifacts"]
    paths = [os.path.expandvars(path.replace("$BASELINE", job["variables"]["BASELINE"])) for path in artifacts["paths"]]
    gone = missing(paths + list(artifacts.get("reports", {}).values()))
    print(f"-- artifacts missing: {gone}", flush=True)
    return status or len(gone)


if __name__ == "__main__":
    sys.exit({"github": github, "gitlab": gitlab}[sys.argv[1]](pathlib.Path(sys.argv[2]), sys.argv[3]))
