"""systemd's watchdog is fed while every worker turns, and starves when one of them hangs."""

import contextlib
import os
import socket
import time

import harness
import held_thread

PERIOD_S = 0.4


class Watchdog(harness.Scene):
    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        path = str(self.folder / "notify")
        self.socket.bind(path)
        variables = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(int(PERIOD_S * 1e6))}
        self.aven.start(env={**os.environ, **variables})

    def next_word(self, seconds):
        """What the program tells next, or None if it is silent for so long."""
        self.socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            return self.socket.recv(4096).decode()
        return None

    def wait_fed(self):
        harness.wait_for(lambda: self.next_word(harness.PATIENCE_S) == "WATCHDOG=1", "the watchdog's food")

    def test_it_is_ready_and_then_alive_again_and_again(self):
        self.assertEqual(self.next_word(harness.PATIENCE_S), "READY=1")
        for _ in range(3):
            self.wait_fed()

    def test_a_worker_that_hangs_starves_it(self):
        self.wait_fed()
        with held_thread.thread_of(self.aven.process.child.pid, "aven-worker-1").held():
            # The answer to the last question may be on its way; after it nothing comes for as long as it hangs.
            end = time.monotonic() + harness.PATIENCE_S
            while self.next_word(2 * PERIOD_S) is not None:
                self.assertLess(time.monotonic(), end, "it is fed although a worker hangs")
        self.wait_fed()


if __name__ == "__main__":
    harness.main()
