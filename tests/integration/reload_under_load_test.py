"""Ten reloads of a million names while questions come in: every one of them is answered.

The load is bounded (5,000 a second at most, 200 under way) so that the machine of the test loses nothing by itself; tests/bench
measures 50,000 a second."""

import collections
import contextlib
import os
import select
import socket
import struct
import threading
import time

import harness

NAMES = int(os.environ.get("LIST_NAMES", "1000000"))
RELOADS = 10
RATE = 5000
MOST_UNDER_WAY = 200


def question(number, name):
    labels = b"".join(bytes([len(label)]) + label for label in name.encode().split(b"."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


class Load(threading.Thread):
    """Asks until told to stop; counts what it sent and what came back."""

    def __init__(self, endpoint, names):
        super().__init__(daemon=True)
        self.names = names
        self.ending = threading.Event()
        self.sent = self.answered = 0
        self.codes = collections.Counter()
        self.under_way = set()
        family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect(endpoint)
        self.socket.setblocking(False)

    def run(self):
        began = time.monotonic()
        while not self.ending.is_set():
            due = int((time.monotonic() - began) * RATE) - self.sent
            for _ in range(min(due, MOST_UNDER_WAY - len(self.under_way))):
                number = self.sent % 65536
                if number in self.under_way:
                    break
                self.socket.send(question(number, self.names[self.sent % len(self.names)]))
                self.under_way.add(number)
                self.sent += 1
            if due > RATE:  # held up: the lost time is not made up for
                began += due / RATE
            self.receive(0.002)

    def receive(self, patience):
        if not select.select([self.socket], [], [], patience)[0]:
            return
        with contextlib.suppress(BlockingIOError):
            while True:
                answer = self.socket.recv(4096)
                number, flags = struct.unpack_from("!2H", answer)
                if number in self.under_way:
                    self.under_way.remove(number)
                    self.answered += 1
                    self.codes[flags & 15] += 1

    def finish(self):
        """Ends asking and waits for the last answers."""
        self.ending.set()
        self.join()
        end = time.monotonic() + 10
        while self.under_way and time.monotonic() < end:
            self.receive(0.1)
        self.socket.close()


class ReloadUnderLoad(harness.Scene):
    def setUp(self):
        super().setUp()
        (self.aven.rules / "lists").mkdir()
        self.list = self.aven.rules / "lists" / "names"
        self.names = "".join(f"n{i}.host{i % 7}.example\n" for i in range(NAMES))
        self.write_list(0)
        self.aven.write_pack("lists.json", {"format": 1, "pack": "lists", "rules": [
            {"id": "million", "action": "sinkhole", "lists": [{"file": "lists/names", "format": "domains"}]},
        ]})

    def write_list(self, version):
        fresh = self.list.with_name(".names.new")
        fresh.write_text(self.names + f"version{version}.example\n", encoding="ascii")
        fresh.rename(self.list)

    def wait_for_version(self, version):
        end = time.monotonic() + 60
        while 15 not in self.aven.ask(f"version{version}.example").errors:
            self.assertLess(time.monotonic(), end, f"reload {version} takes more than a minute")

    def test_no_answer_is_lost(self):
        self.aven.start()
        self.aven.ask("www.nsd.example")  # into the cache
        load = Load(self.aven.endpoints[0], ["chatgpt.com", "www.nsd.example", f"www.n{NAMES // 2}.host{NAMES // 2 % 7}.example"])
        load.start()
        for version in range(1, RELOADS + 1):
            self.write_list(version)
            self.aven.hang_up()
            self.wait_for_version(version)
        load.finish()
        self.assertEqual(load.answered, load.sent, f"{load.sent - load.answered} of {load.sent} answers are lost")
        self.assertEqual(list(load.codes), [0])
        self.assertGreater(load.sent, 100 * RELOADS)
        print(f"{RELOADS} reloads of {NAMES} names under {load.sent} questions: none lost", flush=True)


if __name__ == "__main__":
    harness.main()
