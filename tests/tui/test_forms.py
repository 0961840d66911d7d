"""Forms: what is typed is planned, looked at, asked about and carried out, and never lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Checkbox, Input, Select, TextArea

from store.errors import InvalidInput
from tests.tui.conftest import drive, make_app, press, screen_text, settle, told, unlock
from tui.forms import Field, Form, Kind
from tui.reading import Fact, Reading
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.home import HomeScreen
from tui.screens.unlock import UnlockScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from textual.pilot import Pilot

    from store.client import Client
    from store.config import Settings
    from tui.app import PortalApp

FIELDS = (
    Field("what", "What it is about"),
    Field("words", "Your words", Kind.TEXT, hint="As long as you like."),
    Field("how", "How", Kind.CHOICE, "b", choices=(("a", "By post"), ("b", "By hand"))),
    Field("soon", "It is urgent", Kind.SWITCH),
)


class Letterbox:
    """Where the form of these tests sends to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []
        self.kept: list[dict[str, str]] = []

    def plan(self, client: Client, values: Mapping[str, str]) -> dict[str, str]:
        del client
        if not values["what"]:
            raise InvalidInput("say what it is about")
        return dict(values)

    def send(self, client: Client, plan: dict[str, str]) -> str:
        del client
        if plan["words"] == "refuse me":
            raise InvalidInput("the practice does not take this")
        self.sent.append(plan)
        self.kept.clear()  # what a draft was for is done
        return "It is sent."

    def keep(self, client: Client, values: Mapping[str, str]) -> None:
        assert client.is_unlocked
        self.kept.append(dict(values))

    def form(self) -> Form[dict[str, str]]:
        return Form("A letter", FIELDS, self.plan, _preview, self.send, keep=self.keep)


def _preview(plan: dict[str, str]) -> Reading:
    return Reading("To be sent", plan["what"], (Fact("How", plan["how"]), Fact("Urgent", plan["soon"] or "no")))


def filled(
    settings: Settings, steps: Callable[[Pilot[None], PortalApp], Awaitable[None]], what: str = "Socks"
) -> Letterbox:
    """Open the form, fill it in, and go on with some steps."""
    box, app = Letterbox(), make_app(settings)

    async def run(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.push_screen(FormScreen(box.form()))
        await pilot.pause()
        app.screen.query_one("#what", Input).value = what
        app.screen.query_one("#words", TextArea).text = "Dear clinic"
        app.screen.query_one("#soon", Checkbox).value = True
        await pilot.pause()
        await steps(pilot, app)

    drive(app, run)
    return box


def test_what_is_typed_is_shown_before_it_is_sent_and_sent_after_a_yes(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await pilot.press("f2")
        await settle(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "Socks" in screen_text(app)
        await pilot.press("y")
        await settle(pilot)
        assert isinstance(app.screen, HomeScreen)
        assert "It is sent." in told(app)

    box = filled(full_vault, steps)
    assert box.sent == [{"what": "Socks", "words": "Dear clinic", "how": "b", "soon": "yes"}]


@pytest.mark.parametrize("keys", [("enter",), ("escape",), ("n",), ("enter", "f2", "enter")])
def test_nothing_is_sent_by_enter_or_by_a_no_and_the_text_stays(full_vault: Settings, keys: tuple[str, ...]) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await pilot.press("f2")
        await settle(pilot)
        await press(pilot, *keys)
        assert isinstance(app.screen, FormScreen)
        assert app.screen.values["words"] == "Dear clinic"

    assert filled(full_vault, steps).sent == []


def test_enter_goes_on_field_by_field_and_from_the_last_one_to_the_look_at_it(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        app.push_screen(FormScreen(Form("Two", (*FIELDS[:1], Field("more", "More")), box.plan, shown, box.send)))
        await settle(pilot)
        await press(pilot, "S", "enter")
        assert app.focused is not None
        assert app.focused.id == "more"
        await press(pilot, "x", "enter")
        assert isinstance(app.screen, ConfirmScreen)

    def shown(plan: dict[str, str]) -> Reading:
        return Reading("Send this?", plan["what"])

    box = Letterbox()
    filled(full_vault, steps)


def test_what_is_not_right_is_said_in_the_form(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await pilot.press("f2")
        await settle(pilot)
        assert isinstance(app.screen, FormScreen)
        assert "✗ Say what it is about." in screen_text(app)

    assert filled(full_vault, steps, what="").sent == []


def test_a_refusal_leaves_the_form_open_with_its_text(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        app.screen.query_one("#words", TextArea).text = "refuse me"
        await pilot.press("f2")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert isinstance(app.screen, FormScreen)
        assert "The practice does not take this." in screen_text(app)
        assert app.screen.values["words"] == "refuse me"

    assert filled(full_vault, steps).sent == []


def test_the_lock_key_works_in_a_form_and_what_was_typed_is_kept(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    assert filled(full_vault, steps).kept[-1]["words"] == "Dear clinic"


@pytest.mark.parametrize("opened", ["question_mark", "g", "f2"])
def test_the_lock_key_works_above_any_screen(full_vault: Settings, opened: str) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        if opened != "f2":
            await pilot.press("escape")
            await settle(pilot)
        await pilot.press(opened)
        await settle(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    filled(full_vault, steps)


def test_leaving_from_a_form_keeps_what_was_typed(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        del app
        await pilot.press("ctrl+q")

    assert filled(full_vault, steps).kept[-1]["words"] == "Dear clinic"


def test_what_was_typed_can_be_taken_out_and_put_back(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        screen = app.screen
        assert isinstance(screen, FormScreen)
        typed = screen.values
        screen.keep()  # as it does by itself every other second
        await press(pilot, "f4")
        assert screen.values == {"what": "", "words": "", "how": "b", "soon": ""}
        assert "taken out" in screen_text(app)
        await press(pilot, "f4")
        assert screen.values == typed
        await press(pilot, "f4", "escape")

    assert filled(full_vault, steps).kept[-1]["words"] == ""


def test_what_is_typed_is_kept_when_the_form_is_left(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, HomeScreen)

    assert filled(full_vault, steps).kept == [{"what": "Socks", "words": "Dear clinic", "how": "b", "soon": "yes"}]


def test_what_is_typed_is_kept_when_the_vault_is_locked(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await app.action_lock()
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert "Socks" not in screen_text(app)

    assert filled(full_vault, steps).kept == [{"what": "Socks", "words": "Dear clinic", "how": "b", "soon": "yes"}]


def test_what_was_sent_is_not_kept_as_well(full_vault: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        app.screen.query_one("#how", Select).value = "a"
        await pilot.press("f2")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)

    box = filled(full_vault, steps)
    assert box.kept == []
    assert box.sent[0]["how"] == "a"
