#!/usr/bin/python3
"""check_policy.py SCHEMAS PAGETRAIL - the JSON Schemas of policies and baselines against the policies that ship, those of the golden
folders, policy_bad.txt and the baselines there; what the schema refuses the tool refuses, and takes what the schema takes."""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LOG = HERE.parent / "golden/check_wx_good/log.jsonl"


def validator(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def status(pagetrail, option, path):
    command = [pagetrail, "check", str(LOG), option, str(path)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20, check=False).returncode


def judge(policy, baseline, pagetrail):
    good = sorted(ROOT.glob("collector/verdict/ready/*.json")) + sorted(HERE.glob("../golden/check_*/policy.json"))
    good += sorted(HERE.glob("../golden/check_*/jit.json"))
    for path in good:
        document = json.loads(path.read_text(encoding="utf-8"))
        errors = [error.message[:200] for error in policy.iter_errors(document)]
        yield path.name, not errors and status(pagetrail, "--policy", path) != 2, errors
    for path in sorted(HERE.glob("../golden/check_*/old.json")):
        errors = [error.message[:200] for error in baseline.iter_errors(json.loads(path.read_text(encoding="utf-8")))]
        yield path.name, not errors and status(pagetrail, "--baseline", path) != 2, errors
    for line in (HERE / "policy_bad.txt").read_text(encoding="utf-8").splitlines():
        fact, text = line.split("\t")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            refused = status(pagetrail, "--policy", file.name) == 2
        yield fact, not policy.is_valid(json.loads(text)) and refused, ["accepted" if refused else "the tool accepts it"]


def main():
    schemas = pathlib.Path(sys.argv[1])
    results = list(judge(validator(schemas / "pagetrail-policy-1.schema.json"),
                         validator(schemas / "pagetrail-baseline-1.schema.json"), sys.argv[2]))
    failed = [(name, errors) for name, good, errors in results if not good]
    for name, errors in failed:
        print(f"FAILED {name}: {'; '.join(errors)}")
    print(f"policy-schema: {len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
