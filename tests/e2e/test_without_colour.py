"""NO_COLOR in a real terminal: the dashboard sends no code of any colour, and what is chosen can be seen."""

from __future__ import annotations

import re
import signal
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Home

_LOOKS = re.compile(r"\x1b\[([0-9;:]*)m")
_ATTRIBUTES = {"", "0", "1", "2", "3", "4", "7", "9"}  # none, bold, dim, italic, underlined, reversed, struck out


@pytest.mark.parametrize("theme", ["dark", "terminal"])
def test_the_dashboard_sends_no_code_of_a_colour(home: Home, theme: str) -> None:
    home.ok("vault", "init")
    home.ok("config", "set", "theme", theme)
    sent = StringIO()
    dashboard = pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", "dashboard"],
        env={**home.environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"},
        encoding="utf-8",
        dimensions=(40, 120),
        timeout=60,
    )
    dashboard.logfile_read = sent
    with dashboard:
        dashboard.expect_exact("Upcoming appointments")
        dashboard.send("g")
        dashboard.expect_exact("▸ ")
        dashboard.expect_exact("Colours, idle time and more")
        dashboard.kill(signal.SIGTERM)
        dashboard.expect(pexpect.EOF)
    looks = {part for found in _LOOKS.findall(sent.getvalue()) for part in re.split("[;:]", found)}
    assert looks - _ATTRIBUTES == set()
    assert {"1", "4"} <= looks
