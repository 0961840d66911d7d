"""Killed at any moment, whatever it is doing: the vault opens and is sound, and what was acknowledged is there.

`PORTAL_KILLS` is how many kills at random moments there are in all (70), beside one at each step of each job;
`python -m tests.support.killing` says how to repeat one.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.e2e.conftest import ROOT
from tests.support.jobs import jobs

JOBS = tuple(jobs(""))
KILLS = int(os.environ.get("PORTAL_KILLS", "70"))
_SECONDS_A_KILL = 5  # on a machine that has a lot else to do
_SECONDS_TO_PREPARE = 60
_LEAST_STEPS = 4


def killing(*arguments: str, kills: int) -> str:
    """Kill jobs from a process that has a single thread, which the one of the tests has not; returns what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killing", *arguments],
        capture_output=True,
        text=True,
        timeout=_SECONDS_TO_PREPARE + kills * _SECONDS_A_KILL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


@pytest.mark.parametrize("name", JOBS)
def test_a_job_killed_at_random_moments_loses_nothing_and_goes_on(name: str) -> None:
    kills = -(-KILLS // len(JOBS))
    said = killing(name, "--kills", str(kills), kills=kills)
    assert said.startswith(f"{name}: {kills} kills"), said


@pytest.mark.parametrize("name", JOBS)
def test_a_job_stopped_at_each_of_its_steps_goes_on_and_ends_as_one_that_was_not(name: str) -> None:
    said = killing(name, "--steps", kills=50)
    assert int(said.removeprefix(f"{name}: ").split()[0]) > _LEAST_STEPS, said
