"""Whose chart the dashboard shows: told by the banner, chosen from a list, and kept apart where ids are the same."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from store.client import Client
from store.records import incoming
from store.vault import connections, keys, resources, vault
from tests.store.vault.building import signed_in
from tests.tui.charts import PASSPHRASE
from tests.tui.conftest import drive, make_app, screen_text, settle, unlock
from tui.screens.detail import DetailScreen
from tui.screens.people import PeopleScreen
from tui.screens.pick import PickScreen
from tui.widgets.banner import Banner

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings

BASE = "https://clinic.example.org/fhir"
MOTHER = {
    "resourceType": "RelatedPerson",
    "id": "m",
    "patient": {"reference": "Patient/p2"},
    "relationship": [{"text": "mother"}],
    "name": [{"text": "Ada Doe"}],
}


def order(medicine: str) -> dict[str, object]:
    """A prescription; those of both patients have one id."""
    return {
        "resourceType": "MedicationRequest",
        "id": "same",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": medicine},
    }


@pytest.fixture
def family(settings: Settings) -> Settings:
    """A vault of a mother and her child at one portal."""
    made: list[tuple[str, str, str, str, list[dict[str, object]]]] = [
        ("own", "p1", "Ada Doe", "Patient/p1", [order("Adamycin")]),
        ("child", "p2", "Ben Doe", "RelatedPerson/m", [order("Bentrazol"), dict(MOTHER)]),
    ]
    with vault.create(settings, PASSPHRASE.encode(), keys.FLOOR) as opened:
        for name, patient, named, user, records in made:
            with opened.transaction() as tx:
                owner = connections.save(tx, signed_in(name=name, base_url=BASE, patient=patient, fhir_user=user))
                connections.name_patient(tx, owner, named)
                found = [incoming.decode(json.dumps(each).encode()) for each in records]
                resources.store(tx, owner, [each for each in found if each is not None])
    return settings


def test_somebody_is_chosen_and_the_banner_and_the_panels_follow(family: Settings) -> None:
    app = make_app(family)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        text = screen_text(app)
        assert "Everybody: Ada Doe, Ben Doe" in text
        assert "Adamycin" in text
        assert "Bentrazol" in text
        await pilot.press("p")
        await settle(pilot)
        assert isinstance(app.screen, PeopleScreen)
        assert "you are: mother  ·  child" in screen_text(app)
        await pilot.press("home", "down", "enter")
        await settle(pilot)
        text = screen_text(app)
        assert "▸ Ben Doe (you are: mother)" in text
        assert app.screen.query_one(Banner).has_class("-other")
        assert "Bentrazol" in text
        assert "Adamycin" not in text
        await pilot.press("p")
        await settle(pilot)
        await pilot.press("end", "enter")
        await settle(pilot)
        assert "Everybody: Ada Doe, Ben Doe" in screen_text(app)
        assert not app.screen.query_one(Banner).has_class("-other")

    drive(app, steps, (120, 40))
    with Client(family, ask=lambda: PASSPHRASE) as client:
        assert client.people.shown().is_everybody


def test_the_choice_can_be_left_as_it_is(family: Settings) -> None:
    app = make_app(family)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("p")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert "Everybody: Ada Doe, Ben Doe" in screen_text(app)

    drive(app, steps, (120, 40))


def test_a_record_whose_id_two_patients_have_is_read_as_that_of_its_line(family: Settings) -> None:
    app = make_app(family)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        panel = app.screen.query_one("#medications")
        panel.focus()
        for line, medicine in ((0, "Bentrazol"), (1, "Adamycin")):
            panel.cursor = line  # type: ignore[attr-defined]  # a Panel
            expected = panel.lines[line].cells[0].text.partition(" ")[0]  # type: ignore[attr-defined]  # as above
            assert expected in {"Bentrazol", "Adamycin"}, medicine
            await pilot.press("enter")
            await settle(pilot)
            assert isinstance(app.screen, DetailScreen)
            assert expected in screen_text(app)
            await pilot.press("escape")
            await settle(pilot)

    drive(app, steps, (120, 40))


def test_nobody_can_be_chosen_where_there_is_one_person(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("p")
        await settle(pilot)
        assert not isinstance(app.screen, PeopleScreen)

    drive(app, steps)


@pytest.mark.parametrize(
    ("section", "key", "shown"), [("medications", "p", "mycin"), ("records", "f", "mycin"), ("audit", "f", "unlock")]
)
def test_what_there_is_to_choose_from_comes_also_while_the_list_is_read_anew(
    family: Settings, section: str, key: str, shown: str
) -> None:
    app = make_app(family)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.go(section)
        await settle(pilot)
        for is_first in (True, False):
            held = threading.Event()
            app.calls._reader.submit(held.wait, 20)
            (screen,) = app.sections
            if is_first:
                await pilot.press(key)
                screen.reload()
            else:
                screen.reload()
                await pilot.press(key)
            held.set()
            await settle(pilot)
            assert isinstance(app.screen, PickScreen)
            await pilot.press("escape")
            await settle(pilot)
            assert shown in screen_text(app)

    drive(app, steps)
