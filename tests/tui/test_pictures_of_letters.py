"""Pictures of the screens of writing with everything in them, and of their forms and questions."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
import time_machine
from textual.widgets import Static

from store.services.message_plans import Wording
from store.vault import conflicts, connections, keys, outbox, resources, vault
from store.vault.outbox import State
from tests.tui.charts import NOW, PASSPHRASE, PATIENT, chart, incoming, signed_in
from tests.tui.conftest import press, put, settle, unlock
from tests.tui.lettering import open_client, real_app
from tests.tui.test_pictures import SIZES, keep, sizes

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.client import Client
    from store.config import Settings
    from store.records.elements import Json
    from store.vault.transaction import Transaction
    from tui.app import PortalApp

_TAKEN = ("Communication", "Binary", "Coverage", "AllergyIntolerance", "DocumentReference", "Task", "Patient")
_TITLES = {
    State.QUEUED: ("insurance", "Add an insurance", "Coverage", ""),
    State.REJECTED: ("refill", "Zolpidem 5 mg tablet", "Task", "Please make an appointment first"),
    State.UNKNOWN: ("allergy", "Add an allergy", "AllergyIntolerance", "no answer in time"),
    State.CONFIRMED: ("message", "Blood pressure readings", "Communication", ""),
    State.CANCELLED: ("refill", "Metformin 500 mg tablet", "Task", ""),
}


@pytest.fixture
def lettered(settings: Settings) -> Settings:
    """A vault with drafts, requests in every state, and a conflict; its portal cannot be reached."""
    capability = {
        "resourceType": "CapabilityStatement",
        "rest": [
            {
                "resource": [
                    {
                        "type": name,
                        "interaction": [{"code": "create"}, {"code": "update"}],
                        "versioning": "versioned-update",
                    }
                    for name in _TAKEN
                ]
            }
        ],
    }
    records = [*chart()]
    with vault.create(settings, PASSPHRASE.encode(), keys.FLOOR) as opened, opened.transaction() as tx:
        there = signed_in()
        owner = connections.save(
            tx,
            replace(there, scope="patient/*.cruds", capability=json.dumps(capability).encode()),
        )
        connections.name_patient(tx, owner, PATIENT)
        connections.mark_synced(tx, owner, NOW - 250)
        resources.store(tx, owner, [incoming(record) for record in records])
        for number, (state, (kind, title, type_name, reason)) in enumerate(_TITLES.items()):
            outbox.add(tx, _item(owner, f"0190-{number}", state, kind, title, type_name, reason))
        _conflict(tx, owner, records[0])
    with open_client(settings) as client:
        _draft(client)
    return settings


def _item(owner: int, name: str, state: State, kind: str, title: str, type_name: str, reason: str) -> outbox.Item:  # noqa: PLR0913, PLR0917
    return outbox.Item(
        id=name,
        connection=owner,
        kind=kind,
        title=title,
        type=type_name,
        request_id=name,
        body=b'{"resourceType":"Task","status":"requested"}',
        state=state.value,
        created=NOW - 3600,
        updated=NOW - 3600,
        reason=reason,
    )


def _conflict(tx: Transaction, owner: int, patient: Json) -> None:
    mine = {**patient, "gender": "other", "maritalStatus": {"text": "Married"}}
    theirs = {
        **patient,
        "gender": "unknown",
        "telecom": [{"system": "phone", "value": "+1 802 555 0199", "use": "mobile"}, patient["telecom"][1]],
    }
    base, changed, held = (json.dumps(each).encode() for each in (patient, mine, theirs))
    outbox.add(
        tx,
        outbox.Item(
            id="0190-change",
            connection=owner,
            kind="change",
            title=PATIENT,
            type="Patient",
            request_id="0190-change",
            body=changed,
            state=State.CONFLICT.value,
            created=NOW - 7200,
            updated=NOW - 7200,
            interaction="update",
            target="Patient/pat-1",
            version="1",
            base=base,
            thread="Patient/pat-1",
        ),
    )
    conflicts.add(
        tx, conflicts.Conflict("0190-torn", owner, "0190-change", "Patient/pat-1", base, changed, held, "2", NOW - 7200)
    )


def _draft(client: Client) -> None:
    beginning = client.letters.begin(("Practitioner/1",))
    client.letters.sketch(
        beginning, Wording("Morning values", "medical-question", "These are the values of this week:")
    )


async def _write(pilot: Pilot[None]) -> None:
    text = "These are the values of this week:\n\n132/84, 128/80, 135/86"
    await put(pilot, {"to": "Practitioner/1", "subject": "Morning values", "text": text})


async def _told(pilot: Pilot[None], expected: str) -> None:
    """Wait until some screen's line says so, or for five seconds: the picture shows what it says then."""
    app = cast("PortalApp", pilot.app)
    for _ in range(100):
        app.calls.read_standing()
        await settle(pilot)
        lines = [line for screen in app.screen_stack for line in screen.query("StatusLine, #summary").results(Static)]
        if any(expected in str(line.render()) for line in lines):
            for screen in app.screen_stack:  # a screen that lies over a line does not see it change
                screen.refresh()
                await settle(pilot)
            return
        await pilot.pause(0.05)


PICTURES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("outbox-all", ("g", "b"), ()),
    ("outbox-read", ("g", "b", "end", "enter"), ()),
    ("conflicts", ("g", "k"), ()),
    ("merge", ("g", "k", "enter"), ()),
    ("details-edit", ("g", "o", "e"), ()),
    ("insurance-new", ("g", "i", "n"), ()),
    ("allergy-new", ("g", "x", "n"), ()),
    ("letters", ("g", "m"), ()),
    ("letters-read", ("g", "m", "down", "enter"), ()),
    ("letters-write", ("g", "m", "n"), ()),
    ("letters-written", ("g", "m", "n"), ("f2",)),
)
# What is behind becomes so a moment later: of what is read the practice is told, and what is typed is kept.
BECOMES = {"letters-read": "3 to send", "letters-written": "2 drafts"}


@sizes
def test_pictures_of_letters(lettered: Settings, size: str) -> None:
    app = real_app(lettered)

    async def run(clock: time_machine.Traveller) -> None:
        async with app.run_test(size=SIZES[size], notifications=True) as pilot:
            await unlock(pilot)
            failed = []
            for name, first, after in PICTURES:
                app.clear_notifications()
                app.go("home")
                await settle(pilot)
                await press(pilot, *first)
                if after:
                    clock.move_to(NOW + 60)  # so that the newest of the drafts is always the same
                    await _write(pilot)
                await press(pilot, *after)
                if name in BECOMES:
                    await _told(pilot, BECOMES[name])
                try:
                    keep(app, f"{name}-{size}")
                except AssertionError as error:
                    failed.append(str(error).splitlines()[0])
            assert failed == []

    with time_machine.travel(NOW, tick=False) as clock:
        asyncio.run(asyncio.wait_for(run(clock), 200))
