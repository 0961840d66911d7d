from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


def left_behind(home: Home) -> set[str]:
    return {path.name for path in home.temporary.iterdir()}


def test_a_demo_without_a_terminal_prints_the_home_and_leaves_nothing(home: Home) -> None:
    said = home.process("demo", locked=True)
    assert (said.code, said.err) == (0, "")
    for title in ("Patient", "Appointments to come", "Recent results", "Unread messages", "Medications"):
        assert title in said.out
    assert "lisinopril" in said.out.lower()
    assert left_behind(home) == set()
    assert not home.vault.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a termination"])
def test_a_demo_that_is_ended_leaves_nothing(home: Home, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "demo"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=home.environment(locked=True),
        start_new_session=True,
    )
    until = time.monotonic() + 30
    while not left_behind(home) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert b"Traceback" not in said
    assert left_behind(home) == set()


def test_a_demo_without_the_practice_portal_installed_says_how_to_install_it(home: Home) -> None:
    program = "import sys; sys.modules['flask'] = None; from portal_cli.main import run; sys.exit(run(['demo']))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=home.environment(), check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'portal-terminal[sandbox]'" in done.stderr


def test_the_dashboard_needs_a_terminal(home: Home) -> None:
    said = home.run("dashboard")
    assert said.code == 2
    assert "portal status" in said.err
