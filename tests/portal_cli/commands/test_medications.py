"""The medication list and a patient's own medicines at the command line, against the practice portal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.medicationstatement import MedicationStatement

from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import Settings
from store.records.medication_writes import OwnMedicine
from tests.conftest import PASSPHRASE
from tests.portal_cli.conftest import Home, at_home
from tests.support.hostile import Offer, ScriptedPortal

if TYPE_CHECKING:
    from pathlib import Path


def act(home: Home, *arguments: str) -> Any:
    said = home.run("medications", *arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json["medication"]


def stored(practice: Sandbox, record_id: str) -> dict[str, Any]:
    version = practice.portal.repository.current("MedicationStatement", record_id)
    assert version
    MedicationStatement.model_validate_json(version.body)
    return version.resource()


def listed(home: Home, name: str, *more: str) -> list[dict[str, Any]]:
    return [one for one in home.run("medications", "list", "--json", *more).json if name in one["name"]]


def test_a_medicine_of_ones_own_is_added_changed_and_stopped(practice: Sandbox, ada: Home) -> None:
    words = ("--directions", "1 as needed", "--as-needed", "--since", "2024-01", "--for", "headache", "--note", "hi")
    plan = ada.run("medications", "add", "Ibuprofen 200 mg", *words, "--dry-run", "--json").json
    MedicationStatement.model_validate_json(json.dumps(plan))
    assert plan["informationSource"] == plan["subject"]
    made = act(ada, "add", "Ibuprofen 200 mg", *words)
    assert (made["source"], made["status"]) == ("self-reported", "active")
    before = stored(practice, made["id"])
    assert before["effectivePeriod"] == {"start": "2024-01"}
    assert before["dosage"] == [{"text": "1 as needed", "asNeededBoolean": True}]
    act(ada, "edit", "ibuprofen", "--directions", "2 as needed")
    after = stored(practice, made["id"])
    assert after["dosage"] == [{"text": "2 as needed", "asNeededBoolean": True}]
    changed = {"dosage", "dateAsserted", "meta"}
    assert {name for name in before if before[name] != after[name]} <= changed
    act(ada, "stop", "ibuprofen", "--on", "2024-11-20", "--reason", "stomach ache")
    ended = stored(practice, made["id"])
    assert (ended["status"], ended["effectivePeriod"]["end"]) == ("stopped", "2024-11-20")
    assert ended["statusReason"] == [{"text": "stomach ache"}]
    assert listed(ada, "Ibuprofen 200") == []
    assert [one["status"] for one in listed(ada, "Ibuprofen 200", "--all")] == ["stopped"]
    again = ada.run("medications", "stop", made["id"], "--yes")
    assert again.code == 1
    assert "that is stopped cannot be stopped" in again.err
    act(ada, "stop", made["id"], "--mistake")
    assert stored(practice, made["id"])["status"] == "entered-in-error"
    assert ada.run("medications", "stop", made["id"], "--yes").code == 6


def test_what_is_unknown_in_a_statement_stays_as_it_was(odd_practice: Sandbox, tmp_path: Path) -> None:
    practice, ada = odd_practice, at_home(tmp_path / "ada", odd_practice)
    made = act(ada, "add", "Zinc")
    odd = {"url": "urn:odd", "valueDecimal": 1}
    body = {**stored(practice, made["id"]), "extension": [odd], "adherence": {"zebra": [1, {"b": 2, "a": None}]}}
    practice.portal.repository.put(body, made["id"], practice.sign_ins[0].patient)
    assert ada.run("sync").code == 0
    act(ada, "stop", "zinc")
    after = practice.portal.repository.current("MedicationStatement", made["id"])
    assert after
    assert {name: after.resource()[name] for name in ("extension", "adherence")} == {
        "extension": [odd],
        "adherence": {"zebra": [1, {"b": 2, "a": None}]},
    }


def test_a_change_asks_first_and_nobody_to_ask_sends_nothing(practice: Sandbox, ada: Home) -> None:
    said = ada.run("medications", "add", "Zinc", "--directions", "one")
    assert said.code == 16
    assert "Zinc" in said.err
    assert practice.sign_ins[0].name.split()[-1] in said.err
    assert all(not version.creator for version in practice.portal.repository.everything("MedicationStatement"))


def test_what_is_prescribed_is_not_the_patients_to_change(ada: Home) -> None:
    for command in ("stop", "edit"):
        said = ada.run("medications", command, "lisinopril", "--yes")
        assert said.code == 6
        assert "the practice's to change" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("add", " "),
        ("add", "Zinc", "--since", "yesterday"),
        ("add", "Zinc", "--since", "2024-13"),
        ("add", "Zinc", "--since", "2999"),
        ("edit", "Zinc", "--since", "2999-01"),
        ("add", "Zinc", "--code", "x12"),
        ("edit", "Zinc"),
        ("edit", "Zinc", "--name", ""),
        ("edit", "Zinc", "--name", " "),
        ("stop", "Zinc", "--on", "2023-01-01"),
        ("stop", "Zinc", "--on", "2999-01-01"),
        ("stop", "Zinc", "--on", "2024-05-01", "--mistake"),
    ],
)
def test_what_cannot_be_understood_is_said_in_a_sentence(ada: Home, words: tuple[str, ...]) -> None:
    act(ada, "add", "Zinc", "--since", "2024")
    said = ada.run("medications", *words, "--yes")
    assert said.code == 2, said.err
    assert "Traceback" not in said.err


def test_a_medicine_called_as_in_the_record_has_its_code_and_is_folded_into_it(practice: Sandbox, ada: Home) -> None:
    (order,) = listed(ada, "lisinopril")
    made = act(ada, "add", order["name"], "--directions", order["directions"])
    assert made["code"] == order["code"]
    (found,) = listed(ada, "lisinopril")
    assert found["id"] == order["id"]
    assert any(made["id"] in words for words in found["folded"])
    act(ada, "edit", made["id"], "--directions", "half of one")
    assert sorted(one["directions"] for one in listed(ada, "lisinopril")) == sorted(
        [order["directions"], "half of one"]
    )
    assert [one["differs"] for one in listed(ada, "lisinopril") if one["id"] == made["id"]] != [""]
    assert "other directions than" in ada.run("medications").out
    assert stored(practice, made["id"])["medicationCodeableConcept"]["coding"][0]["code"] == order["code"]


def test_without_a_connection_it_waits_and_is_listed(practice: Sandbox, ada: Home) -> None:
    practice.stop()
    said = ada.run("medications", "add", "Zinc", "--yes")
    assert said.code == 0
    assert "queued" in said.err
    assert [one["status"] for one in listed(ada, "Zinc")] == ["queued"]
    assert ada.run("outbox", "list", "--json").json[0]["kind"] == "medication"
    assert ada.run("status", "--json").json["waiting"] == 1


def test_what_the_portal_refuses_is_said_in_its_words_and_kept(practice: Sandbox, ada: Home) -> None:
    made = act(ada, "add", "Zinc")
    version = practice.portal.repository.current("MedicationStatement", made["id"])
    assert version
    settings = Settings(vault_dir=ada.vault, config_file=ada.folder / "config.toml")
    with Client(settings, ask=lambda: PASSPHRASE) as client:
        plan = client.own_medicines.edit("zinc", OwnMedicine(directions="two"))
        practice.portal.repository.put(
            {**version.resource(), "status": "entered-in-error"}, made["id"], practice.sign_ins[0].patient
        )
        with pytest.raises(Exception, match="entered in error is not changed"):
            client.own_medicines.submit(plan)
        (kept,) = client.outbox.list(waiting=True).items
        assert json.loads(client.outbox.show(str(kept.id)).fhir)["dosage"] == [{"text": "two"}]


@pytest.mark.parametrize("mode", sorted(MODES))
def test_every_vendors_portal_takes_it_or_says_that_it_does_not(mode: str, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode)) as portal:
        home = at_home(tmp_path / mode, portal)
        said = home.run("medications", "add", "Zinc", "--yes", "--json")
        if portal.mode and not portal.mode.offers("MedicationStatement", "create"):
            assert said.code == 7
            assert "does not offer medicines that patients report" in said.err
            return
        assert said.code == 0, said.err
        act(home, "edit", "zinc", "--directions", "two")
        act(home, "stop", "zinc")
        assert stored(portal, said.json["medication"]["id"])["status"] == "stopped"


def test_a_portal_without_changes_says_so_before_anything_is_asked(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.types["MedicationStatement"] = Offer(("read", "search-type"))
        body = {
            "resourceType": "MedicationStatement",
            "id": "s1",
            "status": "active",
            "subject": {"reference": "Patient/p1"},
            "medicationCodeableConcept": {"text": "Zinc"},
        }
        portal.add(json.dumps(body).encode())
        home.sign_in(portal.base_url)
        assert home.run("sync").code == 0
        for words in (("add", "Iron"), ("stop", "zinc"), ("edit", "zinc", "--name", "Iron")):
            assert home.run("medications", *words).code == 7
