"""`portal import`: whose records they are is asked, wrong files are told, and what is there is listed and removed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.support import papers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal_cli.conftest import Home


def chart(folder: Path, own: str, given: str, *, name: str = "") -> Path:
    patient = {
        "resourceType": "Patient",
        "id": own,
        "name": [{"given": [given], "family": "Byron"}],
        "birthDate": "1970-12-10",
    }
    condition = {
        "resourceType": "Condition",
        "id": f"{own}-1",
        "subject": {"reference": f"Patient/{own}"},
        "code": {"text": "Cough"},
    }
    path = folder / (name or f"{own}.json")
    whole: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}
    path.write_text(json.dumps({**whole, "entry": [{"resource": patient}, {"resource": condition}]}))
    return path


@pytest.fixture
def with_ada(home: Home, tmp_path: Path) -> Home:
    home.make_vault()
    assert home.run("import", str(chart(tmp_path, "ada", "Ada"))).code == 0
    return home


def test_a_first_file_is_imported_told_listed_and_removed(with_ada: Home, tmp_path: Path) -> None:
    again = with_ada.run("import", str(tmp_path / "ada.json"))
    assert (again.code, again.out) == (0, "ada.json (FHIR JSON), Ada Byron: 2 records, 0 new or changed\n")
    (listed,) = with_ada.run("import", "--json").json
    assert (listed["name"], listed["patient"], listed["records"]) == ("ada.json", "Ada Byron", 2)
    assert listed["digest"] in with_ada.run("import").out
    assert "File ada.json" in with_ada.run("status").out
    assert "Ada Byron, imported 20" in with_ada.run("status").out
    assert with_ada.run("import", "--remove", "ada.json").code == 16
    assert "2 records removed." in with_ada.run("import", "--remove", "ada.json", "--yes").err
    assert "Nothing was imported." in with_ada.run("import").err
    assert with_ada.run("import", "--remove", "ada.json", "--yes").code == 6


def test_a_dry_run_tells_everything_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    path = chart(tmp_path, "ada", "Ada")
    said = home.run("import", str(path), "--dry-run")
    assert said.code == 0
    assert "Ada Byron, born 1970-12-10, 2 records (the first in this vault)" in said.out
    assert "1 Condition, 1 Patient" in said.out
    assert "Nothing was imported." in said.err
    assert not home.vault.exists()
    (source,) = home.run("import", str(path), "--dry-run", "--json").json["sources"]
    assert (source["types"], source["people"][0]["standing"]) == ({"Condition": 1, "Patient": 1}, "first")


def test_a_dry_run_for_somebody_new_tells_that_they_would_be_added(with_ada: Home, tmp_path: Path) -> None:
    path = str(chart(tmp_path, "bob", "Bob"))
    said = with_ada.run("import", path, "--patient", "bob", "--dry-run")
    assert (said.code, said.err) == (0, "Nothing was imported.\n")
    assert "Bob Byron, born 1970-12-10, 2 records (named by you, and new in the vault)" in said.out
    again = with_ada.run("import", str(tmp_path / "ada.json"), "--patient", "ada", "--dry-run", "--json")
    assert [person["is_new"] for person in again.json["sources"][0]["people"]] == [False]


def test_somebody_elses_file_needs_their_name(with_ada: Home, tmp_path: Path) -> None:
    path = str(chart(tmp_path, "bob", "Bob"))
    said = with_ada.run("import", path)
    assert said.code == 16
    assert "bob.json is about Bob Byron, born 1970-12-10, and not about anybody" in said.err
    assert "--patient" in said.err
    assert with_ada.run("import", path, "--patient", "carol").code == 6
    assert len(with_ada.run("import", "--json").json) == 1
    assert with_ada.run("import", path, "--patient", "bob").code == 0
    assert {row["patient"] for row in with_ada.run("records", "--json").json} == {"Ada Byron", "Bob Byron"}
    assert {row["patient"] for row in with_ada.run("records", "--patient", "bob", "--json").json} == {"Bob Byron"}


@pytest.mark.parametrize(("typed", "code"), [("yes", 1), ("", 1), ("bob  byron", 0)])
def test_at_a_terminal_somebody_elses_name_is_typed(with_ada: Home, tmp_path: Path, typed: str, code: int) -> None:
    arguments = ["-m", "portal_cli", "import", str(chart(tmp_path, "bob", "Bob"))]
    terminal = pexpect.spawn(sys.executable, arguments, env=with_ada.environment(), encoding="utf-8", timeout=60)
    terminal.expect("Type the name, Bob Byron, to import them all the same: ")
    terminal.sendline(typed)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == code
    assert len(with_ada.run("import", "--json").json) == (2 if code == 0 else 1)


def test_everybodys_records_are_imported_when_all_are_meant(with_ada: Home, tmp_path: Path) -> None:
    folder = tmp_path / "family"
    folder.mkdir()
    chart(folder, "bob", "Bob")
    (folder / "CCD.xml").write_bytes(papers.cda("x", given="Carol"))
    said = with_ada.run("import", str(folder), "--all")
    assert said.code == 0
    assert {row["patient"] for row in with_ada.run("import", "--json").json} == {
        "Ada Byron",
        "Bob Byron",
        "Carol Byron",
    }


def test_a_wrong_file_is_one_sentence_and_others_are_imported_all_the_same(home: Home, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("Dear Ada")
    home.make_vault()
    said = home.run("import", str(wrong))
    assert said.code == 2
    assert said.err.splitlines()[0] == (
        f"portal: {wrong} cannot be imported: it is neither FHIR JSON, nor NDJSON, nor a C-CDA document"
    )
    both = home.run("import", str(wrong), str(chart(tmp_path, "ada", "Ada")), "--json")
    assert both.code == 3
    assert both.json["sources"][0]["new"] == 2
    assert both.error["code"] == "partly-done"
    assert home.run("import", str(tmp_path / "nothing.json")).code == 2
    assert home.run("import", str(wrong), "--remove", "x").code == 2


def test_a_file_without_a_name_is_not_the_folder_that_one_is_in(
    with_ada: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert with_ada.run("import", "", "--dry-run").code == 2
    assert with_ada.run("import", ".", "--dry-run").code == 0


def test_a_new_vault_is_made_for_a_first_file(home: Home, tmp_path: Path) -> None:
    said = home.run("import", str(chart(tmp_path, "ada", "Ada")))
    assert said.code == 0
    assert home.vault.is_dir()
    assert "Nothing" not in said.err


def test_nothing_of_a_file_stays_in_clear(with_ada: Home) -> None:
    for path in with_ada.vault.rglob("*"):
        if path.is_file():
            assert b"Byron" not in path.read_bytes(), path
            assert b"Cough" not in path.read_bytes(), path
