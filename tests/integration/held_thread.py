"""One thread of a child, held by ptrace(2) while the others go on: a worker that hangs."""

import contextlib
import ctypes
import os
import pathlib

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WAIT_ALL = 0x40000000  # __WALL


class Thread:
    def __init__(self, thread_id):
        self.id = thread_id
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def _ptrace(self, request):
        if self.libc.ptrace(request, self.id, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    @contextlib.contextmanager
    def held(self):
        self._ptrace(PTRACE_SEIZE)
        self._ptrace(PTRACE_INTERRUPT)
        os.waitpid(self.id, WAIT_ALL)  # stopped
        try:
            yield
        finally:
            self._ptrace(PTRACE_DETACH)


def thread_of(pid, name):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return Thread(int(task.name))
    raise AssertionError(f"no thread {name}")
