"""The records of a made-up patient, and a vault that holds them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from store.records import catalog
from store.records.incoming import Incoming, of
from store.records.lossless import decode
from store.vault import connections, keys, outbox, resources, vault
from tests.tui import charts_care
from tests.tui.charts_keeping import CAPABILITY
from tests.tui.charts_letters import DETAILS, letters_chart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.config import Settings
    from store.records.elements import Json

PASSPHRASE = "correct horse battery staple"
NOW = 1_795_510_800  # 2026-11-24 09:00 UTC
PATIENT = "Zephyrine Testperson"


def fill(settings: Settings, records: list[Json], *, waiting: bool = True, **sign_in: object) -> None:
    """Create a vault with one portal and these records; `sign_in` says what is special about its sign-in."""
    with vault.create(settings, PASSPHRASE.encode(), keys.FLOOR) as opened, opened.transaction() as tx:
        owner = connections.save(tx, replace(signed_in(), **sign_in))  # type: ignore[arg-type]  # its fields
        connections.name_patient(tx, owner, PATIENT)
        connections.mark_synced(tx, owner, NOW - 250)
        resources.store(tx, owner, [incoming(record) for record in records])
        if waiting:
            outbox.add(tx, queued(owner))
            charts_care.rules(tx, owner)


def arrive(settings: Settings, *records: Json) -> None:
    """Store records as another process does that syncs."""
    with vault.unlock(settings, PASSPHRASE.encode()) as opened, opened.transaction() as tx:
        resources.store(tx, 1, [incoming(record) for record in records])


def signed_in() -> connections.SignedIn:
    return connections.SignedIn(
        name="hillside",
        base_url="https://portal.example/fhir",
        client_id="portal-terminal",
        redirect_uri=None,
        scope_requested=None,
        scope="patient/*.rs",
        patient="pat-1",
        fhir_user="Patient/pat-1",
        access_expires=NOW + 3600,
        smart=b"{}",
        capability=CAPABILITY,
        access_token="access-token-of-a-test",
        refresh_token="refresh-token-of-a-test",
    )


def queued(owner: int) -> outbox.Item:
    return outbox.Item(
        id="0190-waiting",
        connection=owner,
        kind="refill",
        title="Albuterol 90 mcg inhaler",
        type="Task",
        request_id="0190-waiting",
        body=b"{}",
        state=outbox.State.QUEUED.value,
        created=NOW - 3600,
        updated=NOW - 3600,
        focus="MedicationRequest/med-4",
    )


def incoming(record: Json) -> Incoming:
    body = json.dumps(record).encode()
    return of((record["resourceType"], record["id"]), ("1", None), catalog.read_envelope(decode(body)), "", body)


def chart() -> Iterator[Json]:
    """A small chart with something in every panel."""
    yield {"resourceType": "Patient", "id": "pat-1", "name": [{"text": PATIENT}], "birthDate": "1971-04-02", **DETAILS}
    yield from _appointments()
    yield from _messages()
    yield from _results()
    yield from _refills()
    yield from _medications()
    yield from charts_care.records()
    yield from letters_chart()


def _appointments() -> Iterator[Json]:
    yield appointment("app-1", "Follow-up visit, diabetes", "2026-11-25T15:30:00Z", "Dr. Ottoline Example")
    yield appointment("app-2", "Eye examination", "2026-12-09T18:00:00Z", "Dr. Barnaby Sample", "pending")
    yield appointment("app-3", "Annual physical", "2027-03-15T14:15:00Z", "Dr. Ottoline Example")


def appointment(record_id: str, title: str, start: str, clinician: str, status: str = "booked") -> Json:
    return {
        "resourceType": "Appointment",
        "id": record_id,
        "status": status,
        "description": title,
        "start": start,
        "participant": [
            {"actor": {"reference": "Practitioner/1", "display": clinician}, "status": "accepted"},
            {"actor": {"reference": "Location/1", "display": "Hillside Practice, Room 4"}, "status": "accepted"},
        ],
        "patientInstruction": "Please bring your glucose meter and a list of all your medicines.",
    }


def _messages() -> Iterator[Json]:
    yield _header("thr-1", "Blood pressure readings")
    yield message("msg-1", "thr-1", "2026-11-20T14:00:00Z", "Patient/pat-1", PATIENT, "Here are my readings.")
    yield message(
        "msg-2",
        "thr-1",
        "2026-11-23T16:12:00Z",
        "Practitioner/1",
        "Dr. Ottoline Example",
        "Thank you. They look better than last month.\n\nPlease go on with the lower dose, and write to me again "
        "in two weeks with your morning values.",
        status="in-progress",
    )
    yield _header("thr-2", "Referral to the eye clinic")
    yield message(
        "msg-3", "thr-2", "2026-11-23T20:00:00Z", "Practitioner/2", "Nurse Pip Fictional", "The referral is sent."
    )


def _header(record_id: str, subject: str) -> Json:
    return {"resourceType": "Communication", "id": record_id, "status": "completed", "topic": {"text": subject}}


def message(  # noqa: PLR0913 - what differs between messages
    record_id: str, parent: str, sent: str, sender: str, name: str, text: str, *, status: str = "completed"
) -> Json:
    return {
        "resourceType": "Communication",
        "id": record_id,
        "status": status,
        "partOf": [{"reference": f"Communication/{parent}"}],
        "sent": sent,
        "sender": {"reference": sender, "display": name},
        "payload": [{"contentString": text}],
    }


def _results() -> Iterator[Json]:
    rows = (
        ("Hemoglobin A1c", "4548-4", 7.4, "%", "2026-11-18", (4.0, 5.6), "H"),
        ("Hemoglobin A1c", "4548-4", 8.1, "%", "2026-08-11", (4.0, 5.6), "H"),
        ("Hemoglobin A1c", "4548-4", 6.9, "%", "2026-02-03", (4.0, 5.6), "H"),
        ("Potassium", "2823-3", 6.9, "mmol/L", "2026-11-18", (3.5, 5.1), "HH"),
        ("Sodium", "2951-2", 139, "mmol/L", "2026-11-18", (136, 145), None),
        ("Hemoglobin", "718-7", 10.9, "g/dL", "2026-11-18", (12.0, 15.5), "L"),
        (
            "Cholesterol in LDL, calculated by the Friedewald formula",
            "13457-7",
            96,
            "mg/dL",
            "2026-11-02",
            (0, 100),
            "N",
        ),
    )
    for number, (name, code, value, unit, date, (low, high), flag) in enumerate(rows):
        yield result(f"obs-{number}", name, code, value, unit, f"{date}T13:05:00Z", low, high, flag)
    yield {
        "resourceType": "Observation",
        "id": "obs-culture",
        "status": "preliminary",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"text": "Urine culture"},
        "effectiveDateTime": "2026-11-21",
        "valueString": "Growth of mixed flora, identification to follow",
        "interpretation": [{"coding": [{"code": "A"}]}],
    }


def result(  # noqa: PLR0913, PLR0917 - what differs between results
    record_id: str,
    name: str,
    code: str,
    value: float,
    unit: str,
    when: str,
    low: float,
    high: float,
    flag: str | None,
) -> Json:
    found: Json = {
        "resourceType": "Observation",
        "id": record_id,
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"text": name, "coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": unit},
        "referenceRange": [{"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}],
    }
    if flag:
        found["interpretation"] = [{"coding": [{"code": flag}]}]
    return found


def _refills() -> Iterator[Json]:
    for record_id, name, status, reason, when in (
        (
            "task-1",
            "Lisinopril 10 mg tablet",
            "accepted",
            "At the pharmacy tomorrow after 4 pm",
            "2026-11-22T15:00:00Z",
        ),
        ("task-2", "Metformin 500 mg tablet", "completed", "", "2026-10-30T15:00:00Z"),
        ("task-3", "Zolpidem 5 mg tablet", "rejected", "Please make an appointment first", "2026-09-12T15:00:00Z"),
    ):
        yield {
            "resourceType": "Task",
            "id": record_id,
            "status": status,
            "intent": "proposal",
            "code": {"coding": [{"code": "fulfill"}, {"code": "refill"}]},
            "focus": {"reference": "MedicationRequest/med-1", "display": name},
            "authoredOn": when,
            "lastModified": when,
            **({"statusReason": {"text": reason}} if reason else {}),
        }


def _medications() -> Iterator[Json]:
    for record_id, name, directions in (
        ("med-1", "Lisinopril 10 mg tablet", "Take 1 tablet by mouth every morning"),
        ("med-2", "Metformin 500 mg tablet", "Take 1 tablet by mouth twice a day with meals"),
        ("med-3", "Atorvastatin 20 mg tablet", "Take 1 tablet by mouth at bedtime"),
        ("med-4", "Albuterol 90 mcg inhaler", "Inhale 2 puffs every 4 to 6 hours as needed for wheezing"),
    ):
        yield {
            "resourceType": "MedicationRequest",
            "id": record_id,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": name},
            "authoredOn": "2026-05-04",
            "requester": {"display": "Dr. Ottoline Example"},
            "dosageInstruction": [{"text": directions}],
            "dispenseRequest": {"numberOfRepeatsAllowed": 3, "quantity": {"value": 90, "unit": "tablets"}},
        }
