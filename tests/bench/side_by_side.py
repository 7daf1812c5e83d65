#!/usr/bin/env python3
"""Aven beside other resolvers, in one run: answers a second, processor time an answer, lateness, memory, start.

Each program has one thread, pinned to the last core; the load generator and the upstream (NSD) share the first. All
are started in turn, which is timed, and stay up; then the workloads go round, one program after the other, --rounds
times, and medians are printed. "Floor" is a reflector without DNS (floor.cpp): every figure is also its multiple.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from chart import bars
from peers import PEERS

WORKLOADS = ("blocked", "cached", "forwarded", "mixed")
CACHED_NAMES = 10_000
ZONE = "upstream.example"
SETTLED_S = 2  # what the start took has been given back
TICK = os.sysconf("SC_CLK_TCK")


def made_up_names(count):
    """Names as lists have them: two to four labels, many under the same ends."""
    draw = random.Random(1)
    ends = ("com", "net", "org", "de", "ru", "xyz", "info", "fr", "co.uk", "blogspot.com")

    def label(least, most):
        return "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(least, most)))
    names = set()
    while len(names) < count:
        names.add((label(2, 6) + "." if draw.random() < 0.25 else "") + label(6, 16) + "." + draw.choice(ends))
    return sorted(names)


def without_covered(names):
    """A name below another of the list adds nothing; some programs refuse it."""
    listed = set(names)
    return [n for n in names if not any(".".join(n.split(".")[i:]) in listed for i in range(1, n.count(".") + 1))]


def write_workloads(folder, names):
    draw = random.Random(2)
    types = ("A", "A", "A", "AAAA", "HTTPS")
    weights = [1 / (rank + 1) for rank in range(CACHED_NAMES)]
    cached = [f"www{i}.{ZONE}" for i in range(CACHED_NAMES)]
    skewed = draw.choices(cached, weights, k=200_000)
    blocked = draw.choices(names, k=200_000)

    def mixed(i):
        kind = draw.random()
        name = skewed[i] if kind < 0.7 else blocked[i] if kind < 0.9 else f"?.new.{ZONE}"
        return f"{name} {draw.choice(types)}"
    lines = {
        "blocked": [f"{name} A" for name in blocked],
        "cached": [f"{name} A" for name in skewed],
        "forwarded": [f"?.new.{ZONE} A"],
        "mixed": [mixed(i) for i in range(200_000)],
        "fill": [f"{name} {kind}" for name in cached for kind in ("A", "AAAA", "HTTPS")],
    }
    for workload, text in lines.items():
        (folder / workload).write_text("\n".join(text) + "\n", encoding="ascii")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def query(name):
    wire = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    return wire + b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\1\0\1"


def answers(port, name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.02)
        asking.connect(("127.0.0.1", port))
        try:
            asking.send(query(name))
            reply = asking.recv(4096)
        except OSError:
            return None
        return reply[3] & 0xf, reply.endswith(b"\0\0\0\0") or b"\0\4\0\0\0\0" in reply


def pinned(core, command):
    return ["taskset", "-c", str(core), *command]


class Program:
    """One server under test, or the floor."""

    def __init__(self, name, command, port, core, log):
        self.name, self.port = name, port
        self.began = time.monotonic()
        self.process = subprocess.Popen(pinned(core, command), stdout=log, stderr=subprocess.STDOUT)
        self.start_s = self.memory_mb = None

    def wait_for(self, test, limit):
        while time.monotonic() - self.began < limit:
            if test(self.port):
                self.start_s = time.monotonic() - self.began
                return
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended with {self.process.returncode}; its log tells why")
        sys.exit(f"{self.name} did not answer within {limit} s")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
        return int(fields[11]) / TICK, int(fields[12]) / TICK

    def pss_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
        return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = options.out.resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.names = without_covered(made_up_names(options.names))
        write_workloads(self.folder, self.names)
        self.first_unique = 0
        self.results = {}

    def start_upstream(self):
        zone = self.folder / "upstream.zone"
        zone.write_text(f"$ORIGIN {ZONE}.\n$TTL 86400\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 127.0.0.1\n"
                        "* A 192.0.2.1\n* AAAA 2001:db8::1\n* HTTPS 1 . alpn=h2\n"
                        "*.new A 192.0.2.2\n*.new AAAA 2001:db8::2\n*.new HTTPS 1 . alpn=h2\n", encoding="ascii")
        port = free_port()
        config = self.folder / "nsd.conf"
        config.write_text(f"""server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{self.folder}"
  pidfile: ""
  xfrdfile: ""
  zonelistfile: "{self.folder}/zone.list"
  database: ""
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: {ZONE}
  zonefile: {zone.name}
""", encoding="ascii")
        with open(self.folder / "nsd.log", "wb") as log:
            self.upstream = Program("nsd", ["nsd", "-d", "-c", str(config)], port, 0, log)
        self.upstream.wait_for(lambda p: answers(p, f"a.{ZONE}"), 20)

    def start(self, name, folder=None, cores=None, **settings):
        folder = self.folder / (folder or name)
        folder.mkdir()
        port = free_port()
        if name == "floor":
            command = [str(self.options.build / "tests/bench/floor"), "127.0.0.1", str(port), "100"]
            ready = lambda p: answers(p, "a.example")  # noqa: E731
        else:
            command = PEERS[name](name, folder, self.options.build.resolve(), **settings).start(self.names, self.upstream.port, port)
            ready = lambda p: answers(p, self.names[-1]) == (0, True)  # noqa: E731
        with open(folder / "log", "wb") as log:
            program = Program(name, command, port, cores or os.cpu_count() - 1, log)
        program.wait_for(ready, 300)
        time.sleep(SETTLED_S)
        program.memory_mb = program.pss_mb()
        print(f"{name}: first blocked answer after {program.start_s:.2f} s, {program.memory_mb:.0f} MB", flush=True)
        return program

    def load(self, program, workload, *how):
        command = [str(self.options.build / "tests/bench/load"), "127.0.0.1", str(program.port),
                   str(self.folder / workload), str(self.options.seconds), *how, "--first", str(self.first_unique)]
        user, system = program.cpu_seconds()
        done = subprocess.run(pinned(0, command), capture_output=True, text=True, check=True)
        user, system = (after - before for after, before in zip(program.cpu_seconds(), (user, system)))
        figures = json.loads(done.stdout)
        self.first_unique = (self.first_unique + figures["sent"]) % 100_000_000
        figures["user_us"] = user * 1e6 / max(figures["answered"], 1)
        figures["cpu_us"] = (user + system) * 1e6 / max(figures["answered"], 1)
        figures["lost"] = figures["sent"] - figures["answered"]
        return figures

    def round(self, programs):
        for workload in WORKLOADS:
            for program in programs:
                for mode, how in (("full", ("--window", "200")), ("paced", ("--rate", "10000"))):
                    figures = self.load(program, workload, *how)
                    self.results.setdefault(program.name, {}).setdefault(f"{workload} {mode}", []).append(figures)

    def run(self):
        programs = []
        try:
            self.start_upstream()
            programs = [self.start(name) for name in ("floor", *self.options.only)]
            for program in programs:
                if program.name != "floor":
                    self.load(program, "fill", "--window", "50")
            for number in range(self.options.rounds):
                print(f"round {number + 1} of {self.options.rounds}", flush=True)
                self.round(programs)
        finally:
            for program in [*programs, getattr(self, "upstream", None)]:
                if program is not None:
                    program.stop()
        return {p.name: {"start_s": p.start_s, "memory_mb": p.memory_mb, **self.medians(p.name)} for p in programs}

    def medians(self, name):
        return {run: {key: statistics.median(figures[key] for figures in rounds)
                      for key in ("per_second", "cpu_us", "user_us", "p50_us", "p99_us", "p999_us", "lost")}
                for run, rounds in self.results[name].items()}


def table(results):
    floor = results["floor"]
    for workload in WORKLOADS:
        print(f"\n{workload}\n{'':14}{'answers/s':>10}{'CPU µs':>8}{'user':>7}{'× floor':>8}{'lost':>7}"
              f"{'p50':>8}{'p99':>9}{'p99.9':>9}   at 10,000/s: p50{'× floor':>8}{'p99':>9}{'p99.9':>9}")
        for name, figures in results.items():
            full, paced = figures[f"{workload} full"], figures[f"{workload} paced"]
            base = floor[f"{workload} full"]["cpu_us"] or 1
            print(f"{name:14}{full['per_second']:10.0f}{full['cpu_us']:8.2f}{full['user_us']:7.2f}"
                  f"{full['cpu_us'] / base:8.2f}{full['lost']:7.0f}{full['p50_us']:8.0f}{full['p99_us']:9.0f}"
                  f"{full['p999_us']:9.0f}{'':16}{paced['p50_us']:5.0f}"
                  f"{paced['p50_us'] / floor[f'{workload} paced']['p50_us']:8.2f}{paced['p99_us']:9.0f}"
                  f"{paced['p999_us']:9.0f}")
    print(f"\n{'':14}{'memory MB':>10}{'start s':>9}")
    for name, figures in results.items():
        if name != "floor":
            print(f"{name:14}{figures['memory_mb']:10.0f}{figures['start_s']:9.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of a release build")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where figures, logs and the chart go")
    parser.add_argument("--names", type=int, default=1_000_000, help="names that are blocked (1000000)")
    parser.add_argument("--rounds", type=int, default=5, help="medians of how many (5)")
    parser.add_argument("--seconds", type=float, default=3, help="of each load (3)")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), help="which programs (all)")
    options = parser.parse_args()
    results = Bench(options).run()
    (options.out / "figures.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    chart = {workload: {name: figures[f"{workload} full"]["cpu_us"] for name, figures in results.items()}
             for workload in WORKLOADS}
    (options.out / "chart.svg").write_text(bars("Processor time an answer, µs", chart), encoding="utf-8")
    table(results)
    print(f"\nFigures and chart: {options.out}/figures.json, {options.out}/chart.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
