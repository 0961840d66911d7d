from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portal_cli.diagnostics import EXIT_CODES, ExitCode, exit_code, report, report_unexpected, show_traceback
from portal_cli.hints import HINTS, hint_for
from portal_cli.problems import EditorFailed, NoTerminal, ViewerFailed
from store import errors, people_errors

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERY = {
    kind
    for module in (errors, people_errors)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, errors.PortalError)
}
PATH = Path("/home/somebody/vault")
EXAMPLES: Iterable[tuple[errors.PortalError, int]] = [
    (errors.InvalidInput("`x` is no date"), 2),
    (errors.PortTaken(8765), 2),
    (errors.RedirectElsewhere("`x` is not on this machine"), 2),
    (errors.NotImportable(PATH, "it is empty"), 2),
    (errors.ConfigurationBroken(PATH, "config.toml is a folder"), 2),
    (errors.NotFound("record", "x"), 6),
    (errors.Ambiguous("current prescription", "x", ("Lisinopril", "Lithium")), 2),
    (errors.AlreadyRequested("Lisinopril", "requested", "t1"), 1),
    (errors.ConfirmationNeeded("the refill request"), 16),
    (people_errors.OtherPatient("Ben", "Ada"), 16),
    (people_errors.ChartUnknown("Eve", ("Ada", "Ben")), 6),
    (people_errors.ChartNeeded(("Ada", "Ben")), 2),
    (people_errors.RightEnded("a.example", "Ben", "2026-01-31"), 4),
    (people_errors.RightEnded("a.example", "Ben"), 4),
    (people_errors.NotGranted("a.example", "refill requests", "Ben"), 7),
    (errors.NoticeFailed("there is no `notify-send` on this computer"), 1),
    (errors.NoticeDoubtful("the mail server's answer was lost"), 1),
    (errors.PartlyDone("the sync is done", ("Observation: HTTP status 500",)), 3),
    (errors.WrongState("confirmed", "be cancelled"), 1),
    (errors.ConflictsWaiting(("c1", "c2")), 13),
    (errors.DirectoryDamaged(PATH), 1),
    (errors.NoVault(PATH), 11),
    (errors.VaultExists(PATH), 1),
    (errors.VaultLocked(), 10),
    (errors.PassphraseUnreadable("PORTAL_PASSPHRASE_FILE", "it is empty"), 10),
    (errors.WrongPassphrase(), 12),
    (errors.VaultErased(PATH), 11),
    (errors.SessionEnded(), 10),
    (errors.PassphraseWeak(()), 2),
    (errors.WrongRecoveryCode(), 12),
    (errors.WrongRecoveryCode(2), 12),
    (errors.KeychainFailed("it is locked"), 1),
    (errors.VaultUnsound(("page 3 is damaged",)), 9),
    (errors.AuditBroken(("line 3 is gone",)), 9),
    (errors.StorageFailed(PATH, "the disk is full", 4_096), 1),
    (errors.VaultDamaged(PATH, "it is no database"), 9),
    (errors.VaultNewer(2, 1), 15),
    (errors.VaultBusy("the sync"), 14),
    (errors.VaultUnsafe(PATH, "can be read by other users"), 1),
    (errors.StorageFailed(PATH, "no space left on device"), 1),
    (errors.IdentityClash("Observation/1"), 9),
    (errors.FileInTheWay(PATH), 2),
    (errors.EngineUnsafe("3.40.0", "3.51.3"), 1),
    (errors.Unreachable("https://a.example", "it refused the connection"), 5),
    (errors.BadAnswer("https://a.example", "it is no JSON"), 5),
    (errors.InsecureAddress("http://a.example", "it is not encrypted"), 2),
    (errors.SignInNeeded("a.example"), 4),
    (errors.SignInRefused("the password is not right"), 4),
    (errors.NotOffered("a.example", "refill requests"), 7),
    (errors.AccountRefused("wrong-code", "The code is not right", attempts_left=4), 8),
    (errors.Rejected("a.example", 422, ("too early",)), 8),
    (NoTerminal("it needs a terminal", "Use one."), 2),
    (errors.ExtraMissing("the practice portal", "sandbox"), 1),
    (EditorFailed("there is no editor"), 1),
    (ViewerFailed("there is no viewer"), 1),
]


def test_every_error_class_has_an_exit_code_and_a_hint() -> None:
    assert set(EXIT_CODES) == EVERY
    assert set(HINTS) == EVERY


def test_every_error_that_can_be_raised_has_an_example_here() -> None:
    bases = {errors.PortalError, errors.VaultError, errors.RemoteError}
    assert {type(error) for error, _ in EXAMPLES} >= EVERY - bases


def test_output_that_cannot_be_written_undoes_nothing_and_that_is_said() -> None:
    assert "may be done all the same" in hint_for(errors.StorageFailed(Path("the output"), "no space left on device"))


@pytest.mark.parametrize(("error", "code"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_becomes_a_sentence_a_hint_and_its_exit_code(
    error: errors.PortalError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, "portal labs", as_json=False) == code
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert said.out == ""
    assert lines[0] == f"portal: {error}"
    assert lines[1].startswith("  → ")
    assert len(lines[1]) > len("  → ")


@pytest.mark.parametrize(("error", "code"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_is_one_json_object_where_json_was_asked_for(
    error: errors.PortalError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    report(error, "portal labs", as_json=True)
    found = json.loads(capsys.readouterr().err)["error"]
    assert set(found) == {"code", "message", "hint", "exit"}
    assert found["code"] == found["code"].lower()
    assert (found["message"], found["exit"]) == (str(error), code)


def test_the_parts_that_failed_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    report(errors.PartlyDone("the sync is done", ("Observation: gone", "Task: gone")), "portal sync", as_json=False)
    assert capsys.readouterr().err.splitlines()[2:] == ["  - Observation: gone", "  - Task: gone"]


def test_the_choices_of_an_ambiguous_name_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    report(errors.Ambiguous("portal", "", ("home", "work")), "portal sync", as_json=False)
    said = capsys.readouterr().err
    assert "there are 2 portals and none was named" in said
    assert "home; work" in said


def test_a_class_without_a_row_takes_the_code_of_the_class_above_it() -> None:
    class Closer(errors.WrongPassphrase):
        pass

    assert exit_code(Closer()) is ExitCode.WRONG_PASSPHRASE


def test_a_mistake_in_the_program_is_told_without_what_it_was_about(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise KeyError("lisinopril")
    except KeyError as error:
        report_unexpected(error, as_json=False)
        show_traceback(error)
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "test_diagnostics.py" in said
    assert "portal: this is a mistake in portal (KeyError)" in said
    assert "lisinopril" not in said.replace('raise KeyError("lisinopril")', "")


def test_no_control_character_of_a_portal_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(errors.Rejected("a.example", 422, ("\x1b[2J\u202egone",)), "portal refill", as_json=False)
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said
