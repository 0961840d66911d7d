"""`portal login` as a process that waits for a browser, which is somebody of the test."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class WaitingLogin:
    """A sign-in that has opened its page: `address` is what it gave to the browser."""

    process: subprocess.Popen[str]
    address: str

    def ended(self) -> tuple[int, str]:
        """Wait for its end: the exit code, and all that it said."""
        out, err = self.process.communicate(timeout=_PATIENCE_SECONDS)
        return self.process.returncode, out + err


@contextmanager
def waiting_login(url: str, folder: Path, environment: dict[str, str], *options: str) -> Iterator[WaitingLogin]:
    """Start `portal login`, whose browser is a script that hands the address over to this test."""
    handed, script = folder / "address", folder / "browser"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" >"{handed}.new" && mv "{handed}.new" "{handed}"\n')
    script.chmod(0o700)
    handed.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "login", url, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "BROWSER": f"{script} %s"},
        cwd=folder,
    )
    with process:
        try:
            yield WaitingLogin(process, _address(process, handed))
        finally:
            if process.poll() is None:
                process.terminate()


def _address(process: subprocess.Popen[str], handed: Path) -> str:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not handed.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "no address was given to a browser"
        time.sleep(0.05)
    return handed.read_text()
