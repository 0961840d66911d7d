"""Insurance and allergies at the command line, against the practice portal over a socket."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.binary import Binary
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.coverage import Coverage
from fhir.resources.R4B.documentreference import DocumentReference

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home, new_home
from tests.support.hostile import PATIENT, Offer, ScriptedPortal, resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + b"front" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"back" * 40
CARD = ("insurance", "add", "--payer", "Example Health Plan", "--member", "XYZ123456", "--plan", "PPO 500")


@pytest.fixture
def photos(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "front.png").write_bytes(PNG)
    (tmp_path / "back.jpg").write_bytes(JPEG)
    return ("--front", str(tmp_path / "front.png"), "--back", str(tmp_path / "back.jpg"))


def made_here(practice: Sandbox, kind: str) -> list[dict[str, Any]]:
    """What patients made, of one type."""
    return [json.loads(each.body) for each in practice.portal.repository.everything(kind) if each.creator]


def test_an_insurance_is_added_with_its_card_and_ended(ada: Home, practice: Sandbox, photos: tuple[str, ...]) -> None:
    dry = ada.run(*CARD, "--group", "GRP-77", "--since", "2026-01-01", *photos, "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert [body["resourceType"] for body in dry.json] == ["Coverage", "Binary", "Binary", "DocumentReference"]
    Coverage.model_validate(dry.json[0])
    Binary.model_validate(dry.json[1])
    DocumentReference.model_validate(dry.json[3])
    said = ada.run(*CARD, "--group", "GRP-77", "--since", "2026-01-01", *photos, "--yes", "--json")
    assert said.code == 0, said.err
    assert [one["state"] for one in said.json["requests"]] == ["confirmed"] * 4
    (document,) = made_here(practice, "DocumentReference")
    attachments = [one["attachment"] for one in document["content"]]
    for attachment, content in zip(attachments, (PNG, JPEG), strict=True):
        binary = practice.portal.repository.current(*attachment["url"].split("/"))
        assert binary is not None
        assert base64.b64decode(binary.resource()["data"]) == content
        assert binary.owners == {practice.sign_ins[0].patient}
    (coverage,) = made_here(practice, "Coverage")
    listed = {one["id"]: one for one in ada.run("insurance", "--json").json}
    assert (listed[coverage["id"]]["member"], listed[coverage["id"]]["group"]) == ("XYZ123456", "GRP-77")
    assert ada.run("insurance", "end", coverage["id"], "--on", "2025-01-01", "--yes").code == 2
    ended = ada.run("insurance", "end", coverage["id"], "--on", "2026-11-30", "--yes")
    assert ended.code == 0, ended.err
    assert "active → cancelled" in ended.err
    assert coverage["id"] not in {one["id"] for one in ada.run("insurance", "--json").json}
    assert coverage["id"] in {one["id"] for one in ada.run("insurance", "list", "--ended", "--json").json}
    shown = ada.run("insurance", "show", coverage["id"], "--json").json
    assert (shown["status"], shown["end"]) == ("cancelled", "2026-11-30")
    again = ada.run("insurance", "end", coverage["id"], "--yes")
    assert (again.code, "cancelled" in again.err) == (1, True)


def test_what_is_no_picture_of_a_card_is_not_sent(ada: Home, tmp_path: Path) -> None:
    (tmp_path / "card.txt").write_text("front")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "large.png").write_bytes(PNG + bytes(5 << 20))
    for name in ("card.txt", "empty.png", "large.png", "none.png", "."):
        said = ada.run(*CARD, "--front", str(tmp_path / name), "--yes")
        assert said.code == 2, name
    assert ada.run("insurance", "add", "--payer", " ", "--member", "1", "--yes").code == 2
    assert ada.run(*CARD, "--since", "soon", "--yes").code == 2
    assert ada.run("outbox", "--json").json == []


def test_an_allergy_is_told_of_in_the_patients_own_name_and_taken_back(ada: Home, practice: Sandbox) -> None:
    arguments = ("allergies", "add", "latex", "--category", "environment", "--reaction", "Rash", "--severity", "mild")
    dry = ada.run(*arguments, "--note", "Gloves", "--dry-run", "--json")
    AllergyIntolerance.model_validate_json(dry.out)
    assert ada.run(*arguments, "--note", "Gloves", "--yes").code == 0
    (allergy,) = made_here(practice, "AllergyIntolerance")
    subject = {"reference": f"Patient/{practice.sign_ins[0].patient}"}
    assert (allergy["asserter"], allergy["recorder"], allergy["patient"]) == (subject, subject, subject)
    shown = ada.run("allergies", "show", allergy["id"], "--json").json
    assert (shown["substance"], shown["standing"], shown["is_own"]) == ("latex", "unconfirmed", True)
    assert "you" in ada.run("allergies", "show", allergy["id"]).out
    assert ada.run("allergies", "end", allergy["id"], "--mistake", "--yes").code == 0
    AllergyIntolerance.model_validate(made_here(practice, "AllergyIntolerance")[0])
    assert allergy["id"] not in {one["id"] for one in ada.run("allergies", "--json").json}
    assert allergy["id"] in {one["id"] for one in ada.run("allergies", "list", "--past", "--json").json}


def test_an_allergy_of_the_practices_is_the_practices(ada: Home) -> None:
    theirs = ada.run("allergies", "--json").json[0]["id"]
    said = ada.run("allergies", "end", theirs, "--yes")
    assert (said.code, "ask the practice" in said.err) == (1, True)
    assert ada.run("allergies", "add", "latex", "--severity", "mild", "--yes").code == 2


def test_an_allergy_that_was_confirmed_meanwhile_is_refused_and_kept(ada: Home, practice: Sandbox) -> None:
    assert ada.run("allergies", "add", "latex", "--yes").code == 0
    (allergy,) = made_here(practice, "AllergyIntolerance")
    practice.portal.staff.act(f"AllergyIntolerance/{allergy['id']}", "accept", "")
    said = ada.run("allergies", "end", allergy["id"], "--mistake", "--yes")
    assert said.code in {8, 13}
    assert len(ada.run("outbox", "list", "--waiting", "--json").json) == 1


@pytest.mark.parametrize(
    ("mode", "insurance", "allergies"),
    [("epic", 7, 0), ("oracle", 0, 0), ("athena", 7, 7), ("healow", 7, 7), ("medplum", 0, 0), ("hapi", 0, 0)],
)
def test_each_vendor_takes_what_it_offers_and_says_so_of_the_rest(
    tmp_path: Path, mode: str, insurance: int, allergies: int
) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode)) as practice:
        home = at_home(tmp_path / "home", practice)
        for arguments, code in ((CARD, insurance), (("allergies", "add", "latex"), allergies)):
            said = home.run(*arguments, "--yes")
            assert said.code == code, said.err
        assert len(made_here(practice, "Coverage")) == (not insurance)
        assert len(made_here(practice, "AllergyIntolerance")) == (not allergies)


def test_a_portal_with_nothing_but_messages_gets_one_and_it_is_said_before(
    tmp_path: Path, home_of: Home, scripted: ScriptedPortal
) -> None:
    (tmp_path / "front.png").write_bytes(PNG)
    for arguments in (("profile", "edit", "--phone", "mobile=802 555 0100"), CARD, ("allergies", "add", "latex")):
        dry = home_of.run(*arguments, "--dry-run", "--json")
        assert dry.code == 0, dry.err
        message = Communication.model_validate_json(dry.out)
        assert message.payload
        assert "as a message to the practice" in home_of.run(*arguments, "--dry-run").out
    assert "802 555 0100" in home_of.run("profile", "edit", "--phone", "mobile=802 555 0100", "--dry-run", "--json").out
    assert home_of.run(*CARD, "--front", str(tmp_path / "front.png"), "--dry-run").code == 7
    assert scripted.base_url


@pytest.fixture
def scripted() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        running.types["Communication"] = Offer(("read", "search-type", "create"))
        running.add(resource("Patient", PATIENT, telecom=[{"system": "phone", "value": "1", "use": "home"}]))
        yield running


@pytest.fixture
def home_of(tmp_path: Path, scripted: ScriptedPortal) -> Home:
    home = new_home(tmp_path)
    home.sign_in(scripted.base_url)
    assert home.run("sync").code == 0
    return home


@pytest.mark.parametrize(
    ("words", "noun"),
    [
        (("allergies", "show"), "allergy"),
        (("allergies", "end"), "allergy"),
        (("insurance", "show"), "insurance"),
        (("insurance", "end"), "insurance"),
        (("appointments", "show"), "appointment"),
        (("appointments", "cancel"), "appointment"),
        (("appointments", "directions"), "appointment"),
    ],
)
def test_a_record_of_another_type_is_not_taken_for_what_a_command_is_about(
    ada: Home, words: tuple[str, str], noun: str
) -> None:
    other = f"Condition/{ada.run('records', 'list', 'condition', '--json').json[0]['id']}"
    said = ada.run(*words, other, *(("--yes",) if words[1] in {"end", "cancel"} else ()))
    assert (said.code, said.out) == (6, "")
    assert f"no {noun} matches `{other}`" in said.err
