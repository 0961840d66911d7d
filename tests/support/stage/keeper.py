"""A practice portal in a process of its own, which can be put back: each time it opens, a fork of it serves."""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STARTING, _SETTLED, _OPEN, _CLOSE, _READY = b"s", b"t", b"o", b"c", b"r"
_REST_SECONDS = 3600.0


class Keeper:
    """The portal as the house holds it. What is done before `settle` is kept; what is done later, while it is open
    again, is forgotten. `portal` is for looking at what it was made with, and does not serve here."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        self.portal = Sandbox(SandboxOptions(port=_free_port(), clinic_delay=_REST_SECONDS))
        self.base_url = f"http://127.0.0.1:{self.portal.options.port}/fhir"
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._to)
            _keep(self.portal, theirs_in, theirs_out, prepare)
        os.close(theirs_in)
        os.close(theirs_out)
        self._wait()

    def settle(self) -> None:
        """Let it be as it is now, and close it."""
        self._ask(_SETTLED)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Have it serve inside the block, as it was when it settled."""
        self._ask(_OPEN)
        try:
            yield
        finally:
            self._ask(_CLOSE)

    def end(self) -> None:
        """End it."""
        os.close(self._to)
        os.waitpid(self._child, 0)

    def _ask(self, what: bytes) -> None:
        os.write(self._to, what)
        self._wait()

    def _wait(self) -> None:
        assert os.read(self._from, 1) == _READY, "the portal has gone"


def _keep(portal: Sandbox, asked: int, told: int, prepare: Callable[[], None]) -> NoReturn:
    """Serve until it is settled, then fork for each opening."""
    portal.start()
    os.write(told, _READY)
    child = 0
    while what := os.read(asked, 1):
        if what == _SETTLED:
            portal.stop()
        elif what == _OPEN:
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                gc.disable()  # as in a run
                prepare()
                portal.start()
                os.write(writing, _READY)
                while True:
                    time.sleep(_REST_SECONDS)
            os.close(writing)
            os.read(reading, 1)
            os.close(reading)
        elif what == _CLOSE:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.write(told, _READY)
    os._exit(0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
