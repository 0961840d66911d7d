"""A practice that takes messages, changes, insurances and allergies, and a dashboard that is signed in to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from store.client import Client
from store.vault import keys
from tests.support.hostile import PATIENT, Offer, resource
from tests.support.signing import sign_in_to
from tests.support.waiting import no_pauses
from tests.support.wire import Answer
from tests.support.writable import WritablePortal
from tests.tui.charts import PASSPHRASE, message
from tests.tui.charts_letters import DETAILS, letters_chart
from tui.app import PortalApp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.config import Settings
    from tests.support.wire import Call

TAKES = Offer(("read", "search-type", "create"), ("patient", "identifier"), conditional_create=True)
CHANGES = Offer(("read", "search-type", "create", "update"), ("patient", "identifier"), conditional_create=True)
DOCTOR = "Dr. Ottoline Example"


@contextmanager
def practice() -> Iterator[WritablePortal]:
    """A portal with one patient's details and messages; changes of other records than the patient's are taken as is."""
    with WritablePortal() as portal, no_pauses():
        portal.change(**DETAILS)
        for name in ("Communication", "Binary", "DocumentReference", "Task"):
            portal.types[name] = TAKES
        for name in ("Coverage", "AllergyIntolerance"):
            portal.types[name] = CHANGES
            portal.behaviours[f"PUT /fhir/{name}"] = lambda call: _stored(portal, call)
        portal.add(*(json.dumps(record).encode() for record in letters_chart(PATIENT)))
        portal.add(
            resource(
                "Communication",
                "thr-1",
                status="in-progress",
                topic={"text": "Blood pressure"},
                sender={"reference": f"Patient/{PATIENT}"},
            ),
            _letter("msg-1", "Here are my readings.", f"Patient/{PATIENT}", "Ada Long", "2026-11-20T14:00:00Z"),
            _letter("msg-2", "They look better.", "Practitioner/1", DOCTOR, "2026-11-23T16:12:00Z", "in-progress"),
        )
        yield portal


def _letter(name: str, text: str, sender: str, who: str, sent: str, status: str = "completed") -> bytes:
    found = message(name, "thr-1", sent, sender, who, text, status=status)
    other = f"Patient/{PATIENT}" if sender != f"Patient/{PATIENT}" else "Practitioner/1"
    whose = {"reference": f"Patient/{PATIENT}"}
    return json.dumps({**found, "subject": whose, "recipient": [{"reference": other}]}).encode()


def _stored(portal: WritablePortal, call: Call) -> Answer:
    portal.writes.append(call.body)
    portal.add(call.body)
    return Answer(200, call.body, {"Content-Type": "application/fhir+json"})


def signed_in(settings: Settings, portal: WritablePortal) -> None:
    """Make a vault that is in step with a portal."""
    with open_client(settings) as client:
        sign_in_to(client, portal, "hillside")
        assert client.sync.run().failures == ()


@contextmanager
def open_client(settings: Settings) -> Iterator[Client]:
    """A client beside the dashboard, for looking at what the vault holds."""
    client = Client(settings, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR)
    try:
        yield client
    finally:
        client.close()


def real_app(settings: Settings) -> PortalApp:
    """A dashboard with the services as they are."""
    return PortalApp(Client(settings, ask=_never, cost=keys.FLOOR))


def sent(portal: WritablePortal, type_name: str) -> list[dict[str, Any]]:
    """What the portal got of one type."""
    every = [json.loads(body) for body in portal.created]
    return [body for body in every if body["resourceType"] == type_name]


def _never() -> str:
    raise AssertionError("the dashboard asked at the terminal")
