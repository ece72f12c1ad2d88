#!/usr/bin/python3
"""formats.py SCHEMAS REPORTS... - reports in SARIF (*.sarif) and JUnit XML (*.xml) against their schemas and their own numbers.

SCHEMAS is what fetch.sh fills; without a schema its reports are judged by all else, and one skipped test is counted.
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

import jsonschema

URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+")  # RFC 3986, no query, no fragment
LINK = re.compile(r"\[#[0-9]+\]\(([0-9]+)\)")


# ---- SARIF ----

def walk(value):
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from walk(inner)


def faults_of_place(run, place):
    uri, base = place.get("uri", ""), place.get("uriBaseId")
    if not URI.fullmatch(uri):
        yield f"no URI: {uri!r}"
    if base is None and not uri.startswith("file:///") or base is not None and uri.startswith(("/", "file:")):
        yield f"{uri!r} is neither absolute nor relative to a base"
    if base is not None and not run["originalUriBaseIds"][base]["uri"].endswith("/"):
        yield f"the base {base} has no slash at its end; 3.14.14"


def faults_of_result(run, result):
    rules = run["tool"]["driver"]["rules"]
    if "ruleIndex" in result and rules[result["ruleIndex"]]["id"] != result["ruleId"]:
        yield f"ruleIndex of {result['ruleId']}"
    if not result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]:
        yield "GitHub wants a place"
    ids = [str(place["id"]) for place in result.get("relatedLocations", [])]
    yield from (f"a link to {target}" for target in LINK.findall(result["message"]["text"]) if target not in ids)
    if ("baselineState" in result) != ("baselineState" in run["results"][0]):
        yield "baselineState in some results only; 3.27.24"


def faults_of_sarif(log):
    for run in log["runs"]:
        for thing in walk(run):
            if "artifactLocation" in thing:
                yield from faults_of_place(run, thing["artifactLocation"])
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        if len(ids) != len(set(ids)):
            yield "two rules of one id"
        for result in run["results"]:
            yield from faults_of_result(run, result)
        if len(run["results"]) > 5000:
            yield "GitHub shows 5,000 results"


def judge_sarif(path, schema):
    log = json.loads(path.read_bytes().decode("utf-8"))
    faults = list(faults_of_sarif(log))
    if schema:
        faults += [f"{error.json_path}: {error.message[:200]}" for error in schema.iter_errors(log)]
    return faults


def spoil(log):
    """The same with one thing wrong, in some ways."""
    for change in (
            lambda run: run["tool"]["driver"].pop("name"), lambda run: run["results"][0].update(level="fatal"),
            lambda run: run["results"][0].update(colour="red"), lambda run: run["invocations"][0].pop("executionSuccessful"),
            lambda run: run["results"][0]["message"].pop("text"),
            lambda run: run["results"][0]["locations"][0]["physicalLocation"].update(region={"startLine": 0})):
        bad = copy.deepcopy(log)
        change(bad["runs"][0])
        yield bad


def judge_the_schema(path, schema):
    """A schema that accepts everything would prove nothing."""
    bad = spoil(json.loads(path.read_text(encoding="utf-8")))
    return [f"the schema accepts spoilt report {number}" for number, log in enumerate(bad) if schema.is_valid(log)]


# ---- JUnit ----

def judge_junit(path, schema):
    suites = xml.etree.ElementTree.parse(path).getroot()
    faults = []
    for suite in suites:
        tests = suite.findall("testcase")
        for name, found in (("tests", len(tests)), ("failures", sum(test.find("failure") is not None for test in tests)),
                            ("errors", sum(test.find("error") is not None for test in tests)),
                            ("skipped", sum(test.find("skipped") is not None for test in tests))):
            if int(suite.get(name)) != found:
                faults.append(f"{name} is {suite.get(name)}, there are {found}")
        names = [(test.get("classname"), test.get("name")) for test in tests]
        faults += [] if len(names) == len(set(names)) else ["two tests of one name"]
    if schema:
        done = subprocess.run(["xmllint", "--noout", "--schema", schema, path], capture_output=True, text=True, check=False)
        faults += [] if done.returncode == 0 else done.stderr.splitlines()
    return faults


# ----

def judge(reports, schemas):
    """The name of each test and its faults, None for one that was skipped."""
    sarif, junit = schemas / "sarif.json", schemas / "junit.xsd"
    validator = jsonschema.Draft4Validator(json.loads(sarif.read_text(encoding="utf-8"))) if sarif.exists() else None
    yield "SARIF's schema is there", [] if validator else None
    yield "JUnit's schema is there", [] if junit.exists() else None
    for path in reports:
        if path.suffix == ".sarif":
            yield path.name, judge_sarif(path, validator)
        else:
            yield path.name, judge_junit(path, junit if junit.exists() else None)
    spoilable = [path for path in reports if path.suffix == ".sarif" and json.loads(path.read_bytes())["runs"][0]["results"]]
    yield "spoilt reports are refused", judge_the_schema(spoilable[0], validator) if validator else None


def main():
    verdicts = list(judge([pathlib.Path(name) for name in sys.argv[2:]], pathlib.Path(sys.argv[1])))
    for name, faults in verdicts:
        for fault in (faults or [])[:5]:
            print(f"{name}: {fault}")
        if faults is None:
            print(f"skip {name}")
    failed = sum(1 for _, faults in verdicts if faults)
    skipped = sum(1 for _, faults in verdicts if faults is None)
    print(f"formats: {len(verdicts) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
