#!/usr/bin/env python3
"""How what Aven does grows with the number of names and of cached answers: a match, a hit, the load, the memory, each for
one name or answer. Prints a table and writes growth.json and growth.svg.

usage: growth.py BENCH_FOLDER OUT_FOLDER [LARGEST]      (build/release/tests/bench; LARGEST: 10000000 names)
"""
import json
import pathlib
import re
import subprocess
import sys

from chart import bars

NAMES = (1_000, 100_000, 1_000_000, 10_000_000)


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def of_names(program, names):
    told = run(program, names)
    misses, hits = zip(*((int(a), int(b)) for a, b in re.findall(r"miss (\d+) ns, hit (\d+) ns", told)))
    return {
        "match that misses, ns": min(misses),
        "match that hits, ns": min(hits),
        "load, ns a name": float(re.search(r"compile ([\d.]+) s", told)[1]) * 1e9 / names,
        "rules' memory, octets a name": float(re.search(r"\(([\d.]+) octets a name", told)[1]),
    }


def of_answers(program):
    """By number of entries, of answers with one record."""
    rows = re.findall(r"^ *(\d+) +1 +([\d.]+) +[\d.]+ +[\d.]+ +([\d.]+)", run(program, "hits"), re.M)
    return {int(entries): {"cached answer, ns": float(hit), "cache, octets an answer": float(octets)}
            for entries, hit, octets in rows}


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__)
        return 2
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    largest = int(sys.argv[3]) if len(sys.argv) == 4 else NAMES[-1]
    figures = {}
    for names in NAMES:
        if names <= largest:
            for title, value in of_names(folder / "match_bench", names).items():
                figures.setdefault(title, {})[f"{names:,}"] = value
    for entries, values in of_answers(folder / "cache_bench").items():
        for title, value in values.items():
            figures.setdefault(title, {})[f"{entries:,}"] = value
    out.mkdir(parents=True, exist_ok=True)
    (out / "growth.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (out / "growth.svg").write_text(bars("What one more name or answer costs", figures), encoding="utf-8")
    for title, series in figures.items():
        print(f"{title:30}" + "".join(f"{size:>12}: {value:6.1f}" for size, value in series.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
