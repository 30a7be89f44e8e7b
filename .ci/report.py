#!/usr/bin/env python3
"""Reads what `go test -json` wrote. Prints what failed, with its output, and what was
skipped. The exit status is 1 if there was any of either: a skipped test has tested
nothing."""
import json
import sys

output, failed, skipped, passed = {}, [], [], 0
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        try:
            e = json.loads(line)
        except ValueError:  # the compiler's own words
            print(line, end="")
            failed.append(("build", line.strip()))
            continue
        key = (e.get("Package") or e.get("ImportPath", ""), e.get("Test", ""))
        action = e.get("Action")
        if action in ("output", "build-output"):
            output.setdefault(key, []).append(e.get("Output", ""))
        elif action in ("fail", "build-fail"):
            failed.append(key)
        elif action == "skip" and key[1]:  # without a test's name: no test files
            skipped.append(key)
        elif action == "pass" and key[1]:
            passed += 1

for key in failed:
    print("FAIL", *key)
    print("".join(output.get(key, [])[-200:]), end="")
for key in skipped:
    print("SKIP", *key, "".join(output.get(key, [])).strip())
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or skipped or not passed else 0)
