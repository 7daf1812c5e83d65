"""SIGTERM: it ends within a second, and answers what waits."""

import pathlib
import socket
import time

import harness

LIMIT_S = 3  # a second by design; what is more is a busy machine's


class Stop(harness.Scene):
    def config(self):
        self.silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.silent.close)
        self.silent.bind(("127.0.0.1", 0))
        return super().config(upstreams={"default": {"servers": [f"127.0.0.1:{self.silent.getsockname()[1]}"]}})

    def end_and_time(self):
        started = time.monotonic()
        code = self.aven.stop()
        self.assertEqual(code, 0)
        return time.monotonic() - started

    def test_idle_it_ends_at_once(self):
        self.aven.start()
        self.assertLess(self.end_and_time(), LIMIT_S)

    def test_queries_that_wait_are_answered_and_it_ends_within_a_second(self):
        self.aven.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.connect(self.aven.endpoints[0])
            client.send(harness.query_wire(0x1234, "slow.nsd.example"))
            self.silent.settimeout(harness.PATIENCE_S)
            self.silent.recv(512)  # the question has arrived upstream: it waits
            self.assertLess(self.end_and_time(), LIMIT_S)
            answer = client.recv(512)
        self.assertEqual(answer[:2], b"\x12\x34")
        self.assertEqual(answer[3] & 0xF, 2, "SERVFAIL")

    def test_it_does_not_wait_for_a_load_that_is_under_way(self):
        with (self.aven.rules / "big.txt").open("w") as names:
            names.writelines(f"n{number}.big.example\n" for number in range(1_500_000))
        self.aven.start()
        self.aven.write_pack("big.json", {"format": 1, "pack": "big", "rules": [
            {"id": "big", "action": "sinkhole", "lists": [{"file": "big.txt", "format": "domains"}]},
        ]})
        self.aven.hang_up()
        loading = pathlib.Path(f"/proc/{self.aven.process.child.pid}/fd")
        harness.wait_for(lambda: any("big.txt" in str(entry.resolve()) for entry in loading.iterdir()), "the load")
        self.assertLess(self.end_and_time(), LIMIT_S)


if __name__ == "__main__":
    harness.main()
