"""What logging costs the worker: CPU per blocked answer at 20,000 queries a second, with every query logged to a file and
with nothing logged, in turns.

`AVEN=build/release/aven python3 tests/bench/query_log_bench.py [SECONDS [ROUNDS]]`
"""

import pathlib
import socket
import sqlite3
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402

PER_SECOND = 20_000
BURST = 100


def worker_cpu_ns(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "aven-worker-0":
            return int((task / "schedstat").read_text().split()[0])
    raise AssertionError("there is no worker")


def drive(port, seconds):
    """Sends at an even pace, reads what comes back; gives how many came."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    wire = harness.query_wire(7, "chatgpt.com")
    answered, sent, begun = 0, 0, time.monotonic()
    while (now := time.monotonic()) < begun + seconds + 0.5:
        if now < begun + seconds and sent < (now - begun) * PER_SECOND:
            for _ in range(BURST):
                client.send(wire)
            sent += BURST
        try:
            while True:
                client.recv(2048)
                answered += 1
        except BlockingIOError:
            pass
    client.close()
    return answered


class Running:
    def __init__(self, folder, query_log):
        folder.mkdir()
        config = {
            "listen": ["127.0.0.1:0"],
            "workers": 1,
            "upstreams": {"default": {"servers": ["127.0.0.1:9"]}},
            "query_log": query_log,
        }
        self.aven = harness.Aven(folder, config)
        self.aven.write_pack("chatgpt.json", harness.CHATGPT_PACK)
        self.aven.start()

    def ns_per_answer(self, seconds):
        pid = self.aven.process.child.pid
        before = worker_cpu_ns(pid)
        answered = drive(self.aven.endpoints[0][1], seconds)
        return (worker_cpu_ns(pid) - before) / answered, answered / seconds


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory(prefix="aven-log-") as name:
        folder = pathlib.Path(name)
        file = folder / "log.sqlite"
        running = {
            "nothing logged": Running(folder / "without", {"level": "none"}),
            "all logged": Running(folder / "with", {"level": "all", "file": str(file)}),
        }
        figures = {title: [] for title in running}
        rates = []
        try:
            for _ in range(rounds):
                for title, one in running.items():
                    cost, rate = one.ns_per_answer(seconds)
                    figures[title].append(cost)
                    rates.append(rate)
        finally:
            for one in running.values():
                one.aven.stop()
        base = sqlite3.connect(file)
        rows = base.execute("SELECT count(*) FROM queries").fetchone()[0]
        base.close()
    for title, costs in figures.items():
        print(f"{title:16} {statistics.median(costs):7.0f} ns of the worker's CPU an answer ({min(costs):.0f} to {max(costs):.0f})")
    without, with_ = (statistics.median(costs) for costs in figures.values())
    print(f"difference {100 * (with_ / without - 1):+.1f} %, {statistics.median(rates):.0f} answers a second, {rows} lines")


if __name__ == "__main__":
    main()
