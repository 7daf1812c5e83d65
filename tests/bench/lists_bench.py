"""What many names cost: memory, time from the start to the first blocked answer, one match, and answers while a reload runs.

    tests/bench/lists_bench.py build/release/aven [--names 1000000 10000000] [--rounds 3] [--rate 50000]

Prints a table in Markdown: medians of the rounds, and how far they spread. The figures count only from a release build on a
quiet machine with two cores or more. The match is measured by match_bench of the same build folder, answers under load with
dnsperf; what is not there is left out of the table and said."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 300
MOST_OF_A_PACK = 1_000_000  # more belong into a list


def name(i):
    """Names in no order, as a list of domains has them: about 20 octets, three labels."""
    return f"h{i * 2654435761 % 2**32:08x}.d{i % 50021}.example"


def question(text):
    labels = b"".join(bytes([len(label)]) + label for label in text.encode().split(b"."))
    return struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def is_blocked(endpoint, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.5)
        asker.connect(endpoint)
        try:
            asker.send(question(text))
            return asker.recv(4096)[6:8] == b"\0\1"  # one record: the sinkhole address
        except OSError:
            return False


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Aven:
    def __init__(self, program, folder, names, as_pack):
        self.program, self.folder, self.names = program, folder, names
        self.endpoint = ("127.0.0.1", free_port())
        (folder / "rules/lists").mkdir(parents=True)
        (folder / "aven.json").write_text(json.dumps({
            "listen": [f"127.0.0.1:{self.endpoint[1]}"], "workers": 1, "reload": "explicit",
            "upstreams": {"default": {"servers": ["127.0.0.1:9"]}},
        }))
        self.list = folder / "rules/lists/names"
        rule = {"id": "all", "action": "sinkhole"}
        if as_pack:
            rule["domains"] = [name(i) for i in range(names)]
        else:
            rule["lists"] = [{"file": "lists/names", "format": "domains"}]
            self.write_list(0)
        (folder / "rules/all.json").write_text(json.dumps({"format": 1, "pack": "all", "rules": [rule]}))

    def write_list(self, version):
        with open(self.list, "w", encoding="ascii") as out:
            out.writelines(f"{name(i)}\n" for i in range(self.names))
            out.write(f"version{version}.example\n")

    def start(self):
        """Seconds until the first blocked answer."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [self.program, "serve", "-c", str(self.folder / "aven.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.wait_until_blocked(name(self.names // 2))
        return time.monotonic() - began

    def wait_until_blocked(self, text):
        end = time.monotonic() + PATIENCE_S
        while not is_blocked(self.endpoint, text):
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"{text} is not blocked")
            time.sleep(0.002)

    def proc(self, file, key):
        text = pathlib.Path(f"/proc/{self.process.pid}/{file}").read_text()
        return int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1)) / 1024

    def memory_mb(self):
        return self.proc("smaps_rollup", "Pss")

    def peak_mb(self):
        return self.proc("status", "VmHWM")

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def reload(self, version):
        self.process.send_signal(signal.SIGHUP)
        self.wait_until_blocked(f"version{version}.example")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def load(aven, rate, seconds, during=lambda: None):
    """(answers, lost, p99 in ms) of dnsperf while during() runs."""
    questions = aven.folder / "questions"
    questions.write_text("".join(f"{name(i * 7919 % aven.names)} A\n" for i in range(10_000)))
    host, port = aven.endpoint
    asker = subprocess.Popen(
        ["dnsperf", "-s", host, "-p", str(port), "-d", str(questions), "-l", str(seconds), "-Q", str(rate), "-q", "1000", "-v"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    time.sleep(1)
    during()
    told, _ = asker.communicate()
    times = sorted(float(line.rsplit(None, 1)[1]) for line in told.splitlines() if line.startswith("> NOERROR"))
    lost = int(re.search(r"Queries lost:\s+(\d+)", told).group(1))
    return len(times), lost, times[len(times) * 99 // 100] * 1000


def spread(values, digits):
    """The median, and least and most if they differ."""
    least, middle, most = (f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return middle if least == most else f"{middle} ({least} to {most})"


def starts(program, names, as_pack, rounds):
    """Seconds until the first blocked answer, round by round."""
    took = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="aven-bench-") as folder:
            aven = Aven(program, pathlib.Path(folder), names, as_pack)
            took.append(aven.start())
            aven.stop()
    return took


def one_life(program, names, rate):
    """A start, a reload and answers beside a reload of one Aven, from a list."""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="aven-bench-") as folder:
        aven = Aven(program, pathlib.Path(folder), names, as_pack=False)
        aven.start()
        time.sleep(2)  # what the start took is given back
        final = figures["memory, empty cache (MB, PSS)"] = aven.memory_mb()
        figures["peak at start (x of that)"] = aven.peak_mb() / final
        aven.write_list(1)
        aven.forget_peak()
        began = time.monotonic()
        aven.reload(1)
        figures["reload (s)"] = time.monotonic() - began
        time.sleep(2)
        figures["peak at reload (x of that)"] = aven.peak_mb() / final
        figures["memory after the reload (MB, PSS)"] = aven.memory_mb()
        if shutil.which("dnsperf"):
            aven.write_list(2)
            seconds = 10
            _, lost, figures["p99, quiet (ms)"] = load(aven, rate, seconds)
            answers, lost_then, figures["p99, beside a reload (ms)"] = load(aven, rate, seconds, lambda: aven.reload(2))
            figures["answers a second beside a reload"] = answers / seconds
            figures["questions without an answer"] = lost + lost_then
        aven.stop()
    return figures


def matches(program, names):
    """Nanoseconds of one match: the rounds of match_bench."""
    bench = pathlib.Path(program).resolve().parent / "tests/bench/match_bench"
    if not bench.exists():
        print(f"{bench} is not built: no line about matches", file=sys.stderr)
        return {}
    told = subprocess.run([bench, str(names)], check=True, stdout=subprocess.PIPE, text=True).stdout
    rounds = re.findall(r"^miss (\d+) ns, hit (\d+) ns", told, re.M)
    miss, hit = ([float(value) for value in column] for column in zip(*rounds))
    return {"match, miss of five labels (ns)": spread(miss, 0), "match, hit in random order (ns)": spread(hit, 0)}


def measure(program, names, rate, rounds):
    lives = [one_life(program, names, rate) for _ in range(rounds)]
    row = {"names": f"{names:,}", "start to first blocked answer, list (s)": spread(starts(program, names, False, rounds), 2)}
    if names <= MOST_OF_A_PACK:
        row["the same, JSON pack (s)"] = spread(starts(program, names, True, rounds), 2)
    for key in lives[0]:
        digits = 0 if key.startswith(("answers", "questions")) else 2
        row[key] = spread([life[key] for life in lives], digits)
    return row | matches(program, names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--names", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=int, default=50_000)
    options = parser.parse_args()
    if not shutil.which("dnsperf"):
        print("dnsperf is not installed: no lines about answers beside a reload", file=sys.stderr)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {options.rate:,} questions a second, "
          f"{options.rounds} rounds\n")
    rows = [measure(options.program, names, options.rate, options.rounds) for names in options.names]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    print("| names | " + " | ".join(row["names"] for row in rows) + " |")
    print("| --- " * (len(rows) + 1) + "|")
    for key in keys[1:]:
        print(f"| {key} | " + " | ".join(row.get(key, "-") for row in rows) + " |")


if __name__ == "__main__":
    main()
