#!/usr/bin/env python3
"""Does Aven grow with cores, and what does it do when more comes than it can answer?

- one worker and two: processor time an answer, in turns, medians. Equal times mean that two cores answer twice as much.
- thirty-two workers: memory before and after so many unique names that every cache is full.
- overload: a steady flow of blocked and cached questions, and beside it ever more that need upstream.

usage: cores.py --build build/release --out FOLDER [--rounds 5] [--seconds 3]
"""
import argparse
import concurrent.futures
import pathlib
import statistics

from side_by_side import Bench, ZONE

STEADY = 10_000  # questions a second


def one_and_two(bench, rounds):
    programs = {workers: bench.start("aven", f"aven-{workers}", "0-1", workers=workers) for workers in (1, 2)}
    for program in programs.values():
        bench.load(program, "fill", "--window", "50")
    figures = {(workers, workload): [] for workers in programs for workload in ("blocked", "cached", "forwarded")}
    try:
        for _ in range(rounds):
            for workers, workload in figures:
                figures[workers, workload].append(bench.load(programs[workers], workload, "--window", "200")["cpu_us"])
    finally:
        for program in programs.values():
            program.stop()
    print(f"\n{'CPU µs an answer':18}{'one worker':>12}{'two':>8}{'ratio':>8}")
    for workload in ("blocked", "cached", "forwarded"):
        one, two = (statistics.median(figures[workers, workload]) for workers in (1, 2))
        print(f"{workload:18}{one:12.2f}{two:8.2f}{two / one:8.2f}")


def thirty_two(bench):
    program = bench.start("aven", "aven-32", "0-1", workers=32, cache_mb=64)
    try:
        before = program.pss_mb()
        for _ in range(4):
            sent = bench.load(program, "forwarded", "--window", "1000")["answered"]
        print(f"\n32 workers, cache 64 MB: {before:.0f} MB before, {program.pss_mb():.0f} MB after {sent * 4:,} unique names")
    finally:
        program.stop()


def overload(bench, rounds):
    (bench.folder / "steady").write_text("".join(
        f"{bench.names[i]} A\nwww{i % 100}.{ZONE} A\n" for i in range(10_000)), encoding="ascii")
    program = bench.start("aven", "aven-overload")
    try:
        bench.load(program, "fill", "--window", "50")
        most = statistics.median(bench.load(program, "forwarded", "--window", "200")["per_second"] for _ in range(rounds))
        print(f"\nat most {most:,.0f} forwarded answers a second; blocked and cached: {STEADY:,} questions a second beside them")
        print(f"{'offered, × most':>16}{'steady answered':>18}{'p99 ms':>9}{'forwarded/s':>13}")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for times in (0, 0.5, 1, 2, 4):
                extra = pool.submit(bench.load, program, "forwarded", "--rate", str(int(most * times))) if times else None
                steady = bench.load(program, "steady", "--rate", str(STEADY))
                beside = extra.result()["per_second"] if extra else 0
                print(f"{times:16}{steady['answered'] / steady['sent']:18.1%}{steady['p99_us'] / 1000:9.1f}{beside:13,.0f}")
    finally:
        program.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    options.names = 100_000
    bench = Bench(options)
    bench.start_upstream()
    try:
        one_and_two(bench, options.rounds)
        thirty_two(bench)
        overload(bench, options.rounds)
    finally:
        bench.upstream.stop()


if __name__ == "__main__":
    main()
