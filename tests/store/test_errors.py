from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store import errors, people_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = Path("/home/ada/vault/vault.json")
EXAMPLES: list[tuple[errors.PortalError, str]] = [
    (errors.PortTaken(8765), "port 8765 on this machine is taken by another program, and the portal knows no other"),
    (errors.RedirectElsewhere("`x` is not a web address"), "`x` is not a web address"),
    (errors.NotImportable(PLACE, "it is empty"), f"{PLACE} cannot be imported: it is empty"),
    (errors.ConfigurationBroken(PLACE, "config.toml is a folder"), "config.toml is a folder"),
    (errors.InvalidInput("there is no word to search for"), "there is no word to search for"),
    (errors.NotFound("record", "x", ("y",)), "no record matches `x`"),
    (errors.Ambiguous("medication", "asp", ("a", "b")), "`asp` matches 2 medications"),
    (
        people_errors.ChartUnknown("Eve", ("Ada", "Ben")),
        "no chart that this account may see matches `Eve`",
    ),
    (
        people_errors.ChartNeeded(("Ada", "Ben")),
        "this sign-in may be for each of several people, and it was not said whom: Ada; Ben",
    ),
    (people_errors.OtherPatient("Ben", "Ada"), "this is for Ben, and Ada is shown"),
    (people_errors.OtherPatient("Ben"), "this is for Ben, and everybody's records are shown"),
    (
        people_errors.RightEnded("clinic", "Ben", "2026-01-31"),
        "the right to see the records of Ben at clinic has ended on 2026-01-31",
    ),
    (
        people_errors.RightEnded("clinic", "Ben"),
        "the sign-in at clinic, or the right to see the records of Ben, has ended",
    ),
    (people_errors.NotGranted("clinic", "refills", "Ben"), "the sign-in at clinic for Ben does not allow refills"),
    (errors.AlreadyRequested("aspirin", "requested", "1"), "a request for aspirin is already open (requested)"),
    (errors.ConfirmationNeeded("sending a refill request"), "sending a refill request needs a confirmation"),
    (errors.NoticeFailed("there is no `notify-send` on this computer"), "there is no `notify-send` on this computer"),
    (errors.NoticeDoubtful("the mail server's answer was lost"), "the mail server's answer was lost"),
    (errors.PartlyDone("2 portals are in step", ("a", "b")), "2 portals are in step, but 2 of its parts failed"),
    (errors.WrongState("confirmed", "be cancelled"), "a request that is confirmed cannot be cancelled"),
    (
        errors.DirectoryDamaged(Path("/home/me/portals.db")),
        "the directory of portals, /home/me/portals.db, is damaged",
    ),
    (
        errors.ConflictsWaiting(("c1",)),
        "a change waits for your decision: the portal has changed the same thing",
    ),
    (
        errors.ConflictsWaiting(("c1", "c2")),
        "2 changes wait for your decision: the portal has changed the same thing",
    ),
    (errors.NoVault(PLACE), "there is no vault yet"),
    (errors.VaultExists(PLACE), "there is a vault already"),
    (errors.VaultLocked(), "the vault is locked"),
    (
        errors.PassphraseUnreadable("PORTAL_PASSPHRASE_FILE", "it is empty"),
        "the passphrase could not be read by way of PORTAL_PASSPHRASE_FILE: it is empty",
    ),
    (errors.VaultErased(PLACE), "the vault was erased, and its remains have not been removed yet"),
    (errors.SessionEnded(), "the vault is locked: its session has ended"),
    (errors.PassphraseWeak(("Add a word.",)), "that passphrase could be guessed"),
    (errors.WrongPassphrase(), "the passphrase does not open this vault"),
    (errors.WrongRecoveryCode(), "the recovery code does not open this vault"),
    (errors.WrongRecoveryCode(3), "the recovery code has a slip in group 3"),
    (errors.WrongRecoveryCode(0), "that is no recovery code: one has 8 groups of 5 letters and digits"),
    (errors.KeychainFailed("it is locked"), "the keychain of this system cannot be used: it is locked"),
    (errors.VaultUnsound(("page 3 is damaged",)), "the vault is damaged: page 3 is damaged"),
    (errors.VaultUnsound(("page 3 is damaged", "so is page 4")), "the vault is damaged"),
    (errors.AuditBroken(("line 3 is gone",)), "the audit trail is not what was written: line 3 is gone"),
    (errors.VaultDamaged(PLACE, "it is missing"), "vault.json is damaged or is not a vault: it is missing"),
    (errors.VaultNewer(3, 2), "the vault has format 3 and this program knows formats up to 2"),
    (errors.VaultBusy("the vault"), "the vault is in use by another `portal`"),
    (errors.VaultUnsafe(PLACE, "can be read by other users"), f"{PLACE} can be read by other users"),
    (errors.StorageFailed(PLACE, "the disk is full"), f"{PLACE} could not be written: the disk is full"),
    (errors.FileInTheWay(PLACE), f"{PLACE} is there already"),
    (errors.IdentityClash("Goal/1"), "the record Goal/1 cannot be told from another one"),
    (
        errors.EngineUnsafe("3.51.1", "3.51.3"),
        "the SQLite inside sqlcipher3 is 3.51.1, and versions before 3.51.3 can corrupt a vault",
    ),
    (errors.ExtraMissing("a table", "parquet"), "a table needs the `parquet` extra, which is not installed"),
    (errors.Unreachable("https://p.example", "no answer"), "https://p.example could not be reached: no answer"),
    (
        errors.BadAnswer("https://p.example", "it is no JSON", 200),
        "https://p.example gave an answer that cannot be used: it is no JSON",
    ),
    (errors.InsecureAddress("http://p.example", "it is not https"), "`http://p.example` is refused: it is not https"),
    (errors.SignInNeeded(), "you are not signed in to a portal"),
    (errors.SignInNeeded("clinic"), "the sign-in at clinic has ended"),
    (errors.SignInRefused("the portal said no"), "the portal said no"),
    (errors.NotOffered("clinic", "refills"), "clinic does not offer refills"),
    (errors.AccountRefused("wrong-code", "The code is not right", attempts_left=4), "the code is not right"),
    (errors.Rejected("clinic", 422, ("too early", "no")), "clinic refused the request (HTTP 422): too early; no"),
    (errors.Rejected("clinic", 403), "clinic refused the request (HTTP 403)"),
]


def drawn() -> Iterator[tuple[int, str]]:
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│├└─ ]*)([A-Z]\w+)(?: {2,}\S|$)", line):
            yield len(found.group(1)) // 4, found.group(2)


def defined(root: type[errors.PortalError] = errors.PortalError, depth: int = 0) -> Iterator[tuple[int, str]]:
    yield depth, root.__name__
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from defined(kind, depth + 1)


def test_the_tree_is_drawn_as_it_is() -> None:
    assert list(drawn()) == list(defined())


def test_every_error_has_an_example_of_its_sentence() -> None:
    bases = {"PortalError", "VaultError", "RemoteError"}
    named = {
        name
        for module in (errors, people_errors)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, errors.PortalError)
    }
    assert {type(error).__name__ for error, _ in EXAMPLES} == named - bases


@pytest.mark.parametrize(("error", "sentence"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_says_what_happened_in_one_sentence(error: errors.PortalError, sentence: str) -> None:
    assert str(error) == sentence
    assert not sentence.endswith(".")
    assert "\n" not in sentence


def test_facts_are_attributes() -> None:
    missing = errors.NotFound("record", "x", ("y",))
    assert (missing.kind, missing.name, missing.close) == ("record", "x", ("y",))
    refused = errors.Rejected("clinic", 422, ("too early",))
    assert (refused.portal, refused.status, refused.issues) == ("clinic", 422, ("too early",))
    assert not errors.Unreachable("https://p.example", "no answer", sent=False).sent
