"""Errors become a sentence and a next step."""

from __future__ import annotations

from pathlib import Path

from store import errors, people_errors
from tui import troubles


def test_an_error_becomes_a_sentence_and_a_next_step() -> None:
    found = troubles.describe(errors.Unreachable("https://portal.example", "no route to host"))
    assert found.sentence == "https://portal.example could not be reached: no route to host."
    assert "press s to try again" in found.hint
    assert found.is_offline


def test_every_kind_of_vault_error_has_a_next_step() -> None:
    path = Path("/somewhere/vault.db")
    for error in (
        errors.NoVault(path),
        errors.VaultLocked(),
        errors.PassphraseUnreadable("PORTAL_PASSPHRASE_FILE", "no such file"),
        errors.WrongPassphrase(),
        errors.VaultDamaged(path, "it is short"),
        errors.VaultNewer(9, 1),
        errors.VaultBusy("the vault"),
        errors.VaultUnsafe(path, "can be read by others"),
        errors.StorageFailed(path, "the disk is full"),
        errors.EngineUnsafe("3.40.0", "3.51.3"),
        errors.SignInNeeded("hillside"),
    ):
        assert troubles.describe(error).hint


def test_what_could_be_meant_is_told() -> None:
    many = errors.Ambiguous("pharmacy", "main", ("Main Street", "Main \x1b[2J Square"))
    assert troubles.describe(many).hint.startswith("There are: Main Street; Main ")
    assert "\x1b" not in troubles.describe(many).hint
    assert troubles.describe(errors.NotFound("medicine", "lisino", ("Lisinopril",))).hint == "Close to it: Lisinopril."


def test_what_is_not_there_is_to_be_synced_only_where_a_sync_may_bring_it() -> None:
    assert "press s" in troubles.describe(errors.NotFound("medicine", "x")).hint.casefold()
    for kind in ("directory", "draft", "conflict", "request", "reminder"):
        hint = troubles.describe(errors.NotFound(kind, "x")).hint
        assert hint
        assert "press s" not in hint.casefold()


def test_a_write_for_somebody_else_says_how_to_go_on() -> None:
    assert "press" not in troubles.describe(people_errors.OtherPatient("Ben")).sentence
    assert "then p" in troubles.describe(people_errors.OtherPatient("Ben")).hint


def test_what_a_portal_says_cannot_steer_the_terminal() -> None:
    found = troubles.describe(errors.SignInRefused("no \x1b]0;owned\x07 entry\x9b2J"))
    assert not set(found.words) & {"\x1b", "\x07", "\x9b"}


def test_a_mistake_of_ours_is_told_without_what_it_was_working_on() -> None:
    found = troubles.unexpected(ValueError("Zephyrine Testperson has a secret"))
    assert "Zephyrine" not in found.words
