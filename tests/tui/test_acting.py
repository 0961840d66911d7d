"""The screens for acting without a connection: what is asked for is shown first, waits, and is seen to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.tui import charts_care
from tests.tui.acting import go, opened, type_into, waiting
from tests.tui.charts import appointment, chart, fill
from tests.tui.conftest import press, screen_text, settle, told
from tui.screens.acting import ActingScreen
from tui.screens.appointments import AppointmentsScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.pick import PickScreen
from tui.widgets.month import Month

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[red]x[/red] [@click=app.quit]y[/] \u202egnp"


def test_a_request_is_shown_before_it_waits_and_enter_alone_sends_nothing(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "n")
        assert isinstance(app.screen, FormScreen)
        assert "For Zephyrine Testperson at hillside" in screen_text(app)
        await press(pilot, "f2")
        assert "Say in a few words what it is about." in screen_text(app)
        await type_into(pilot, "reason", "Sore elbow")
        await type_into(pilot, "times", "2026-12-02; 2026-12-03T09:00..12:30")
        await press(pilot, "f2")
        assert isinstance(app.screen, ConfirmScreen)
        text = screen_text(app)
        assert "Sore elbow" in text
        assert "Wed 2 Dec 2026, 00:00 to Wed 2 Dec 2026, 23:59" in text
        assert "Thu 3 Dec 2026, 09:00 to Thu 3 Dec 2026, 12:30" in text
        await press(pilot, "enter")
        assert isinstance(app.screen, FormScreen)
        assert app.screen.values["reason"] == "Sore elbow"
        await press(pilot, "f2", "y")
        assert isinstance(app.screen, AppointmentsScreen)
        assert "It waits here" in told(app)
        assert any("Sore elbow" in line and "○ waiting to send" in line for line in screen_text(app).splitlines())

    go(caring_vault, steps)
    assert [each["description"] for each in waiting(caring_vault, "appointment")] == ["Sore knee", "Sore elbow"]


def test_what_was_typed_is_there_again_until_it_is_sent(caring_vault: Settings) -> None:
    async def type_some(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "n")
        await type_into(pilot, "reason", "Sore elbow")
        await press(pilot, "escape")
        assert not isinstance(app.screen, FormScreen)

    async def send(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "n")
        assert "What you had typed before is here again" in screen_text(app)
        assert app.screen.query_one("#reason", Input).value == "Sore elbow"
        await press(pilot, "f2", "y", "n")
        assert app.screen.query_one("#reason", Input).value == ""

    go(caring_vault, type_some)
    go(caring_vault, send)


def test_a_request_that_waits_can_be_read_and_given_up_and_not_moved(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "enter")
        assert "By train" in screen_text(app)
        await press(pilot, "escape", "r")
        assert "press x to give it up" in told(app)
        await press(pilot, "x")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "x")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "y")
        assert "○ waiting to send" not in screen_text(app).splitlines()[3]

    go(caring_vault, steps)
    assert waiting(caring_vault, "appointment") == []


def test_an_appointment_is_cancelled_with_a_reason_and_marked_at_once(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "down", "x")
        await type_into(pilot, "reason", "I am travelling")
        await press(pilot, "f2")
        assert "I am travelling" in screen_text(app)
        await press(pilot, "y")
        line = next(line for line in screen_text(app).splitlines() if "Follow-up visit" in line)
        assert "○ to be cancelled" in line
        await press(pilot, "enter")
        assert "On its way" in screen_text(app)

    go(caring_vault, steps)
    cancelled = waiting(caring_vault, "change")[-1]
    assert (cancelled["id"], cancelled["status"]) == ("app-1", "cancelled")
    assert cancelled["cancelationReason"]["text"] == "I am travelling"


def test_a_proposed_time_is_answered_and_one_that_stands_cannot_be(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "down", "e")
        assert "An appointment that is booked cannot be answered." in told(app)
        await press(pilot, "down", "e")
        await type_into(pilot, "note", "Gladly")
        await press(pilot, "f2", "y")
        line = next(line for line in screen_text(app).splitlines() if "Eye examination" in line)
        assert "○ yes, not sent yet" in line

    go(caring_vault, steps)
    (answer,) = waiting(caring_vault, "answer")
    assert (answer["participantStatus"], answer["comment"]) == ("accepted", "Gladly")


def test_one_checks_in_after_a_look_and_finds_the_way(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "down", "d")
        assert "1 Hill Road" in screen_text(app)
        await press(pilot, "escape", "i")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "y")
        assert "○ checking in" in screen_text(app)

    go(caring_vault, steps)
    assert waiting(caring_vault, "change")[-1]["status"] == "arrived"


def test_another_time_is_wished_for_and_the_old_one_stands(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "down", "r")
        assert isinstance(app.screen, PickScreen)
        await press(pilot, "j", "enter", "f2")
        assert "Say when it would suit." in screen_text(app)
        await type_into(pilot, "times", "2026-12-08")
        await press(pilot, "f2")
        assert "It stands until the new one is booked." in screen_text(app)
        await press(pilot, "y")
        assert "○ another time asked" in screen_text(app)

    go(caring_vault, steps)
    (moved,) = waiting(caring_vault, "reschedule")
    assert moved["supportingInformation"] == [{"reference": "Appointment/app-1"}]


def test_the_month_is_walked_by_keys_and_mouse_and_opens_its_days(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "v")
        month = app.screen.query_one(Month)
        assert app.focused is month
        assert month.day.isoformat() == "2026-11-24"
        await press(pilot, "l", "j", "pagedown", "k", "h", "pageup", "up", "left", "right")
        assert month.day.isoformat() == "2026-11-18"
        await press(pilot, "right_square_bracket")
        assert "December 2026" in screen_text(app)
        await press(pilot, "home", "right", "enter")
        assert "glucose meter" in screen_text(app)
        await press(pilot, "escape", "v")
        assert not month.display
        await press(pilot, "v")
        month.focus()
        await pilot.click(month, offset=(12, 6))
        await settle(pilot)
        assert month.day.isoformat() == "2026-11-10"

    go(caring_vault, steps)


def test_which_appointments_are_listed_can_be_chosen_and_narrowed_by_words(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "f", "end", "enter")
        assert "Vaccination" in screen_text(app)
        await press(pilot, "slash", "p", "i", "p")
        assert "All  ·  1 appointment" in screen_text(app)
        await press(pilot, "escape", "f", "home", "enter")
        assert "Vaccination" not in screen_text(app)

    go(caring_vault, steps)


def test_reminders_are_added_paused_and_removed(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "n", "n")
        await type_into(pilot, "before", "1w")
        await press(pilot, "f2")
        assert "leave that field empty" in screen_text(app)
        await type_into(pilot, "before", "")
        await press(pilot, "f2")
        assert "1 week before, 1 day before, 2 hours before" in screen_text(app)
        await press(pilot, "y")
        assert "Rules  ·  8 rules" in screen_text(app)
        await press(pilot, "u")
        assert "○ paused" in screen_text(app)
        await press(pilot, "u")
        assert "○ paused" not in screen_text(app)
        await press(pilot, "x", "y", "v")
        assert "A message from your practice is unread" in screen_text(app)

    go(caring_vault, steps)
    with opened(caring_vault) as client:
        assert client.reminders.list().total == 7


def test_everything_that_can_be_done_is_in_a_menu_too(caring_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "down", "a")
        assert "Follow-up visit, diabetes: what shall be done?" in screen_text(app)
        await press(pilot, "down", "down", "down", "down", "enter")
        assert "1 Hill Road" in screen_text(app)

    go(caring_vault, steps)


def test_where_no_check_ins_are_taken_a_message_tells_of_the_arrival(settings: Settings) -> None:
    only_messages = charts_care.capability(("Communication",))
    fill(settings, [*chart()], waiting=False, capability=only_messages, scope="patient/*.cruds")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", "a", "i")
        text = screen_text(app)
        assert "a message tells the practice" in text
        assert "I have arrived for my appointment (Follow-up visit, diabetes, 2026-11-25 10:30)." in " ".join(
            text.replace("│", " ").split()
        )
        await press(pilot, "y")
        assert "It waits here" in told(app)

    go(settings, steps)
    (letter,) = waiting(settings, "message")
    assert letter["topic"] == {"text": "I have arrived"}


@pytest.mark.parametrize(("section", "keys"), [("a", "n"), ("a", "t"), ("d", "n"), ("f", "nn")])
def test_what_a_portal_does_not_take_is_said_before_anything_is_typed(
    settings: Settings, section: str, keys: str
) -> None:
    nothing = charts_care.capability(())
    fill(settings, [*chart()], waiting=False, capability=nothing, scope="patient/*.cruds")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "g", section, *keys)
        assert isinstance(app.screen, ActingScreen)
        assert "Hillside does not offer" in told(app)

    go(settings, steps)


@pytest.mark.parametrize(
    "paths",
    [
        (("a", "a"), ("a", "enter"), ("a", "d")),
        (("a", "x", "f2"), ("a", "v", "right")),
        (("d",), ("d", "enter"), ("f",)),
        (("f", "enter"), ("f", "n", "n", "f2")),
    ],
)
def test_hostile_text_does_nothing_on_the_screens_for_acting(
    settings: Settings, paths: tuple[tuple[str, ...], ...]
) -> None:
    records = [
        appointment("a", f"A {HOSTILE}", "2026-11-25T15:30:00Z", f"B {HOSTILE}"),
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": f"C {HOSTILE}"},
            "dosageInstruction": [{"text": f"D {HOSTILE}"}],
        },
        {"resourceType": "Location", "id": "1", "name": f"E {HOSTILE}", "address": {"line": [f"F {HOSTILE}"]}},
        {
            "resourceType": "Task",
            "id": "t",
            "status": "accepted",
            "intent": "proposal",
            "code": {"coding": [{"code": "refill"}]},
            "focus": {"reference": "MedicationRequest/x", "display": f"G {HOSTILE}"},
            "statusReason": {"text": f"H {HOSTILE}"},
        },
    ]
    fill(settings, records, waiting=False, capability=charts_care.capability(), scope="patient/*.cruds")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        for section, *keys in paths:
            await check(pilot, app, section, *keys)

    async def check(pilot: Pilot[None], app: PortalApp, section: str, *keys: str) -> None:
        app.go("home")
        await settle(pilot)
        await press(pilot, "g", section, *keys)
        text = screen_text(app)
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert "[red]x[/red]" in text

    go(settings, steps, (240, 60))
