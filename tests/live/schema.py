"""schema.py SCHEMA LOG - is every line of the log valid by the JSON Schema?"""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as text:
    schema = json.load(text)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
bad = 0
with open(sys.argv[2], encoding="utf-8") as lines:
    for number, line in enumerate(lines, 1):
        for error in validator.iter_errors(json.loads(line)):
            bad += 1
            if bad <= 5:
                print(f"line {number}: {error.message[:300]}\n  {line[:300]}")
sys.exit(bad > 0)
