"""`portal doctor`: each thing that is wrong is named with its remedy, and nothing is changed by looking."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.portal_cli.conftest import Home, new_home

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox


@pytest.fixture
def signed_in(practice: Sandbox, tmp_path: Path) -> Home:
    found = new_home(tmp_path)
    account = practice.sign_ins[0]
    found.sign_in(practice.base_url, account.username, account.password)
    found.passphrase_file.chmod(0o600)
    return found


def steps(home: Home, *arguments: str, code: int = 0, **environment: str) -> dict[str, dict[str, Any]]:
    said = home.run("doctor", "--json", *arguments, **environment)
    assert said.code == code, said.err
    return {step["name"].partition(" ")[0]: step for step in said.json["steps"]}


def test_without_a_vault_it_says_what_makes_one(home: Home) -> None:
    found = steps(home)
    assert found["vault"]["outcome"] == "skipped"
    assert "portal login" in found["vault"]["remedy"]
    assert "SQLite" in found["program"]["detail"]
    assert not home.vault.exists()


def test_all_is_well_with_a_vault_a_sign_in_and_a_portal_that_answers(signed_in: Home) -> None:
    found = steps(signed_in)
    assert not [step for step in found.values() if step["outcome"] in {"failed", "warning"}]
    assert "renewed by itself" in found["sign-in"]["detail"]
    assert "clock agrees" in found["portal"]["detail"]


def test_a_portal_that_is_gone_is_named_unless_it_is_not_to_be_asked(signed_in: Home, practice: Sandbox) -> None:
    practice.stop()
    found = steps(signed_in, code=1)
    assert found["portal"]["outcome"] == "failed"
    assert found["portal"]["remedy"]
    assert "portal" not in steps(signed_in, "--offline")


def test_a_clock_that_is_off_is_told(signed_in: Home, practice: Sandbox) -> None:
    practice.portal.clock.advance(3600)
    found = steps(signed_in)
    assert (found["portal"]["outcome"], "differ by" in found["portal"]["detail"]) == ("warning", True)


def test_a_sign_in_that_is_over_is_told(signed_in: Home) -> None:
    assert signed_in.run("logout").code == 0
    found = steps(signed_in)
    assert (found["sign-in"]["outcome"], found["sign-in"]["detail"]) == ("warning", "signed out")
    assert "portal login" in found["sign-in"]["remedy"]


def test_files_that_others_can_read_are_told(signed_in: Home) -> None:
    signed_in.passphrase_file.chmod(0o644)
    found = steps(signed_in)
    assert found["PORTAL_PASSPHRASE_FILE"]["outcome"] == "warning"
    assert f"chmod 600 {signed_in.passphrase_file}" in found["PORTAL_PASSPHRASE_FILE"]["remedy"]
    signed_in.vault.chmod(0o755)
    found = steps(signed_in, code=1)
    assert (found["vault"]["outcome"], "chmod" in found["vault"]["remedy"]) == ("failed", True)
    assert signed_in.vault.stat().st_mode & 0o777 == 0o755


def test_a_vault_that_stays_locked_leaves_the_rest_unknown(signed_in: Home) -> None:
    said = signed_in.process("doctor", "--json", locked=True)
    found = {step["name"]: step for step in json.loads(said.out)["steps"]}
    assert (said.code, found["lock"]["outcome"]) == (0, "warning")
    assert not [name for name in found if name.startswith("sign-in")]


def test_people_read_a_line_for_each_step_with_its_remedy_below(signed_in: Home, practice: Sandbox) -> None:
    practice.stop()
    said = signed_in.run("doctor")
    lines = said.out.splitlines()
    failed = next(place for place, line in enumerate(lines) if line.startswith("✗ portal"))
    assert lines[failed + 1].startswith("    → ")


def test_a_broken_configuration_file_fails_its_step_and_the_rest_is_looked_at(signed_in: Home) -> None:
    (signed_in.folder / "config.toml").write_text("timeout = [")
    found = steps(signed_in, code=1)
    assert (found["configuration"]["outcome"], found["lock"]["outcome"]) == ("failed", "ok")
    assert f"Mend {signed_in.folder / 'config.toml'}" in found["configuration"]["remedy"]
    assert signed_in.run("doctor").out.count("✗") == 1


@pytest.mark.parametrize("first", [0, 4096])
def test_a_damaged_vault_fails_its_step_and_the_rest_is_looked_at(signed_in: Home, first: int) -> None:
    database = signed_in.vault / "vault.db"
    whole = database.read_bytes()
    database.write_bytes(whole[:first] + bytes(len(whole) - first))
    found = steps(signed_in, code=1)
    assert (found["vault"]["outcome"], "lock" in found, found["terminal"]["outcome"]) == ("failed", False, "skipped")
    assert "portal vault check" in found["vault"]["remedy"]
