"""The screens of details, insurance and allergies: what there is, and what the practice is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.support.hostile import PATIENT, Offer
from tests.support.wire import Answer
from tests.support.writable import ONLY_UPDATE
from tests.tui.charts_letters import DETAILS
from tests.tui.conftest import drive, press, put, screen_text, settle, told, unlock
from tests.tui.lettering import TAKES, open_client, practice, real_app, sent, signed_in
from tui import forms_of_details as forms
from tui.forms import first
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from store.config import Settings
    from tests.support.writable import WritablePortal
    from tui.app import PortalApp

AGAIN = "What you had typed before is here again"


@pytest.fixture
def portal() -> Iterator[WritablePortal]:
    with practice() as running:
        running.types["Patient"] = ONLY_UPDATE
        yield running


def at(
    settings: Settings,
    portal: WritablePortal,
    letter: str,
    steps: Callable[[Pilot[None], PortalApp], Awaitable[None]],
) -> None:
    """Sign in, go to a section by its letter, and on with some steps."""
    signed_in(settings, portal)
    app = real_app(settings)

    async def run(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", letter)
        await steps(pilot, app)

    drive(app, run, (140, 45))


async def fill_in(pilot: Pilot[None], **values: str) -> None:
    """Fill in fields of the form that is open."""
    await put(pilot, {name.replace("_", "-"): value for name, value in values.items()})


def test_details_are_changed_in_a_form_that_holds_what_is_there(settings: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "e")
        form = app.screen
        assert isinstance(form, FormScreen)
        assert [form.query_one(f"#detail{number}", Input).value for number in range(6)] == [
            "+1 802 555 0100",
            "zephyrine@example.org",
            "3 Mill Pond Road; Briar Glen; VT; 05999",
            "+1 802 555 0109",
            "en",
            "",
        ]
        await fill_in(
            pilot,
            detail0="+1 802 555 0177",
            detail1="",
            detail2="4 Mill Pond Road; Briar Glen; VT; 05999",
            detail5="Zeph",
            new_phone="+1 802 555 0188",
            new_phone_kind="work",
            new_contact="Cousin Ada",
            new_contact_phone="+1 802 555 0111",
        )
        await press(pilot, "f2")
        text = screen_text(app)
        for words in ("+1 802 555 0177", "→ (removed)", "+1 802 555 0188 (new)", "Zeph (new)", "Ada Long", "hillside"):
            assert words in text
        await press(pilot, "y")
        assert "hillside has it." in told(app)
        assert "+1 802 555 0177" in screen_text(app)

    at(settings, portal, "o", steps)
    record = portal.record
    assert [(point["value"], point["use"]) for point in record["telecom"]] == [
        ("+1 802 555 0177", "mobile"),
        ("+1 802 555 0188", "work"),
    ]
    assert record["address"][0]["line"] == ["4 Mill Pond Road"]
    assert record["contact"][1]["name"] == {"text": "Cousin Ada"}
    assert record["name"][-1] == {"use": "nickname", "text": "Zeph"}
    assert record["communication"][0]["preferred"] is True


def test_what_is_no_number_is_told_of_in_the_form_and_nothing_is_sent(
    settings: Settings, portal: WritablePortal
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "e", "f2")
        assert "✗ There is nothing to change." in screen_text(app)
        await fill_in(pilot, detail0="none")
        await press(pilot, "f2")
        assert "is no telephone number" in screen_text(app)
        await fill_in(pilot, detail0="+1 802 555 0100", new_contact="Somebody")
        await press(pilot, "f2")
        assert "needs a name and a telephone number" in screen_text(app)

    at(settings, portal, "o", steps)
    assert portal.writes == []


def test_a_change_that_the_practice_has_to_accept_is_asked_for_and_listed(
    settings: Settings, portal: WritablePortal
) -> None:
    portal.types["Patient"] = Offer(("read",), ())

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "e")
        assert "the practice is asked" in screen_text(app)
        await fill_in(pilot, detail0="+1 802 555 0177")
        await press(pilot, "f2")
        assert "accepts it" in screen_text(app)
        await press(pilot, "y")

    at(settings, portal, "o", steps)
    (task,) = sent(portal, "Task")
    assert task["contained"][0]["telecom"][0]["value"] == "+1 802 555 0177"


def test_a_change_that_waits_is_listed_at_once(settings: Settings, portal: WritablePortal) -> None:
    portal.behaviours[f"PUT /fhir/Patient/{PATIENT}"] = lambda _: Answer(429, b"", {"Retry-After": "900"})

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "e")
        await fill_in(pilot, detail0="+1 802 555 0177")
        await press(pilot, "f2", "y")
        assert "○ waiting to send" in screen_text(app)
        await press(pilot, "home", "enter")
        assert "+1 802 555 0177" in screen_text(app)

    at(settings, portal, "o", steps)


def test_an_insurance_is_told_of_with_pictures_of_its_card_and_ended(
    settings: Settings, portal: WritablePortal, tmp_path: Path
) -> None:
    (tmp_path / "front.png").write_bytes(b"\x89PNG\r\n\x1a\npicture")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        assert "Former Mutual" not in screen_text(app)
        await press(pilot, "f")
        assert "Former Mutual" in screen_text(app)
        await press(pilot, "n")
        await fill_in(pilot, payer="New Mutual", member="NM 1", front=str(tmp_path / "front.png"))
        await press(pilot, "f2")
        assert "New Mutual (new)" in screen_text(app)
        await press(pilot, "y")
        await press(pilot, "home", "x")
        await fill_in(pilot, day="2026-12-31")
        await press(pilot, "f2", "y")

    at(settings, portal, "i", steps)
    (new,) = sent(portal, "Coverage")
    assert (new["payor"], new["subscriberId"]) == ([{"display": "New Mutual"}], "NM 1")
    assert len(sent(portal, "DocumentReference")) == 1
    (ended,) = (json.loads(body) for body in portal.writes[-1:])
    assert (ended["status"], ended["period"]["end"]) == ("cancelled", "2026-12-31")


def test_an_allergy_is_told_of_and_taken_back(settings: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "n")
        await fill_in(pilot, substance="Peanuts", severity="severe")
        await press(pilot, "f2")
        assert "say what happens" in screen_text(app)
        await fill_in(pilot, reaction="Swelling", category="food")
        await press(pilot, "f2", "y")
        table = app.screen.query_one(Table)
        for number in range(table.lines.total):
            table.cursor = number
            if table.current and table.current.cells[0].text == "Latex":
                break
        await press(pilot, "x")
        await fill_in(pilot, how="wrong")
        await press(pilot, "f2")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "y")

    at(settings, portal, "x", steps)
    (new,) = sent(portal, "AllergyIntolerance")
    assert (new["code"], new["category"]) == ({"text": "Peanuts"}, ["food"])
    (withdrawn,) = (json.loads(body) for body in portal.writes[-1:])
    assert withdrawn["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_an_allergy_of_the_practice_s_own_cannot_be_ended_and_that_is_said_before_a_form_opens(
    settings: Settings, portal: WritablePortal
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        table = app.screen.query_one(Table)
        names = [row.cells[0].text for row in (table.lines[0], table.lines[1]) if row]
        table.cursor = names.index("Penicillin")
        await press(pilot, "x")
        assert not isinstance(app.screen, FormScreen)
        assert "ask the practice" in told(app)

    at(settings, portal, "x", steps)


@pytest.mark.parametrize(("letter", "key", "type_name"), [("i", "n", "Coverage"), ("x", "n", "AllergyIntolerance")])
def test_where_a_portal_takes_it_as_a_message_alone_that_is_said(
    settings: Settings, portal: WritablePortal, letter: str, key: str, type_name: str
) -> None:
    portal.types[type_name] = Offer()

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, key)
        assert "only as a message" in screen_text(app)

    at(settings, portal, letter, steps)


@pytest.mark.parametrize(("letter", "key"), [("o", "e"), ("i", "n"), ("x", "n")])
def test_where_a_portal_takes_nothing_that_is_said_before_a_form_opens(
    settings: Settings, portal: WritablePortal, letter: str, key: str
) -> None:
    for name in (*(name for name, offer in portal.types.items() if offer is TAKES), "Coverage", "AllergyIntolerance"):
        portal.types[name] = Offer()
    portal.types["Patient"] = Offer(("read",), ())

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, key)
        assert not isinstance(app.screen, FormScreen)
        assert "by telephone" in told(app)

    at(settings, portal, letter, steps)


def test_what_is_shown_here_is_in_the_vault_as_it_was_sent(settings: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "enter")
        assert "Felix Testperson, Brother, +1 802" in screen_text(app)

    at(settings, portal, "o", steps)
    with open_client(settings) as client:
        assert client.profile.show()[0].phones[0].value == "+1 802 555 0100"


def test_what_was_typed_is_in_the_vault_while_a_form_is_open_and_there_again_after_esc(
    settings: Settings, portal: WritablePortal
) -> None:
    filled: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
        (("g", "o", "e"), {"detail0": "+1 802 555 0177", "new-contact": "Cousin Ada"}),
        (("g", "i", "n"), {"payer": "New Mutual", "member": "NM 1"}),
        (("x",), {"day": "2026-12-31"}),
        (("g", "x", "n"), {"substance": "Peanuts", "severity": "severe"}),
        (("home", "x"), {"how": "wrong"}),
    )

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        for keys, typed in filled:
            await press(pilot, *keys)
            assert AGAIN not in screen_text(app)
            await fill_in(pilot, **typed)
            assert isinstance(app.screen, FormScreen)
            app.screen.keep()  # as it does by itself every other second
            await settle(pilot)
            with open_client(settings) as client:  # as after a kill
                assert set(typed.items()) <= set(client.jottings.recall(names[keys]).items())
            await press(pilot, "escape", keys[-1])
            assert AGAIN in screen_text(app)
            assert isinstance(app.screen, FormScreen)
            assert set(typed.items()) <= set(app.screen.values.items())
            await press(pilot, "escape")

    names = dict(
        zip(
            (keys for keys, _ in filled),
            (
                "change details hillside",
                "add an insurance hillside",
                "end an insurance hillside cov-1",
                "add an allergy hillside",
                "end an allergy hillside all-2",
            ),
            strict=True,
        )
    )
    at(settings, portal, "h", steps)


def test_what_is_refused_is_there_again_and_what_is_sent_is_not(settings: Settings, portal: WritablePortal) -> None:
    portal.behaviours["POST /fhir/Coverage"] = lambda _: Answer(422, b"")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "n")
        await fill_in(pilot, payer="New Mutual", member="NM 1")
        await press(pilot, "f2", "y")
        assert isinstance(app.screen, FormScreen)
        await press(pilot, "escape", "n")
        assert app.screen.query_one("#payer", Input).value == "New Mutual"
        del portal.behaviours["POST /fhir/Coverage"]
        await press(pilot, "f2", "y")
        assert "hillside has it." in told(app)
        await press(pilot, "n")
        assert app.screen.query_one("#payer", Input).value == ""
        assert AGAIN not in screen_text(app)

    at(settings, portal, "i", steps)


def test_what_was_typed_over_a_detail_is_not_put_over_another_one(settings: Settings, portal: WritablePortal) -> None:
    signed_in(settings, portal)
    with open_client(settings) as client:
        form = forms.profile(client, "hillside")
        typed = {field.name: first(field) for field in form.fields} | {
            "detail0": "555 0177",
            "detail1": "z@example.org",
        }
        assert form.keep is not None
        form.keep(client, typed)
        portal.change(telecom=[{**DETAILS["telecom"][0], "value": "+1 802 555 0199"}, DETAILS["telecom"][1]])
        client.sync.run()
        form = forms.profile(client, "hillside")
    assert [field.value for field in form.fields[:2]] == ["+1 802 555 0199", "z@example.org"]
    assert AGAIN in form.intro
    assert "Something here has changed since" in form.intro


def test_what_is_typed_back_to_how_it_was_is_no_change_next_time(settings: Settings, portal: WritablePortal) -> None:
    signed_in(settings, portal)
    with open_client(settings) as client:
        form = forms.profile(client, "hillside")
        assert form.keep is not None
        form.keep(client, {field.name: first(field) for field in form.fields})
        portal.change(telecom=[{**DETAILS["telecom"][0], "value": "+1 802 555 0199"}, DETAILS["telecom"][1]])
        client.sync.run()
        form = forms.profile(client, "hillside")
    assert form.fields[0].value == "+1 802 555 0199"
    assert AGAIN not in form.intro
