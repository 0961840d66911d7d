"""Writing for somebody else than who is shown: whose it is stands on the screen, and their name is typed first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from store.records.lossless import decode
from store.vault import connections, keys, resources, vault
from tests.tui import charts_care
from tests.tui.acting import go, opened
from tests.tui.charts import PASSPHRASE, appointment, incoming
from tests.tui.charts import signed_in as sign_in
from tests.tui.charts_letters import DETAILS, letters_chart
from tests.tui.conftest import press, put, screen_text, unlock
from tests.tui.test_people import MOTHER, order
from tests.tui.test_pictures import sizes, take
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.naming import NamingScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from store.config import Settings
    from store.records.elements import Json
    from tui.app import PortalApp

TAKEN = (*charts_care.OFFERED, "Communication", "Task", "Patient", "AllergyIntolerance", "Coverage")


def chart(patient: str, name: str, medicine: str) -> Iterator[Json]:
    yield {"resourceType": "Patient", "id": patient, "name": [{"text": name}], **DETAILS}
    yield order(medicine)
    yield appointment("app-1", f"Visit of {name}", "2026-11-25T15:30:00Z", "Dr. O. Example")
    yield from letters_chart(patient)


@pytest.fixture
def family(settings: Settings) -> Settings:
    """A vault of a mother and her child at a portal that takes everything; everybody is shown."""
    with vault.create(settings, PASSPHRASE.encode(), keys.FLOOR) as made, made.transaction() as tx:
        for name, patient, named, user, records in (
            ("own", "p1", "Ada Doe", "Patient/p1", chart("p1", "Ada Doe", "Adamycin")),
            ("child", "p2", "Ben Doe", "RelatedPerson/m", (*chart("p2", "Ben Doe", "Bentrazol"), dict(MOTHER))),
        ):
            found = replace(sign_in(), name=name, patient=patient, fhir_user=user, scope="patient/*.cruds")
            owner = connections.save(tx, replace(found, capability=charts_care.capability(TAKEN)))
            connections.name_patient(tx, owner, named)
            resources.store(tx, owner, [incoming(record) for record in records])
    return settings


def waiting(settings: Settings) -> dict[str, tuple[str, dict[str, Any]]]:
    """What waits to be sent, by its kind: the portal, and the request."""
    with opened(settings) as client:
        rows = client.outbox.list(waiting=True).items
        return {str(row.kind): (str(row.portal), decode(client.outbox.show(str(row.id)).fhir)) for row in rows}


async def name(pilot: Pilot[None], app: PortalApp, *typed: str) -> None:
    """Type what is not Ben's name where that is asked for, then the name."""
    assert isinstance(app.screen, NamingScreen)
    assert "This is for Ben Doe, and everybody's records are shown." in screen_text(app)
    for each in typed:
        app.screen.query_one(Input).value = each
        await press(pilot, "enter")
        assert isinstance(app.screen, NamingScreen)
        assert "That is not `Ben Doe`" in screen_text(app)
    app.screen.query_one(Input).value = " ben  DOE"
    await press(pilot, "enter")


def choose(app: PortalApp, line: str) -> None:
    """Put the cursor of the list on the line that has some words."""
    table = app.screen.table  # type: ignore[attr-defined]  # a list of something
    for number in range(table.lines.total):
        table.cursor = number
        if table.current and line in " ".join(cell.text for cell in table.current.cells):
            return
    raise AssertionError(f"no line has {line}")


async def fill_in(pilot: Pilot[None], app: PortalApp, **values: str) -> None:
    """Fill in a form for Ben, and say yes to what is shown of it."""
    assert isinstance(app.screen, FormScreen)
    assert "for Ben Doe ─" in screen_text(app)
    await put(pilot, values)
    await press(pilot, "f2")
    await agree(pilot, app)


async def agree(pilot: Pilot[None], app: PortalApp) -> None:
    """Say yes to what is shown, which tells for whom it is."""
    assert isinstance(app.screen, ConfirmScreen), screen_text(app)
    text = screen_text(app)
    assert "Ben Doe" in text
    assert "child" in text
    await press(pilot, "y")
    assert not isinstance(app.screen, FormScreen), screen_text(app)


def test_what_is_written_for_another_names_both_and_wants_the_name_typed_each_time(family: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "n", "end", "enter")
        await name(pilot, app, "Ada Doe", "")
        await fill_in(pilot, app, reason="Sore knee")
        assert any("○ waiting" in line and "· Ben Doe" in line for line in screen_text(app).splitlines())
        await press(pilot, "g", "f", "n")
        choose(app, "Bentrazol · Ben Doe")
        await press(pilot, "n")
        await name(pilot, app)
        await fill_in(pilot, app, note="Two left")
        await press(pilot, "g", "m", "n", "end", "enter")
        await name(pilot, app)
        await fill_in(pilot, app, to="Practitioner/1", subject="School", text="A note, please.")
        await press(pilot, "g", "o", "e", "end", "enter")
        await name(pilot, app)
        await fill_in(pilot, app, detail0="+1 802 555 0177")

    go(family, steps)
    made = waiting(family)
    assert sorted(made) == ["appointment", "change", "message", "refill"]
    assert {portal for portal, _ in made.values()} == {"child"}
    references = {kind: set(_references(body)) for kind, (_, body) in made.items()}
    assert all({"Patient/p2", "RelatedPerson/m"} <= references[kind] for kind in ("appointment", "message", "refill"))
    assert (made["change"][1]["resourceType"], made["change"][1]["id"]) == ("Patient", "p2")


def test_what_can_be_done_with_a_line_of_another_wants_their_name_too_and_of_oneself_as_well(family: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a")
        choose(app, "· Ben Doe")
        await press(pilot, "i")
        await name(pilot, app)
        await agree(pilot, app)
        choose(app, "· Ada Doe")
        await press(pilot, "x")
        assert isinstance(app.screen, NamingScreen)
        assert "This is for Ada Doe" in screen_text(app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, FormScreen)

    go(family, steps)
    ((portal, body),) = waiting(family).values()
    assert (portal, body["id"], body["status"]) == ("child", "app-1", "arrived")


@sizes
def test_pictures_of_the_question_for_a_name(family: Settings, size: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "o", "e", "end", "enter")

    take(family, size, "naming", steps)


def test_nothing_is_asked_for_who_is_shown(family: Settings) -> None:
    with opened(family) as client:
        client.people.switch("child")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "m", "n")
        assert isinstance(app.screen, FormScreen)
        assert "for Ben Doe ─" in screen_text(app)

    go(family, steps)


def _references(body: Json) -> list[str]:
    """Every reference in a record."""
    return re.findall(r'"reference": "([^"]+)"', json.dumps(body))
