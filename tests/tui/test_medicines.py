"""Medicines and refills without a connection: what is asked for is shown first, waits, and is seen to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from tests.tui.acting import go, type_into, waiting
from tests.tui.conftest import press, screen_text, told
from tui.screens.form import FormScreen
from tui.screens.refills import RefillsScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp


def test_a_medicine_of_ones_own_is_added_and_marked_at_once(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "d", "e")
        assert "Only medicines that you reported can be changed here" in told(app)
        await press(pilot, "n")
        await type_into(pilot, "name", "Ibuprofen 200 mg")
        await type_into(pilot, "reason", "headache")
        await press(pilot, "f2", "y")
        line = next(line for line in screen_text(app).splitlines() if "Ibuprofen" in line)
        assert "○ waiting to send" in line

    go(caring_vault, steps)
    (added,) = waiting(caring_vault, "medication")
    assert added["medicationCodeableConcept"] == {"text": "Ibuprofen 200 mg"}
    assert added["reasonCode"] == [{"text": "headache"}]


def test_a_medicine_of_ones_own_is_changed_in_nothing_but_what_was_typed(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "d", "end", "e")
        assert app.screen.query_one("#directions", Input).value == "1 softgel a day"
        await press(pilot, "f2")
        assert "Nothing was said to change." in screen_text(app)
        await type_into(pilot, "directions", "2 softgels a day")
        await press(pilot, "f2")
        assert "1 softgel a day → 2 softgels a day" in screen_text(app)
        await press(pilot, "y")
        assert "○ change not sent yet" in screen_text(app)

    go(caring_vault, steps)
    edited = waiting(caring_vault, "change")[-1]
    assert edited["dosage"] == [{"text": "2 softgels a day"}]
    assert (edited["id"], edited["effectivePeriod"]) == ("own-1", {"start": "2025-01"})


def test_a_medicine_of_ones_own_is_stopped_on_a_day_after_it_was_begun(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "d", "end", "x")
        await type_into(pilot, "on", "2024-01-01")
        await press(pilot, "f2")
        assert "It was begun on 2025-01, after that day." in screen_text(app)
        await type_into(pilot, "on", "")
        await press(pilot, "f2", "y")
        assert "○ to be stopped" in screen_text(app)

    go(caring_vault, steps)
    stopped = waiting(caring_vault, "change")[-1]
    assert (stopped["status"], stopped["effectivePeriod"]) == ("stopped", {"start": "2025-01", "end": "2026-11-24"})


def test_past_medicines_are_shown_on_a_key(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "d")
        assert "Amoxicillin" not in screen_text(app)
        await press(pilot, "v")
        assert "Amoxicillin" in screen_text(app)
        await press(pilot, "v")
        assert "Amoxicillin" not in screen_text(app)

    go(caring_vault, steps)


def test_refills_of_several_are_asked_for_at_once(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "f", "n")
        lines = screen_text(app).splitlines()
        assert any("Lisinopril" in line and "6 days ago" in line and "asked already" in line for line in lines)
        await press(pilot, "down", "space", "end", "m", "n")
        await type_into(pilot, "left0", "4")
        await type_into(pilot, "pharmacy", "Main Street")
        await press(pilot, "f2")
        text = screen_text(app)
        assert "A refill of Metformin 500 mg tablet" in text
        assert "A refill of Atorvastatin 20 mg tablet" in text
        assert "4 tablets left" in text
        assert "the record names no such pharmacy" in text
        await press(pilot, "y", "v")
        text = screen_text(app)
        assert "6 requests  ·  3 not sent yet" in text

    go(caring_vault, steps)
    asked = [each for each in waiting(caring_vault, "refill") if each]
    references = sorted(each["focus"]["reference"] for each in asked)  # of one moment, in no order
    assert references == ["MedicationRequest/med-2", "MedicationRequest/med-3"]


def test_a_refill_that_is_asked_for_already_is_refused_before_anything_is_typed(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "f", "n", "n")
        assert not isinstance(app.screen, FormScreen)
        assert "A request for Lisinopril 10 mg tablet is already open (accepted)." in told(app)

    go(caring_vault, steps)


def test_a_refill_request_that_waits_is_cancelled_here(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "f", "x", "f2")
        assert "it was not sent yet" in screen_text(app)
        await press(pilot, "y")
        line = next(line for line in screen_text(app).splitlines() if "Albuterol" in line)
        assert "✗ cancelled" in line

    go(caring_vault, steps)
    assert waiting(caring_vault, "refill") == []


def test_the_home_asks_for_a_refill_of_the_medicine_under_its_cursor(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "shift+tab", "down", "r")
        assert isinstance(app.screen, FormScreen)
        assert "Atorvastatin 20 mg tablet: a refill" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, RefillsScreen)
        await press(pilot, "g", "h", "n")
        assert "Request an appointment" in screen_text(app)

    go(caring_vault, steps)
