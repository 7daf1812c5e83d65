"""systemd's watchdog is fed while every worker turns, and starves when one of them hangs."""

import contextlib
import ctypes
import os
import pathlib
import socket
import time
import unittest

import harness

PERIOD_S = 0.4
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


class Thread:
    """One thread of a child, held by ptrace(2): the others go on."""

    def __init__(self, thread_id):
        self.id = thread_id
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def _ptrace(self, request):
        if self.libc.ptrace(request, self.id, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def hold(self):
        self._ptrace(PTRACE_SEIZE)
        self._ptrace(PTRACE_INTERRUPT)
        os.waitpid(self.id, 0x40000000)  # __WALL: stopped

    def let_go(self):
        self._ptrace(PTRACE_DETACH)


def worker_thread(pid, name):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return Thread(int(task.name))
    raise AssertionError(f"no thread {name}")


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
        worker = worker_thread(self.aven.process.child.pid, "aven-worker-1")
        worker.hold()
        try:
            # The answer to the last question may be on its way; after it nothing comes for as long as it hangs.
            end = time.monotonic() + harness.PATIENCE_S
            while self.next_word(2 * PERIOD_S) is not None:
                self.assertLess(time.monotonic(), end, "it is fed although a worker hangs")
        finally:
            worker.let_go()
        self.wait_fed()


if __name__ == "__main__":
    harness.main()
