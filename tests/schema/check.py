#!/usr/bin/python3
"""check.py SCHEMA - the log's JSON Schema against good.jsonl, bad.txt and the golden logs."""
import json
import pathlib
import sys

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
BROKEN = {"a_torn_log_is_used_up_to_the_tear", "validate_names_every_fault"}  # golden logs with faults on purpose


def complaints(validator, line):
    """What is wrong with one line, as a list of texts."""
    try:
        record = json.loads(line)
    except ValueError as error:
        return [f"not JSON: {error}"]
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(record)]


def faults_of_log(validator, path):
    name = path.relative_to(HERE.parent)
    lines = path.read_text(encoding="utf-8").splitlines()
    return [f"{name}:{number}: {text}" for number, line in enumerate(lines, 1) for text in complaints(validator, line)]


def judge(validator):
    """One list of faults per sample and per log."""
    for number, line in enumerate((HERE / "good.jsonl").read_text(encoding="utf-8").splitlines(), 1):
        yield [f"good.jsonl:{number}: {text}" for text in complaints(validator, line)]
    for number, row in enumerate((HERE / "bad.txt").read_text(encoding="utf-8").splitlines(), 1):
        _, fact, line = row.split("\t")
        yield [] if complaints(validator, line) else [f"bad.txt:{number}: {fact}: the schema accepts it"]
    for path in sorted(HERE.glob("../golden/*/log.jsonl")):
        if path.parent.name not in BROKEN:
            yield faults_of_log(validator, path)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    verdicts = list(judge(jsonschema.Draft202012Validator(schema)))
    failed = sum(1 for faults in verdicts if faults)
    for faults in verdicts:
        print("".join(text + "\n" for text in faults[:5]), end="")
    print(f"schema: {len(verdicts) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
