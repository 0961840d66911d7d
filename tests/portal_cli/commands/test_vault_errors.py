from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.portal_cli.conftest import Home, new_home

if TYPE_CHECKING:
    from pathlib import Path

READING = [
    ("status",), ("labs",), ("vitals",), ("medications",), ("appointments",), ("messages",), ("records",),
    ("refills",), ("refill", "lisinopril"), ("sync",), ("export",), ("logout",),
    ("outbox",), ("outbox", "retry", "x"), ("conflicts",), ("conflicts", "resolve", "x", "--mine"),
]  # fmt: skip


@pytest.fixture
def copied(filled: Home, tmp_path: Path) -> Home:
    """A vault that a test may spoil."""
    home = new_home(tmp_path)
    shutil.copytree(filled.vault, home.vault)
    return home


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_without_a_vault_every_command_says_so(home: Home, words: tuple[str, ...]) -> None:
    said = home.run(*words)
    assert (said.code, said.out) == (11, "")
    assert "portal demo" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("unlock",),
        ("vault", "passphrase"),
        ("vault", "recovery", "new"),
        ("vault", "repair"),
        ("vault", "repair", "--yes"),
        ("vault", "erase"),
    ],
    ids=" ".join,
)
def test_without_a_vault_nobody_is_asked_what_opens_it(
    home: Home, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = home.process(*words, locked=True)
    assert (said.code, said.out) == (11, "")
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "y"

    monkeypatch.setattr("portal_cli.prompts.has_terminal", lambda: True)
    monkeypatch.setattr("portal_cli.prompts.can_answer", lambda: True)
    monkeypatch.setattr("portal_cli.prompts._secret", answer)
    monkeypatch.setattr("portal_cli.prompts._answer", answer)
    assert home.run(*words, PORTAL_PASSPHRASE_FILE="").code == 11
    assert asked == []


@pytest.mark.parametrize("words", [("vault", "init"), ("login", "http://127.0.0.1:9/fhir")], ids=" ".join)
def test_a_vault_that_is_to_be_made_is_not_called_locked(home: Home, words: tuple[str, ...]) -> None:
    said = home.process(*words, locked=True)
    assert (said.code, "a passphrase is needed to make the vault" in said.err) == (10, True)
    assert "locked" not in said.err


def test_a_wrong_passphrase_has_its_own_code(copied: Home) -> None:
    copied.passphrase_file.write_text("another\n")
    said = copied.run("labs", "--json")
    assert (said.code, said.out) == (12, "")
    assert said.error["code"] == "wrong-passphrase"


def test_a_passphrase_file_that_is_not_there_leaves_the_vault_locked(copied: Home) -> None:
    copied.passphrase_file.unlink()
    said = copied.run("labs")
    assert said.code == 10
    assert "PORTAL_PASSPHRASE_FILE" in said.err


def test_without_a_terminal_a_locked_vault_stays_locked_and_stdin_is_no_answer(copied: Home) -> None:
    said = copied.process("labs", "--json", typed=copied.passphrase_file.read_text(), locked=True)
    assert (said.code, said.out) == (10, "")


def test_the_status_of_a_locked_vault_says_that_it_is_locked(copied: Home) -> None:
    said = copied.process("status", "--json", locked=True)
    assert said.code == 10
    assert said.json == {"vault": str(copied.vault), "is_locked": True}


def test_a_file_that_is_no_vault_is_called_damaged(copied: Home) -> None:
    (copied.vault / "vault.db").write_bytes(b"SQLite format 3\x00" + b"not a vault " * 999)
    assert copied.run("labs").code == 9


def test_a_header_that_is_no_header_is_called_damaged(copied: Home) -> None:
    (copied.vault / "vault.json").write_text("hello")
    said = copied.run("labs")
    assert said.code == 9
    assert str(copied.vault) in said.err


def test_a_vault_of_a_newer_program_is_left_alone(copied: Home) -> None:
    header = copied.vault / "vault.json"
    header.write_text(header.read_text().replace('"format": 1', '"format": 99'))
    assert copied.run("labs").code == 15
