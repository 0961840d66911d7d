"""Threads take their memory from few places."""

from __future__ import annotations

import subprocess
import sys

import pytest

COUNT = """
import ctypes, sys, threading
from store.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(6)
def take():
    together.wait()
    libc.malloc(100_000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.fopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the rule is of glibc")
def test_threads_share_few_arenas() -> None:
    def arenas(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, check=True, text=True)
        return done.stdout.count("<heap nr=")

    assert arenas("shared") <= 2 < arenas("as it is")
