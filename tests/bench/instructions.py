#!/usr/bin/env python3
"""Counts the instructions of a blocked, a cached and a forwarded answer, and of a blocked one with its line for the query log,
with callgrind, and compares with instructions.json beside this file: more than 5 % above it fails. `--write` records what was counted: do that in the
commit that changes the cost, and say why.

usage: instructions.py PIPELINE_BENCH [--write]      (the program of a release build)
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

RECORD = pathlib.Path(__file__).with_name("instructions.json")
ANSWERS = 5000
MOST_GROWTH = 1.05


def count(program, kind):
    """Instructions of one answer; `cached` fills the cache with the counted function too, so it is counted twice."""
    def total(answers):
        with tempfile.NamedTemporaryFile() as out:
            done = subprocess.run(
                ["valgrind", "--tool=callgrind", "--toggle-collect=measured", f"--callgrind-out-file={out.name}",
                 program, kind, str(answers)],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{kind}: {done.stderr[-2000:]}")
            text = pathlib.Path(out.name).read_text(encoding="utf-8")
            return int(re.search(r"^(?:summary|totals): (\d+)", text, re.M)[1])
    return round((total(2 * ANSWERS) - total(ANSWERS)) / ANSWERS)


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--write"]):
        print(__doc__)
        return 2
    counted = {kind: count(sys.argv[1], kind) for kind in ("blocked", "logged", "cached", "forwarded")}
    if sys.argv[2:]:
        RECORD.write_text(json.dumps(counted, indent=2) + "\n", encoding="utf-8")
        print(f"recorded: {counted}")
        return 0
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    dearer = 0
    for kind, instructions in counted.items():
        ratio = instructions / recorded[kind]
        dearer += ratio > MOST_GROWTH
        print(f"{kind}: {instructions} instructions an answer, {ratio:.3f} of the recorded {recorded[kind]}"
              f"{'  <-- more than 5 % dearer' if ratio > MOST_GROWTH else ''}")
    print(f"{len(counted) - dearer} passed, {dearer} failed")
    return 1 if dearer else 0


if __name__ == "__main__":
    sys.exit(main())
