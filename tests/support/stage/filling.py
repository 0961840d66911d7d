"""What the homes of a stage have in them before a run, and what in them a command line may name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from store.client import Client
from store.config import Settings
from store.records.reminders import Channel, Topic
from store.services.message_plans import Wording
from store.services.reminders import Wanted
from store.services.sign_in import SignInRequest
from store.vault import keys
from tests.conftest import PASSPHRASE
from tests.support.hostile import PATIENT, ScriptedPortal, resource

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox

CONFIGURATION = "retries = 0\ntimeout = 5\n"
PNG = b"\x89PNG\r\n\x1a\npicture"
_SESSION_SECONDS = 12 * 60 * 60
_DAY = {"effectiveDateTime": "2026-03-02T08:00:00Z", "status": "final"}
_DOCTOR = {"reference": "Practitioner/d1", "display": "Dr. Grace Hopper"}


def settings(home: Path) -> Settings:
    """The settings of a home."""
    return Settings(
        home / "vault", home / "config.toml", session_file=home / "session", retries=0, requests_in_flight=1
    )


def bare(home: Path) -> None:
    """Make a home without a vault, with files that command lines name."""
    home.mkdir(parents=True)
    (home / "config.toml").write_text(CONFIGURATION)
    (home / "passphrase").write_text(f"{PASSPHRASE}\n")
    (home / "card.png").write_bytes(PNG)
    chart = {"resourceType": "Patient", "id": "i1", "name": [{"family": "Lovelace", "given": ["Ada"]}]}
    (home / "chart.json").write_text(json.dumps(chart))
    (home / "portals.json").write_text(json.dumps(_directory()))
    (home / "letter.txt").write_text("Since Monday.\n")


def empty(home: Path) -> dict[str, str]:
    """A home without a vault."""
    bare(home)
    return {}


def synced(home: Path, portal: Sandbox, base_url: str) -> dict[str, str]:
    """A home in step with the practice portal, with one of each thing that one may have asked for."""
    bare(home)
    account = portal.sign_ins[0]
    with _client(home) as client:
        client.prepare()
        with client.sign_ins.begin(SignInRequest(base_url, name="clinic")) as attempt:
            attempt.with_password(account.username, account.password)
        client.sync.run()
        client.slots.begin_session(_SESSION_SECONDS)
        client.refills.submit(client.refills.plan("lisinopril"))
        beginning = client.letters.begin((str(client.letters.recipients().items[0].id),))
        client.letters.drafts.keep(client.letters.plan(beginning, Wording("Cough", "", "Since Monday.", ())))
        client.reminders.add(Wanted(Topic.APPOINTMENT, ("1d",), (Channel.TERMINAL,)))
        client.backups.write(home / "old.backup")
        return {
            **_words(client),
            "medicine": "atorvastatin",
            "username": account.username,
            "password": account.password,
            "url": base_url,
        }


def queued(home: Path) -> dict[str, str]:
    """The same home, with a request that could not be sent."""
    with _client(home) as client:
        row = client.refills.submit(client.refills.plan("metformin"))
        return {"queued": str(row.id)}


def read_only(home: Path, portal: ScriptedPortal) -> dict[str, str]:
    """A home at a portal that shows a few records, and takes nothing."""
    bare(home)
    with _client(home) as client:
        client.prepare()
        with client.sign_ins.begin(SignInRequest(portal.base_url, name="reader")) as attempt:
            attempt.with_password("ada", "secret")
        client.sync.run()
        client.slots.begin_session(_SESSION_SECONDS)
    return {"url": portal.base_url, "username": "ada", "password": "secret"}


def read_only_portal() -> ScriptedPortal:
    """The portal of that home: every kind that a command is about, and no way to write."""
    portal = ScriptedPortal()
    sodium = {"code": {"text": "Sodium"}, "category": [{"coding": [{"code": "laboratory"}]}]}
    pulse = {"code": {"text": "Heart rate"}, "category": [{"coding": [{"code": "vital-signs"}]}]}
    lisinopril = {"text": "Lisinopril 10 mg"}
    day = {"start": "2026-03-20T09:00:00Z", "end": "2026-03-20T09:30:00Z", "status": "booked"}
    for body in (
        resource("Observation", "lab1", valueQuantity={"value": 140, "unit": "mmol/L"}, **sodium, **_DAY),
        resource("Observation", "vital1", valueQuantity={"value": 60, "unit": "/min"}, **pulse, **_DAY),
        resource("MedicationRequest", "m1", status="active", intent="order", medicationCodeableConcept=lisinopril),
        resource("Appointment", "a1", participant=[{"actor": {"reference": f"Patient/{PATIENT}"}}], **day),
        resource("Condition", "c1", code={"text": "Asthma"}),
        resource("Coverage", "cov1", status="active", payor=[{"display": "Blue"}]),
        resource("AllergyIntolerance", "al1", code={"text": "Penicillin"}),
        resource("DocumentReference", "doc1", status="current", content=[_attached("Letter")]),
        resource("Communication", "msg1", status="completed", sender=_DOCTOR, payload=[{"contentString": "Hello"}],
                 sent="2026-03-01T10:00:00Z", recipient=[{"reference": f"Patient/{PATIENT}"}]),
    ):  # fmt: skip
        portal.add(body)
    return portal


def _attached(text: str) -> dict[str, Any]:
    return {"attachment": {"contentType": "text/plain", "title": text, "data": "SGVsbG8="}}


def _client(home: Path) -> Client:
    return Client(settings(home), lambda: PASSPHRASE, lambda: PASSPHRASE, keys.FLOOR)


def _words(client: Client) -> dict[str, str]:
    """What command lines name: the first of each kind."""
    rows = {kind: client.records.list((kind,), limit=1).items for kind in ("conditions", "documents")}
    slots = client.bookings.times.list().items
    return {
        "lab": str(client.labs.list(None, kind="lab", limit=1).items[0].id),
        "vital": str(client.labs.list(None, kind="vital", limit=1).items[0].id),
        "condition": str(rows["conditions"][0].id),
        "document": str(rows["documents"][0].id),
        "appointment": str(client.appointments.list(limit=1).items[0].id),
        "slot": str(slots[0].number),
        "insurance": str(client.insurance.list(limit=1).items[0].id),
        "allergy": str(client.allergies.list(limit=1).items[0].id),
        "thread": str(client.messages.list(limit=1).items[0].id),
        "draft": str(client.letters.drafts.list(1).items[0].id),
        "refill": str(client.refills.list(limit=1).items[0].id),
        "sent": str(client.outbox.list(limit=1).items[0].id),
        "recipient": str(client.letters.recipients().items[0].id),
        "rule": str(client.reminders.list().items[0].id),
    }


def _directory() -> dict[str, Any]:
    endpoint = {
        "resourceType": "Endpoint",
        "id": "e1",
        "status": "active",
        "name": "Memorial Hospital",
        "address": "https://fhir.memorial.example/r4",
        "connectionType": {"code": "hl7-fhir-rest"},
    }
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": endpoint}]}
