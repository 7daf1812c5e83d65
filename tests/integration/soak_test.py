"""Hours on a bad line, in short: 1 % of the datagrams to and from upstream are lost, and no answerable question is.

`SOAK_S=600 AVEN=build/dev/aven python3 tests/integration/soak_test.py` for ten minutes; 30 s without it.
"""

import os
import random
import select
import socket
import struct
import time

import harness
from lossy_proxy import LossyProxy

SECONDS = float(os.environ.get("SOAK_S", "30"))
PER_SECOND = 150
PATIENCE_S = 5  # what a client waits: it asks once


class Soak(harness.Scene):
    def setUp(self):
        super().setUp()
        self.proxy = LossyProxy(self.nsd.port, loss=0.01).start()
        self.addCleanup(self.proxy.stop)
        self.aven.write_config(
            self.config(upstreams={"default": {"servers": [f"127.0.0.1:{self.proxy.port}"]}}, workers=1)
        )
        self.aven.start()

    def test_no_answerable_question_is_lost(self):
        asked = self.run_questions(SECONDS)
        self.assertGreater(self.proxy.lost, 0, "the line was not bad at all")
        print(
            f"\n{asked} questions in {SECONDS:.0f} s, {self.proxy.lost} datagrams lost of "
            f"{self.proxy.lost + self.proxy.passed}",
            flush=True,
        )

    def run_questions(self, seconds):
        """Each is for a name of its own (a wildcard answers), some for kept ones; each is asked once."""
        draw = random.Random(7)
        waiting, wrong = {}, []
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        client.connect(self.aven.endpoints[0])
        self.addCleanup(client.close)
        begin, asked, slowest = time.monotonic(), 0, 0.0
        while time.monotonic() - begin < seconds or waiting:
            now = time.monotonic()
            due = min(now - begin, seconds) * PER_SECOND
            while asked < due:
                number = draw.randrange(asked + 1) if draw.random() < 0.2 else asked
                identity = asked & 0xFFFF
                self.assertNotIn(identity, waiting)
                waiting[identity] = now
                client.send(harness.query_wire(identity, f"n{number}.wild.nsd.example"))
                asked += 1
            if select.select([client], [], [], 0.005)[0]:
                answer = client.recv(4096)
                identity, flags, _, answers = struct.unpack("!4H", answer[:8])
                slowest = max(slowest, time.monotonic() - waiting.pop(identity))
                if flags & 0xF or answers != 1:
                    wrong.append((identity, flags & 0xF, answers))
            late = [identity for identity, since in waiting.items() if now - since > PATIENCE_S]
            self.assertEqual(late, [], f"without answer after {PATIENCE_S} s; {asked} asked, {wrong} wrong")
        self.assertEqual(wrong, [], "(ID, rcode, answers) of questions that have an answer")
        print(f"\nthe slowest answer took {slowest:.2f} s", flush=True)
        return asked


if __name__ == "__main__":
    harness.main()
