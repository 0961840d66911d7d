"""Everything that a practice portal serves, and everything that the client sends it, type by type, is FHIR R4.

Each portal of the tests has a witness, who fails a test in which anything is not; here it is made sure that the
witness gets to see every type that there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.correspondence import ANSWERS_AFTER
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from portal_cli.sandbox.writing import ACCEPTED
from tests.portal_cli.conftest import Home, at_home
from tests.support.apps import App
from tests.support.witness import Witness, witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
ABOUT_THE_PORTAL = {"CapabilityStatement", "OperationOutcome"}
BUNDLES = {f"Bundle {kind}" for kind in ("searchset", "history", "transaction-response", "batch-response")}


@pytest.fixture(scope="module")
def practice() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


@pytest.fixture
def witness(practice: Sandbox) -> Witness:
    """Who watches the practice, with nothing seen so far."""
    found = witness_of(practice)
    found.sent.clear()
    found.served.clear()
    return found


def bundle(kind: str, app: App, *methods: str) -> dict[str, Any]:
    """A Bundle of a type with a request of each method."""
    note = {"resourceType": "MedicationStatement", "status": "active", "medicationCodeableConcept": {"text": "Zinc"}}
    who = {"reference": f"Patient/{app.patient}"}
    entries: dict[str, dict[str, Any]] = {
        "GET": {"request": {"method": "GET", "url": f"Patient/{app.patient}"}},
        "POST": {
            "fullUrl": "urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f0101",
            "resource": {**note, "subject": who, "informationSource": who},
            "request": {"method": "POST", "url": "MedicationStatement"},
        },
        "DELETE": {"request": {"method": "DELETE", "url": "Observation/nowhere"}},
    }
    return {"resourceType": "Bundle", "type": kind, "entry": [entries[method] for method in methods]}


def test_every_type_that_is_declared_is_served_sound_in_every_kind_of_bundle(
    practice: Sandbox, witness: Witness
) -> None:
    declared: set[str] = set()
    for place in range(len(practice.sign_ins)):
        app = App(practice, place)
        statement = app.call("GET", "metadata").json()
        declared |= {each["type"] for each in statement["rest"][0]["resource"]}
        for kind in sorted(declared):
            app.found(f"{kind}?_count=1000")
            app.call("GET", f"{kind}/_history?_count=1000")
            app.call("GET", f"{kind}/nowhere")
        app.found(f"Patient/{app.patient}/$everything?_count=1000")
        app.call("GET", "_history?_count=1000")
        app.close()
    app = App(practice)
    for kind, methods in (("transaction", ("GET", "POST")), ("batch", ("GET", "POST", "DELETE"))):
        answer = app.call("POST", "", bundle(kind, app, *methods), Content_Type="application/fhir+json")
        assert answer.status_code == 200, answer.text
    app.close()
    written_only = {"AppointmentResponse"}  # until somebody answers; see the next test
    assert declared >= set(ACCEPTED)
    assert (declared | ABOUT_THE_PORTAL | BUNDLES) - witness.served == written_only


def test_every_type_that_patients_send_is_sent_and_answered_sound(
    practice: Sandbox, witness: Witness, tmp_path: Path
) -> None:
    ada = at_home(tmp_path / "ada", practice)
    picture = tmp_path / "card.png"
    picture.write_bytes(PNG)
    whom = ada.run("messages", "recipients", "--json").json[0]["id"]
    send = ("messages", "send", "--to", whom, "--subject", "Knee", "--body", "It hurts.", "--attach", str(picture))
    allergy = done(ada, "allergies", "add", "latex", "--reaction", "rash", "--severity", "mild")
    card = ("insurance", "add", "--payer", "Plan", "--member", "X1", "--front", str(picture))
    insurance = done(ada, *card)
    for arguments in (
        send,
        ("refill", "lisinopril", "--note", "two left", "--remaining", "2"),
        ("appointments", "request", "--reason", "Cough", "--when", "2099-01-04"),  # a Sunday
        ("profile", "edit", "--phone", "mobile=802-555-0144", "--language", "es", "--preferred-name", "Quin"),
        ("medications", "add", "Zinc", "--directions", "One a day"),
        ("medications", "edit", "zinc", "--directions", "two"),
        ("medications", "stop", "zinc"),
        ("allergies", "end", result(allergy, "AllergyIntolerance")),
        ("insurance", "end", result(insurance, "Coverage")),
    ):
        done(ada, *arguments)
    for _ in range(2):
        practice.clinic.step()
        practice.portal.clock.advance(ANSWERS_AFTER.total_seconds())
    assert ada.run("sync").code == 0
    asked = ada.run("appointments", "--requested", "--json").json
    visit = next(each["id"] for each in asked if each["status"] == "pending")
    done(ada, "appointments", "respond", visit, "decline", "--note", "Too early")
    done(ada, "appointments", "cancel", visit, "--reason", "Travelling")
    thread = ada.run("messages", "--unread", "--json").json[0]["id"]
    assert ada.run("messages", "read", thread).code == 0
    assert witness.sent == set(ACCEPTED)
    assert witness.served >= {*ACCEPTED, "CapabilityStatement", "Bundle searchset"}


def done(home: Home, *arguments: str) -> Any:
    said = home.run(*arguments, "--yes", "--json")
    assert said.code == 0, said.err
    return said.json


def result(sent: dict[str, Any], kind: str) -> str:
    """The id of the record of a type that the portal made of what was sent."""
    names = (str(each["result"]).partition("/") for each in sent["requests"])
    return next(key for name, _, key in names if name == kind)
