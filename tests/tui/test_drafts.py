"""Drafts of messages: kept whatever happens to the form, the vault or the draft, until they are sent or deleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.widgets import Input, Select, TextArea

from store.services.message_plans import Wording
from tests.tui.conftest import press, screen_text, settle, told
from tests.tui.lettering import DOCTOR, open_client, sent
from tests.tui.messaging import at_messages, write
from tui.screens.form import FormScreen
from tui.screens.unlock import UnlockScreen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from store.client import Client
    from store.config import Settings
    from tests.support.writable import WritablePortal
    from tui.app import PortalApp


def test_what_was_typed_is_a_draft_that_is_opened_again_changed_and_sent(
    ready: Settings, portal: WritablePortal
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app, subject="", text="Since Mon")
        await press(pilot, "escape")
        assert "It is kept as a draft." in told(app)
        assert "○ draft" in screen_text(app)
        await press(pilot, "home", "enter")
        assert app.screen.query_one("#text", TextArea).text == "Since Mon"
        assert app.screen.query_one("#to", Select).value == "Practitioner/1"
        app.screen.query_one("#text", TextArea).text = "Since Monday."
        app.screen.query_one("#subject", Input).value = "Knee"
        app.screen.query_one("#to", Select).value = "Practitioner/2"
        await settle(pilot)
        await press(pilot, "f2", "y")
        assert "○ draft" not in screen_text(app)

    at_messages(ready, steps)
    header, message = sent(portal, "Communication")
    assert (message["topic"], header["topic"]) == ({"text": "Knee"}, {"text": "Knee"})
    assert message["payload"] == [{"contentString": "Since Monday."}]
    assert message["recipient"][0]["reference"] == header["recipient"][0]["reference"] == "Practitioner/2"


def test_what_was_typed_is_kept_when_the_vault_is_locked(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        await app.action_lock()
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    at_messages(ready, steps)
    with open_client(ready) as client:
        (draft,) = client.letters.drafts.list().items
        assert (draft.subject, draft.text, draft.recipients) == ("Sore knee", "Since Monday.", (DOCTOR,))


def test_a_form_in_which_nothing_was_typed_leaves_no_draft(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "n", "escape")
        assert "draft" not in told(app)

    at_messages(ready, steps)
    with open_client(ready) as client:
        assert client.letters.drafts.list().items == ()


def test_a_draft_is_deleted_after_a_yes_and_comes_back(ready: Settings, tmp_path: Path) -> None:
    (tmp_path / "knee.txt").write_text("swollen")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        app.screen.query_one("#files", TextArea).text = str(tmp_path / "knee.txt")
        await settle(pilot)
        await press(pilot, "f2", "n", "escape", "home", "x", "enter")
        assert "○ draft" in screen_text(app)  # Enter is no
        await press(pilot, "x", "y")
        assert "○ draft" not in screen_text(app)
        await press(pilot, "g", "h", "g", "m", "u")  # as long as the dashboard is open, not the list alone
        assert "○ draft" in screen_text(app)

    at_messages(ready, steps)
    with open_client(ready) as client:
        (draft,) = client.letters.drafts.list().items
        assert (draft.subject, draft.text) == ("Sore knee", "Since Monday.")
        assert [file.title for file in draft.attached] == ["knee.txt"]
        assert client.letters.send_draft(str(draft.id)).request.state == "confirmed"


def test_a_draft_that_was_sent_elsewhere_is_not_written_over_and_the_words_are_a_draft_of_their_own(
    ready: Settings, portal: WritablePortal
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await draft_open_again(pilot, app)
        await asyncio.to_thread(lambda: elsewhere(ready, lambda client, name: client.letters.send_draft(name)))
        app.screen.query_one("#text", TextArea).text = "Since Monday, and worse."
        await settle(pilot)
        await press(pilot, "f2")
        assert isinstance(app.screen, FormScreen)  # not sent unseen as a second message
        assert "sent, deleted or changed elsewhere" in screen_text(app)
        await press(pilot, "escape")
        assert "a draft of its own" in told(app)

    at_messages(ready, steps)
    assert [found["payload"][0]["contentString"] for found in sent(portal, "Communication") if "payload" in found] == [
        "Since Monday."
    ]
    with open_client(ready) as client:
        assert [str(draft.text) for draft in client.letters.drafts.list().items] == ["Since Monday, and worse."]


def test_two_that_write_on_one_draft_keep_the_words_of_both(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await draft_open_again(pilot, app)
        await asyncio.to_thread(
            lambda: elsewhere(ready, lambda client, name: client.letters.drafts.change(name, Wording(text="Theirs.")))
        )
        app.screen.query_one("#text", TextArea).text = "Mine."
        await settle(pilot)
        await press(pilot, "escape")
        assert "a draft of its own" in told(app)

    at_messages(ready, steps)
    with open_client(ready) as client:
        assert {str(draft.text) for draft in client.letters.drafts.list().items} == {"Mine.", "Theirs."}


def test_a_draft_that_was_deleted_elsewhere_is_not_said_to_be_kept(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await draft_open_again(pilot, app)
        await asyncio.to_thread(lambda: elsewhere(ready, lambda client, name: client.letters.drafts.delete(name)))
        app.clear_notifications()
        await press(pilot, "escape")
        assert "no draft any more" in told(app)

    at_messages(ready, steps)


async def draft_open_again(pilot: Pilot[None], app: PortalApp) -> None:
    await write(pilot, app)
    await press(pilot, "escape", "home", "enter")
    assert app.screen.query_one("#text", TextArea).text == "Since Monday."


def elsewhere(settings: Settings, deed: Callable[[Client, str], object]) -> None:
    """Do something with the one draft in another program."""
    with open_client(settings) as client:
        (draft,) = client.letters.drafts.list().items
        deed(client, str(draft.id))
