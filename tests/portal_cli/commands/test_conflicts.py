from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.client import Client
from store.config import Settings
from store.records.lossless import encode
from store.vault import keys
from tests.conftest import PASSPHRASE
from tests.support.hostile import PATIENT
from tests.support.writable import WritablePortal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

TARGET = f"Patient/{PATIENT}"


@pytest.fixture
def portal() -> Iterator[WritablePortal]:
    with WritablePortal() as running:
        running.change(gender="female", active=True)
        yield running


@pytest.fixture
def torn(home: Home, portal: WritablePortal) -> Home:
    """A home with a change that overlaps with the portal's."""
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0
    settings = Settings(vault_dir=home.vault, config_file=home.folder / "config.toml")
    with Client(settings, lambda: PASSPHRASE, cost=keys.FLOOR) as client:
        client.outbox.add_update(1, TARGET, encode({**portal.record, "gender": "other"}))
    portal.change(gender="ma\x1b[31mle", active=False)
    assert home.run("sync").code == 13
    assert home.run("sync").code == 13
    return home


def only(home: Home) -> dict[str, Any]:
    (found,) = home.run("conflicts", "list", "--json").json
    return dict(found)


def test_conflicts_that_wait_are_listed_with_their_own_code(torn: Home) -> None:
    said = torn.run("conflicts", "--json")
    assert (said.code, said.error["code"]) == (13, "conflicts-waiting")
    (found,) = said.json
    assert (found["target"], found["overlaps"]) == (TARGET, ["Gender"])
    assert TARGET in torn.run("conflicts").out


def test_without_a_conflict_the_list_is_empty_and_all_is_well(home: Home, portal: WritablePortal) -> None:
    home.sign_in(portal.base_url)
    said = home.run("conflicts", "--json")
    assert (said.code, said.json) == (0, [])


def test_both_sides_are_shown_beside_each_other_and_safe_to_look_at(torn: Home) -> None:
    said = torn.run("conflicts", "show", TARGET)
    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert ["●", "Gender", "female", "other", "ma␛[31mle"] in lines
    assert ["Active", "yes", "yes", "no"] in lines
    assert "--mine" in said.err
    assert "\x1b" not in said.out
    found = torn.run("conflicts", "show", only(torn)["id"], "--json").json
    assert (found["proposed"]["gender"], found["proposed"]["active"]) == ("other", False)
    assert [line["path"] for line in found["differences"] if line["is_overlap"]] == ["Gender"]


def test_a_decision_needs_a_yes_and_is_shown_before(torn: Home, portal: WritablePortal) -> None:
    assert torn.run("conflicts", "resolve", TARGET, "--mine").code == 16
    dry = torn.run("conflicts", "resolve", TARGET, "--mine", "--dry-run")
    assert (dry.code, dry.json["gender"], portal.writes) == (0, "other", [])
    assert torn.run("conflicts", "resolve", TARGET, "--theirs", "--dry-run").code == 0
    assert torn.run("conflicts", "list").code == 13


def test_my_version_is_sent(torn: Home, portal: WritablePortal) -> None:
    said = torn.run("conflicts", "resolve", TARGET, "--mine", "--yes", "--json")
    assert (said.code, said.json["state"]) == (0, "confirmed")
    assert (portal.record["gender"], portal.record["active"]) == ("other", False)
    assert torn.run("conflicts").code == 0


def test_the_portals_version_is_kept(torn: Home, portal: WritablePortal) -> None:
    said = torn.run("conflicts", "resolve", TARGET, "--theirs", "--yes")
    assert (said.code, "given up" in said.err) == (0, True)
    assert portal.writes == []
    assert torn.run("sync").code == 0


def test_a_version_of_a_file_is_sent(torn: Home, portal: WritablePortal, tmp_path: Path) -> None:
    proposed = torn.run("conflicts", "show", TARGET, "--json").json["proposed"]
    file = tmp_path / "patient.json"
    file.write_text(json.dumps({**proposed, "gender": "unknown"}))
    said = torn.run("conflicts", "resolve", TARGET, "--edit", "--file", str(file), "--yes")
    assert (said.code, portal.record["gender"]) == (0, "unknown")


def test_a_record_that_changed_again_is_a_conflict_again(torn: Home, portal: WritablePortal) -> None:
    portal.change(gender="unknown")
    said = torn.run("conflicts", "resolve", TARGET, "--mine", "--yes", "--json")
    assert (said.code, said.error["code"]) == (13, "conflicts-waiting")
    assert only(torn)["id"] in said.error["hint"]


@pytest.mark.parametrize(
    "options", [(), ("--mine", "--theirs"), ("--mine", "--file", "x"), ("--edit",), ("--edit", "--file", "gone.json")]
)
def test_a_decision_that_is_none_is_a_mistake_of_use(torn: Home, options: tuple[str, ...]) -> None:
    assert torn.run("conflicts", "resolve", TARGET, *options, "--yes").code == 2
    assert torn.run("conflicts").code == 13


def test_an_id_of_no_conflict_is_not_found(torn: Home) -> None:
    assert torn.run("conflicts", "show", "gone").code == 6
    assert torn.run("conflicts", "resolve", "gone", "--mine", "--yes").code == 6
