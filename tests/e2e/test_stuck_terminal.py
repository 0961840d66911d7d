"""A dashboard whose terminal takes nothing any more ends when it is told to: it keeps no vault open unseen."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pexpect

from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Home


def test_a_dashboard_that_is_told_to_end_ends_though_its_terminal_takes_nothing_any_more(home: Home) -> None:
    home.ok("vault", "init")
    dashboard = pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", "dashboard"],
        env={**home.environment, "TERM": "xterm-256color"},
        dimensions=(40, 120),
        timeout=60,
    )
    try:
        dashboard.expect_exact("Upcoming appointments")
        for _ in range(40):  # each changes the whole screen, and nobody reads what is drawn
            dashboard.send(b"?\x1b")
            time.sleep(0.05)
        dashboard.kill(signal.SIGTERM)
        until(lambda: not dashboard.isalive())
        assert dashboard.exitstatus == 128 + signal.SIGTERM
    finally:
        dashboard.close(force=True)
