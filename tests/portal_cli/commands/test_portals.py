"""`portal portals`: finding, adding, testing and removing portals, at the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from store.config import load
from tests.benchmarks.directory import brands

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.conftest import Home


def saved(home: Home) -> dict[str, str | None]:
    return {item.name: item.client_id for item in load(home.environment()).portals}


def imported(home: Home) -> None:
    (home.folder / "brands.json").write_text(json.dumps(brands(50)))
    assert home.run("portals", "import", str(home.folder / "brands.json")).code == 0


def test_adding_a_portal_tells_what_it_needs_and_saves_nothing_without_a_client_id(
    home: Home, sandbox: Sandbox
) -> None:
    said = home.run("portals", "add", sandbox.base_url)
    assert said.code == 0
    assert "practice portal" in said.out
    assert "May write" in said.out
    assert "Task" in said.out
    assert saved(home) == {}


def test_a_portal_that_was_added_is_signed_in_to_by_its_name(home: Home, sandbox: Sandbox) -> None:
    said = home.run("portals", "add", sandbox.base_url, "--client-id", "my-app", "--name", "clinic")
    assert said.code == 0
    assert saved(home) == {"clinic": "my-app"}
    home.make_vault()
    account = sandbox.sign_ins[0]
    signed = home.run(
        "login", "clinic", "--username", account.username, "--password-stdin", "--json", typed=f"{account.password}\n"
    )
    assert signed.code == 0, signed.err
    assert signed.json["name"] == "clinic"
    listed = home.run("portals", "--json").json
    assert [(row["name"], row["client_id"], row["patients"]) for row in listed] == [
        ("clinic", "my-app", [account.name])
    ]


def test_adding_keeps_the_comments_and_other_settings_of_the_file(home: Home, sandbox: Sandbox) -> None:
    config = home.folder / "config.toml"
    config.write_text("# mine\ntimeout = 12 # seconds\n\n[portals.old]\nurl = 'https://old.example.org/r4' # old\n")
    assert home.run("portals", "add", sandbox.base_url, "--client-id", "a", "--name", "new").code == 0
    text = config.read_text()
    assert text.startswith("# mine\ntimeout = 12 # seconds\n")
    assert "# old" in text
    assert set(saved(home)) == {"old", "new"}
    assert config.stat().st_mode & 0o077 == 0
    assert home.run("portals", "remove", "new").code == 0
    assert set(saved(home)) == {"old"}
    assert "# old" in config.read_text()


def test_removing_a_portal_says_what_the_vault_keeps(filled: Home, sandbox: Sandbox) -> None:
    assert filled.run("portals", "add", sandbox.base_url, "--client-id", "portal-terminal", "--name", "kept").code == 0
    said = filled.run("portals", "remove", "kept")
    assert said.code == 0
    assert "What the vault holds stays" in said.err
    assert filled.run("records", "--json").json


def test_erasing_asks_first(home: Home, sandbox: Sandbox) -> None:
    account = sandbox.sign_ins[0]
    home.sign_in(sandbox.base_url, account.username, account.password)
    assert home.run("portals", "remove", sandbox.base_url, "--erase").code == 16
    assert home.run("portals", "remove", sandbox.base_url, "--erase", "--yes").code == 0
    assert home.run("portals", "--json").json == []


def test_removing_what_is_not_there_is_not_found(home: Home) -> None:
    said = home.run("portals", "remove", "nowhere", "--json")
    assert said.code == 2  # remove prints no document
    assert home.run("portals", "remove", "nowhere").code == 6


def test_a_good_portal_passes_every_step(home: Home, sandbox: Sandbox) -> None:
    said = home.run("portals", "test", sandbox.base_url, "--client-id", "portal-terminal", "--json")
    assert said.code == 0, said.out
    steps = {step["name"]: step["outcome"] for step in said.json["steps"]}
    assert set(steps.values()) <= {"ok", "skipped"}
    assert {"address", "TLS", "SMART configuration", "PKCE with S256", "endpoints", "CapabilityStatement"} <= set(steps)
    assert {"FHIR version", "types of record", "client id", "clock"} <= set(steps)
    observation = next(item for item in said.json["offered"] if item["type"] == "Observation")
    assert "search-type" in observation["interactions"]
    assert "category" in observation["searches"]


def test_a_portal_that_is_not_there_fails_with_the_code_of_the_network(home: Home) -> None:
    said = home.run("portals", "test", "http://127.0.0.1:1/fhir")
    assert said.code == 5
    assert "✗" in said.out
    assert "→" in said.out


def test_an_address_that_would_send_in_clear_is_refused(home: Home) -> None:
    said = home.run("portals", "test", "http://fhir.example.org/r4")
    assert said.code == 2
    assert "address" in said.out


def test_an_address_without_a_portal_offers_no_sign_in(home: Home, sandbox: Sandbox) -> None:
    assert home.run("portals", "test", f"{sandbox.base_url}/nothing").code == 7


def test_a_directory_is_searched_without_a_vault_and_its_number_is_enough_to_go_on(home: Home) -> None:
    imported(home)
    name = brands(50)["entry"][1]["resource"]["name"]
    said = home.run("portals", "search", *name.split(), "--json")
    assert said.code == 0
    assert said.json[0]["name"] == name
    assert said.json[0]["url"] == "https://fhir0.example.org/api/FHIR/R4"
    assert f"portal portals add {said.json[0]['number']}" in said.err
    assert not home.vault.exists()


def test_searching_leaves_nothing_behind(home: Home) -> None:
    imported(home)
    before = {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}
    assert home.run("portals", "search", "hospital").code == 0
    assert {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()} == before


def test_searching_without_a_directory_says_how_to_get_one(home: Home) -> None:
    said = home.run("portals", "search", "memorial")
    assert said.code == 6
    assert "portal portals import" in said.err


def test_a_default_portal_is_one_that_is_known(home: Home, sandbox: Sandbox) -> None:
    assert home.run("portals", "use", "clinic").code == 6
    assert home.run("portals", "add", sandbox.base_url, "--client-id", "a", "--name", "clinic").code == 0
    assert home.run("portals", "use", "clinic").code == 0
    assert load(home.environment()).portal == "clinic"
    assert home.run("portals", "use", "--none").code == 0
    assert load(home.environment()).portal is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"resourceType":"Bundle"}', b"\x1f\x8bxx", b"\xff\xfe"])
def test_what_is_no_directory_is_refused_in_one_sentence(home: Home, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    said = home.run("portals", "import", str(tmp_path / "file"))
    assert said.code == 2
    assert len(said.err.splitlines()) == 2


def test_a_damaged_directory_is_made_anew_by_an_import(home: Home) -> None:
    imported(home)
    (home.folder / "portals.db").write_bytes(b"no database" * 1000)
    assert home.run("portals", "search", "hospital").code == 1
    imported(home)
    assert home.run("portals", "search", "hospital").code == 0
