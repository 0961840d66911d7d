from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store import failpoints

STEPS = """
from store import failpoints
for number in range(3):
    print(number, flush=True)
    failpoints.reach("pull.page")
    failpoints.reach("other")
"""
PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("wanted", "printed", "code"),
    [
        ("pull.page", "0", -signal.SIGKILL),
        ("pull.page:2", "0 1", -signal.SIGKILL),
        ("pull.page:9", "0 1 2", 0),
        ("pull", "0 1 2", 0),
        ("*", "0", -signal.SIGKILL),
        ("*:4", "0 1", -signal.SIGKILL),
        ("*:7", "0 1 2", 0),
        ("", "0 1 2", 0),
    ],
)
def test_a_job_is_killed_at_the_arrival_that_is_named(wanted: str, printed: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        cwd=PROJECT,
        env={**os.environ, "PORTAL_FAILPOINT": wanted},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.returncode) == (printed.split(), code)


def test_without_a_name_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_FAILPOINT", raising=False)
    failpoints.reach("pull.page")
    assert not failpoints._arrivals


def test_arrivals_at_the_named_step_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_FAILPOINT", "pull.page:3")
    monkeypatch.setattr(failpoints, "_arrivals", type(failpoints._arrivals)())
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, how: killed.append(how))
    failpoints.reach("other")
    failpoints.reach("pull.page")
    failpoints.reach("pull.page")
    assert (failpoints._arrivals, killed) == ({"pull.page": 2}, [])
    failpoints.reach("pull.page")
    assert killed == [signal.SIGKILL]
