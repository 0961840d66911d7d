"""The screens for acting against the practice portal: what was done is there, at the practice and in the vault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import Settings
from store.records.appointment_writes import Period
from store.services.appointment_plans import Wish
from store.vault import keys
from tests.conftest import sign_in
from tests.tui.acting import type_into
from tests.tui.charts import NOW, PASSPHRASE
from tests.tui.conftest import drive, press, screen_text, status, told, unlock
from tui.app import PortalApp
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.free_times import FreeTimesScreen
from tui.screens.naming import NamingScreen
from tui.standing import Link
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot


@pytest.fixture(scope="module")
def practice() -> Iterator[Sandbox]:
    """A practice of the same moment as the tests, whose clinic acts only when it is told to."""
    with time_machine.travel(NOW, tick=False), Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


@pytest.fixture(scope="module")
def synced(practice: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A vault that is in step with the practice; the tests go on where those before them ended."""
    folder: Path = tmp_path_factory.mktemp("acting")
    settings = Settings(vault_dir=folder / "vault", config_file=folder / "config.toml")
    with time_machine.travel(NOW, tick=False), new_client(settings) as client:
        sign_in(client, practice)
        client.sync.run()
    return settings


def new_client(settings: Settings) -> Client:
    return Client(settings, ask=lambda: PASSPHRASE, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR)


def go(settings: Settings, steps: Callable[[Pilot[None], PortalApp], Awaitable[None]]) -> None:
    app = PortalApp(Client(settings, cost=keys.FLOOR))

    async def run(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await steps(pilot, app)

    drive(app, run, (140, 45))


def made(practice: Sandbox) -> list[dict[str, Any]]:
    """The appointments that the patient made, oldest first."""
    every = practice.portal.repository.everything("Appointment")
    return [version.resource() for version in every if version.creator]


def test_a_free_time_is_booked_and_then_given_up_for_another_one(practice: Sandbox, synced: Settings) -> None:
    async def book(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "t")
        assert isinstance(app.screen, FreeTimesScreen)
        first = screen_text(app)
        assert app.standing.link is Link.ONLINE
        assert "in 14 days from Tue 24 Nov 2026" in first
        await press(pilot, "right_square_bracket")
        assert screen_text(app) != first
        await press(pilot, "left_square_bracket", "s", "slash", *"zzz")
        assert app.screen.query_one("#free", Table).lines.total == 0
        assert "times has all of that in it" in screen_text(app)
        await type_into(pilot, "words", "")
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, FormScreen)
        await type_into(pilot, "reason", "Sore knee")
        await press(pilot, "f2", "y")
        assert "has it. It is booked." in told(app)
        assert any("Sore knee" in line and "✓ booked" in line for line in screen_text(app).splitlines())

    async def move(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "slash", *"knee", "enter", "r", "enter")
        assert isinstance(app.screen, FreeTimesScreen)
        await press(pilot, "down", "down", "enter", "f2")
        review = screen_text(app)
        assert "It stands until the new one is booked." in review
        assert "Sore knee; " in review
        assert old["id"] not in "".join(review.split())
        await press(pilot, "y")

    go(synced, book)
    (old,) = made(practice)
    assert (old["status"], old["description"]) == ("booked", "Sore knee")
    go(synced, move)
    with new_client(synced) as client:
        client.sync.run()
        kept = [item for item in client.appointments.list().items if item.reason == "Sore knee"]
        assert [str(item.status) for item in kept] == ["booked"]
        assert kept[0].id != old["id"]
        assert str(client.appointments.show(old["id"]).status) == "cancelled"


def test_a_time_that_the_clinic_proposes_is_accepted(practice: Sandbox, synced: Settings) -> None:
    today = datetime.now(UTC)
    sunday = (today + timedelta(days=13 - today.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    closed = Period(sunday.isoformat(), (sunday + timedelta(hours=2)).isoformat())
    with new_client(synced) as client:
        client.bookings.submit(client.bookings.request(Wish("Sore throat", periods=(closed,))))
        practice.clinic.step()
        client.sync.run()

    async def answer(pilot: Pilot[None], app: PortalApp) -> None:
        assert "! 1 proposed time" in status(app)
        await press(pilot, "g", "a", "slash", *"throat", "enter")
        assert "! proposed to you" in screen_text(app)
        await press(pilot, "e", "f2")
        review = screen_text(app)
        assert "Accept the proposed time" in review
        assert "Practitioner/" not in review
        assert "Location/" not in review
        await press(pilot, "y")
        assert "has it." in told(app)

    go(synced, answer)
    practice.clinic.step()
    assert next(each for each in made(practice) if each["description"] == "Sore throat")["status"] == "booked"


def test_a_refill_and_a_medicine_of_ones_own_reach_the_practice(practice: Sandbox, synced: Settings) -> None:
    async def ask(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "f", "n")
        for _ in range(app.screen.query_one("#to-ask", Table).lines.total):
            await press(pilot, "n")
            if isinstance(app.screen, FormScreen):
                break
            await press(pilot, "down")  # that one is asked for already
        await type_into(pilot, "note", "Two days left")
        await press(pilot, "f2")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "y")
        assert "the portal has the request" in told(app)
        await press(pilot, "g", "d", "n")
        await type_into(pilot, "name", "Zinc 25 mg")
        await press(pilot, "f2", "y")
        assert any("Zinc 25 mg" in line and "✓ current" in line for line in screen_text(app).splitlines())

    go(synced, ask)
    tasks = [version.resource() for version in practice.portal.repository.everything("Task") if version.creator]
    assert [task["note"][0]["text"] for task in tasks if "note" in task] == ["Two days left"]
    statements = practice.portal.repository.everything("MedicationStatement")
    assert "Zinc 25 mg" in [each.resource()["medicationCodeableConcept"].get("text") for each in statements]


def test_what_is_for_somebody_else_than_is_shown_is_not_sent_before_their_name_is_typed(
    practice: Sandbox, synced: Settings
) -> None:
    with new_client(synced) as client:
        sign_in(client, practice, 1)
        client.people.switch(None)

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "n")
        assert "For whom, and where?" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, NamingScreen)
        assert "This is for" in screen_text(app)
        await press(pilot, "escape", "p", "home", "enter", "n")
        assert isinstance(app.screen, FormScreen)

    go(synced, steps)
