"""The dashboard's way in: it opens where it can be seen, and says what else there is where it cannot."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

_FULL_SCREEN = "\x1b[?1049h"
_YELLOW = "38;2;255;233;74"  # of the theme with high contrast
_PATIENCE_SECONDS = 60


def on_a_terminal(home: Home, *arguments: str, **environment: str) -> pexpect.spawn[str]:
    """A command at a terminal of its own."""
    return pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", *arguments],
        env={**home.environment(), "TERM": "xterm-256color", **environment},
        encoding="utf-8",
        dimensions=(40, 120),
        timeout=_PATIENCE_SECONDS,
    )


def ended(command: pexpect.spawn[str]) -> tuple[int | None, str]:
    """How a command ended that ends by itself, and all that it wrote."""
    with command:
        command.expect(pexpect.EOF)
        shown = command.before or ""
    return command.exitstatus, shown


@pytest.mark.parametrize("options", [(), ("--no-mouse",), ("--all",)], ids=str)
def test_a_dumb_terminal_gets_no_dashboard_but_the_names_of_plain_commands(
    home: Home, options: tuple[str, ...]
) -> None:
    home.make_vault()
    code, shown = ended(on_a_terminal(home, "dashboard", *options, TERM="dumb"))
    assert code == 2
    assert "\x1b" not in shown
    first, hint = shown.splitlines()
    assert first == "portal: the dashboard cannot be drawn on a terminal that calls itself dumb (TERM=dumb)"
    assert "`portal status`" in hint
    assert "`--accessible`" in hint


def test_a_demo_on_a_dumb_terminal_is_printed(home: Home) -> None:
    code, shown = ended(on_a_terminal(home, "demo", TERM="dumb"))
    assert code == 0
    assert _FULL_SCREEN not in shown
    assert "Appointments to come" in shown


@pytest.mark.parametrize(
    ("options", "environment"),
    [(("--accessible",), {}), ((), {"PORTAL_ACCESSIBLE": "yes"})],
    ids=["option", "variable"],
)
def test_who_asked_to_listen_is_told_of_the_commands_and_gets_high_contrast(
    home: Home, options: tuple[str, ...], environment: dict[str, str]
) -> None:
    home.make_vault()
    dashboard = on_a_terminal(home, "dashboard", *options, COLORTERM="truecolor", **environment)
    with dashboard:
        dashboard.expect_exact("such as `portal status`")
        dashboard.expect_exact(_FULL_SCREEN)
        dashboard.expect_exact(_YELLOW)
        dashboard.kill(signal.SIGTERM)
        dashboard.expect(pexpect.EOF)


def test_nobody_else_is_told_of_listening(home: Home) -> None:
    home.make_vault()
    dashboard = on_a_terminal(home, "dashboard")
    with dashboard:
        dashboard.expect_exact(_FULL_SCREEN)
        before = dashboard.before or ""
        dashboard.kill(signal.SIGTERM)
        dashboard.expect(pexpect.EOF)
    assert "screen reader" not in before
