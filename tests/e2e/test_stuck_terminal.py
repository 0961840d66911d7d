"""A dashboard whose terminal takes nothing any more ends when it is told to: it keeps no vault open unseen."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from fcntl import ioctl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Home

_PATIENCE = 60.0
_SHOWN = "Upcoming appointments"


@contextmanager
def dashboard(home: Home) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A dashboard that shows its home, as the leader of a session on a terminal of its own; and that terminal."""
    terminal, inner = pty.openpty()
    termios.tcsetwinsize(terminal, (40, 120))
    process = subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "dashboard"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**home.environment, "TERM": "xterm-256color"},
        start_new_session=True,
        preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one system call
    )
    os.close(inner)
    try:
        wait_for(terminal, _SHOWN)
        yield process, terminal
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_for(terminal: int, text: str) -> None:
    seen, until = b"", time.monotonic() + _PATIENCE
    while text.encode() not in seen:
        assert time.monotonic() < until, seen[-500:]
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 1 << 16)


def test_a_dashboard_that_is_told_to_end_ends_though_its_terminal_takes_nothing_any_more(home: Home) -> None:
    home.ok("vault", "init")
    with dashboard(home) as (process, terminal):
        for _ in range(40):  # each changes the whole screen, and nobody reads what is drawn
            os.write(terminal, b"?\x1b")
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=_PATIENCE) == 128 + signal.SIGTERM
        os.close(terminal)
