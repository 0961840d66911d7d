"""Details and insurance whose program is killed on the way: changed once, told of once, and joined with others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.e2e.test_killed_appointments import killed
from tests.portal_cli.commands.test_insurance import PNG, made_here
from tests.portal_cli.commands.test_profile import NEW, phones, stored
from tests.portal_cli.conftest import at_home

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("point", ["push.sending:1", "push.answered:1", "push.confirmed:1"])
def test_a_change_that_is_killed_on_its_way_is_made_once_and_joined_with_the_practices(
    point: str, tmp_path: Path
) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as practice:
        home = at_home(tmp_path / "home", practice)
        before = stored(practice)
        killed(home, point, "profile", "edit", "--phone", f"mobile={NEW}", "--yes")
        address = [*stored(practice)["address"], {"use": "work", "line": ["1 Main Street"], "city": "Barre"}]
        practice.portal.repository.put({**stored(practice), "address": address}, practice.sign_ins[0].patient)
        assert home.run("sync").code == 0
        assert home.run("sync").code == 0
        after = stored(practice)
        assert phones(after) == [NEW, *phones(before)[1:]]
        assert after["address"] == address
        assert int(after["meta"]["versionId"]) == int(before["meta"]["versionId"]) + 2
        assert [one["state"] for one in home.run("outbox", "--json").json] == ["confirmed"]


@pytest.mark.parametrize("point", ["push.sending:1", "push.answered:1", "push.answered:3", "push.confirmed:3"])
def test_an_insurance_that_is_killed_on_its_way_is_told_of_once(point: str, tmp_path: Path) -> None:
    (tmp_path / "front.png").write_bytes(PNG)
    with Sandbox(SandboxOptions(clinic_delay=3600)) as practice:
        home = at_home(tmp_path / "home", practice)
        card = ("--member", "X1", "--front", str(tmp_path / "front.png"))
        killed(home, point, "insurance", "add", "--payer", "Plan", *card, "--yes")
        assert home.run("sync").code == 0
        assert home.run("sync").code == 0
        assert len(made_here(practice, "Coverage")) == 1
        (document,) = made_here(practice, "DocumentReference")
        assert json.dumps(document).count("Binary/") == 1
        assert {one["state"] for one in home.run("outbox", "--json").json} == {"confirmed"}
