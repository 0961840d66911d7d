"""A patient's own details at the command line, against the practice portal over a socket."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.task import Task

from portal_cli.sandbox import capability, writing
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from pathlib import Path

NEW = "+1-802-555-0100"


def stored(practice: Sandbox) -> dict[str, Any]:
    """The first patient as the practice has her; numbers and all."""
    version = practice.portal.repository.current("Patient", practice.sign_ins[0].patient)
    assert version is not None
    found: dict[str, Any] = json.loads(version.body)
    return found


def change_at_the_practice(practice: Sandbox, **parts: Any) -> None:
    practice.portal.repository.put({**stored(practice), **parts}, practice.sign_ins[0].patient)


def phones(patient: dict[str, Any]) -> list[str]:
    return [point["value"] for point in patient["telecom"] if point["system"] == "phone"]


def without_marks(patient: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in patient.items() if name not in {"meta", "telecom"}}


def test_a_number_is_changed_and_nothing_else(odd_practice: Sandbox, tmp_path: Path) -> None:
    practice, ada = odd_practice, at_home(tmp_path / "ada", odd_practice)
    odd = {"extension": [{"url": "urn:odd", "valueDecimal": 1}], "zebra": [{"aardvark": "kept"}]}
    change_at_the_practice(practice, **odd)
    assert ada.run("sync").code == 0
    before = stored(practice)
    said = ada.run("profile", "edit", "--phone", f"mobile={NEW}", "--yes")
    assert said.code == 0, said.err
    assert f"{before['telecom'][0]['value']} → {NEW}" in said.err
    after = stored(practice)
    assert list(after) == list(before)
    assert without_marks(after) == without_marks(before)
    assert after["telecom"] == [{**before["telecom"][0], "value": NEW}, *before["telecom"][1:]]
    assert NEW in ada.run("profile", "show").out


def test_every_detail_can_be_changed_and_what_is_sent_is_sound(ada: Home, practice: Sandbox) -> None:
    arguments = (
        *("--email", "home=new@example.org", "--phone", "work=802 555 0199"),
        *(
            "--address",
            "home=9 Hill Road|Flat 2; Briar Glen; VT; 05998",
            "--address",
            "work=1 Main Street; Barre; VT; 05641",
        ),
        *("--contact", "Felix Juniperre=802 555 0177", "--contact", "Ann Other=802 555 0178"),
        *("--language", "es-MX", "--preferred-name", "Quin"),
    )
    dry = ada.run("profile", "edit", *arguments, "--dry-run", "--json")
    assert dry.code == 0, dry.err
    Patient.model_validate_json(dry.out)
    before = stored(practice)
    assert ada.run("profile", "edit", *arguments, "--yes").code == 0
    after = stored(practice)
    sent = dry.json
    assert {**sent, "meta": after["meta"]} == after
    shown = ada.run("profile", "show", "--json").json["profiles"][0]
    assert {one["value"] for one in shown["phones"]} == {before["telecom"][0]["value"], "802 555 0199"}
    assert (shown["preferred_name"], shown["language"]) == ("Quin", "es-MX")
    assert [one["name"] for one in shown["contacts"]][-1] == "Ann Other"
    assert after["name"][0] == before["name"][0]
    removed = (
        "--remove",
        "phone=work",
        "--remove",
        "address=work",
        "--remove",
        "contact=Ann Other",
        "--preferred-name",
        "",
    )
    assert ada.run("profile", "edit", *removed, "--yes").code == 0
    assert phones(stored(practice)) == phones(before)
    assert stored(practice)["name"] == before["name"]
    assert len(stored(practice)["address"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("--phone", "mobile=none"),
        ("--phone", "mobile"),
        ("--email", "home=nowhere"),
        ("--address", "home=nowhere"),
        ("--address", "moon=1; 2; 3; 4"),
        ("--language", "not a language"),
        ("--remove", "name=x"),
        ("--remove", "phone=mobile", "--phone", "mobile=1234567"),
        ("--phone", "mobile=1234567", "--phone", "Mobile=7654321"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    ada: Home, practice: Sandbox, wrong: tuple[str, ...]
) -> None:
    before = stored(practice)
    assert ada.run("profile", "edit", *wrong, "--yes").code == 2
    assert ada.run("outbox", "--json").json == []
    assert stored(practice) == before


def test_what_is_not_there_cannot_be_removed_and_what_is_so_already_is_not_sent(ada: Home) -> None:
    assert ada.run("profile", "edit", "--remove", "phone=work", "--yes").code == 6
    number = ada.run("profile", "show", "--json").json["profiles"][0]["phones"][0]["value"]
    assert ada.run("profile", "edit", "--phone", f"mobile={number}", "--yes").code == 2


def test_without_a_yes_nothing_is_sent(ada: Home, practice: Sandbox) -> None:
    before = stored(practice)
    assert ada.run("profile", "edit", "--phone", f"mobile={NEW}").code == 16
    assert stored(practice) == before


def test_changes_of_different_things_by_the_practice_and_another_home_are_joined(
    ada: Home, practice: Sandbox, tmp_path: Path
) -> None:
    other = at_home(tmp_path / "other", practice)
    before = stored(practice)
    work = {"use": "work", "line": ["1 Main Street"], "city": "Barre"}
    change_at_the_practice(practice, address=[*before["address"], work])
    assert ada.run("profile", "edit", "--address", "home=9 Hill Road; Barre; VT; 05641", "--yes").code == 0
    assert other.run("profile", "edit", "--phone", f"mobile={NEW}", "--yes").code == 0
    assert ada.run("profile", "edit", "--phone", "work=802 555 0199", "--yes").code == 0
    after = stored(practice)
    assert [one["line"][0] for one in after["address"]] == ["9 Hill Road", "1 Main Street"]
    assert phones(after) == [NEW, "802 555 0199"]


@pytest.mark.parametrize(("choice", "wanted"), [("mine", NEW), ("theirs", "802 555 0111")])
def test_two_changes_of_one_number_are_a_conflict_to_be_decided(
    ada: Home, practice: Sandbox, choice: str, wanted: str
) -> None:
    before = stored(practice)
    change_at_the_practice(practice, telecom=[{**before["telecom"][0], "value": "802 555 0111"}, before["telecom"][1]])
    said = ada.run("profile", "edit", "--phone", f"mobile={NEW}", "--yes")
    assert said.code == 13
    waiting = ada.run("conflicts", "--json").json
    assert NEW in ada.run("conflicts", "show", waiting[0]["id"]).out
    assert ada.run("conflicts", "resolve", waiting[0]["id"], f"--{choice}", "--yes").code == 0
    assert phones(stored(practice))[0] == wanted


@pytest.mark.parametrize("mode", ["oracle", "medplum", "hapi"])
def test_vendors_that_take_changes_get_them_in_their_own_way(tmp_path: Path, mode: str) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode)) as practice:
        home = at_home(tmp_path / "home", practice)
        assert home.run("profile", "edit", "--phone", f"mobile={NEW}", "--yes").code == 0
        assert phones(stored(practice))[0] == NEW


@pytest.mark.parametrize("mode", ["epic", "athena", "healow"])
def test_vendors_that_take_no_changes_say_so_before_anything_is_asked(tmp_path: Path, mode: str) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode)) as practice:
        home = at_home(tmp_path / "home", practice)
        for arguments in (("--phone", f"mobile={NEW}"), ()):
            said = home.run("profile", "edit", *arguments)
            assert said.code == 7
            assert "does not offer changes of your details" in said.err


def only_requests(practice: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the practice take no changes of a Patient, as a portal that wants to look at them first."""
    offered = writing.interactions

    def fewer(kind: str) -> tuple[str, ...]:
        return tuple(one for one in offered(kind) if kind != "Patient" or one not in {"update", "patch"})

    monkeypatch.setattr(writing, "interactions", fewer)
    monkeypatch.setattr(capability, "interactions", fewer)
    assert practice.mode is None


def test_a_portal_that_looks_first_is_sent_a_request_and_its_answer_is_followed(
    practice: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_requests(practice, monkeypatch)
    home = at_home(tmp_path / "home", practice)
    arguments = ("profile", "edit", "--phone", f"mobile={NEW}", "--preferred-name", "Quin")
    dry = home.run(*arguments, "--dry-run", "--json")
    Task.model_validate_json(dry.out)
    said = home.run(*arguments, "--yes")
    assert said.code == 0, said.err
    assert "which the practice accepts or declines" in said.err
    assert "1 change asked for" in home.run("status").out
    assert phones(stored(practice))[0] != NEW
    seen = []
    for _ in range(4):
        practice.clinic.step()
        assert home.run("sync").code == 0
        seen.append(home.run("profile", "show", "--json").json["requests"][0]["status"])
    assert seen == ["received", "accepted", "in-progress", "completed"]
    assert phones(stored(practice))[0] == NEW
    assert home.run("profile", "show", "--json").json["profiles"][0]["preferred_name"] == "Quin"
    assert "asked for" not in home.run("status").out
    assert "Update my contact details" not in home.run("refills", "--json").out


def test_a_name_or_another_patient_cannot_be_changed_by_the_back_door_and_the_text_is_kept(
    ada: Home, practice: Sandbox, tmp_path: Path
) -> None:
    assert ada.run("profile", "edit", "--phone", f"mobile={NEW}", "--yes").code == 0
    changed = {**stored(practice), "birthDate": "1980-01-01"}
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    before = stored(practice)
    practice.stop()
    queued = ada.run("profile", "edit", "--phone", "mobile=802 555 0123", "--yes", "--json").json["requests"][0]
    assert queued["state"] == "queued"
    edited = ada.run("outbox", "edit", queued["id"], "--file", str(tmp_path / "changed.json"), "--yes")
    assert edited.code == 0, edited.err
    port = int(practice.base_url.rpartition(":")[2].partition("/")[0])
    with Sandbox(SandboxOptions(port, clinic_delay=3600)) as again:
        account = again.sign_ins[0]
        ada.sign_in(again.base_url, account.username, account.password)
        ada.run("sync")
        row = ada.run("outbox", "--json").json[0]
        assert row["state"] == "rejected", row
        assert "only the practice changes the date of birth" in row["reason"]
        assert "1980-01-01" in ada.run("outbox", "show", queued["id"], "--json").out
        assert stored(again)["birthDate"] == before["birthDate"]


def test_a_person_at_a_terminal_is_asked_for_each_and_what_is_left_empty_stays(ada: Home, practice: Sandbox) -> None:
    before = stored(practice)
    command = [sys.executable, "-m", "portal_cli", "profile", "edit"]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=ada.environment(), start_new_session=True
    )
    os.close(slave)
    shown = b""
    answers = iter([f"{NEW}\n".encode(), *[b"\n"] * 4, b"Quin\n", b"y\n"])
    seen = 0
    with contextlib.suppress(OSError):  # the terminal is gone with the program
        while chunk := os.read(master, 4096):
            shown += chunk
            while (questions := shown.count(b"]: ") + shown.count(b"[y/N] ")) > seen:
                seen = questions if questions - seen == 1 else seen + 1
                os.write(master, next(answers))
    os.close(master)
    assert process.wait(30) == 0, shown
    after = stored(practice)
    assert phones(after)[0] == NEW
    assert after["name"][1:] == [{"use": "nickname", "text": "Quin"}]
    assert (after["address"], after["contact"], after["communication"]) == (
        before["address"],
        before["contact"],
        before["communication"],
    )
