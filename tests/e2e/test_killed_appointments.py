"""Appointments whose program is killed on the way: booked once, and an old one given up once."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from pathlib import Path

POINTS = ["push.sending:1", "push.answered:1", "push.confirmed:1"]


def killed(home: Home, point: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal_cli", *arguments],
        env={**home.environment(), "PORTAL_FAILPOINT": point},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def who_looks_for_times(folder: Path, practice: Sandbox) -> Home:
    home = at_home(folder, practice)
    assert home.run("appointments", "slots").code == 0
    return home


def statuses(practice: Sandbox) -> list[str]:
    """What became of the appointments that patients made."""
    made = [each.resource() for each in practice.portal.repository.everything("Appointment") if each.creator]
    return sorted(each["status"] for each in made)


@pytest.mark.parametrize("point", POINTS)
def test_a_booking_typed_offline_and_killed_on_its_way_is_made_once(point: str, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, file=tmp_path / "practice")) as practice:
        home = who_looks_for_times(tmp_path, practice)
        port = int(practice.base_url.rpartition(":")[2].partition("/")[0])
    said = home.run("appointments", "book", "1", "--reason", "Cough", "--yes", "--json")
    assert (said.code, said.json["request"]["state"]) == (0, "queued")
    with Sandbox(SandboxOptions(port, clinic_delay=3600, file=tmp_path / "practice")) as practice:
        killed(home, point, "sync")
        assert home.run("sync").code == 0
        assert home.run("sync").code == 0
        assert statuses(practice) == ["booked"]
        item = home.run("outbox", "--json").json[0]
        assert item["state"] == "confirmed"
        assert "Cough" in home.run("outbox", "show", item["id"]).out


@pytest.mark.parametrize("point", ["push.sending:1", "push.confirmed:1", "push.sending:2", "push.answered:2"])
def test_rescheduling_that_is_killed_leaves_one_appointment_in_the_end(point: str, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as practice:
        home = who_looks_for_times(tmp_path, practice)
        old = home.run("appointments", "book", "1", "--yes", "--json").json["appointment"]["id"]
        killed(home, point, "appointments", "reschedule", old, "--slot", "2", "--yes")
        assert "booked" in statuses(practice)
        assert home.run("sync").code == 0
        assert home.run("sync").code == 0
        assert statuses(practice) == ["booked", "cancelled"]
        assert home.run("appointments", "show", old, "--json").json["status"] == "cancelled"
        assert {each["state"] for each in home.run("outbox", "--json").json} == {"confirmed"}
