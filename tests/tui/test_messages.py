"""The screen of messages: reading, writing, answering, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import TextArea

from tests.support.hostile import outcome
from tests.support.wire import Answer
from tests.tui.conftest import press, screen_text, settle, told
from tests.tui.lettering import DOCTOR, open_client, sent, signed_in
from tests.tui.messaging import at_messages, write
from tui.screens.confirm import ConfirmScreen
from tui.screens.detail import DetailScreen
from tui.screens.form import FormScreen
from tui.screens.messages import MessagesScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from store.config import Settings
    from tests.support.writable import WritablePortal
    from tui.app import PortalApp


def test_a_message_is_written_looked_at_and_sent(ready: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "n")
        text = screen_text(app)
        assert "Messages are not for emergencies" in text
        assert "mostly answered within" in text
        await press(pilot, "escape")
        await write(pilot, app)
        await press(pilot, "f2")
        assert isinstance(app.screen, ConfirmScreen)
        text = screen_text(app)
        assert all(words in text for words in (DOCTOR, "Sore knee", "Since Monday.", "Ada Long", "hillside"))
        await press(pilot, "y")
        assert isinstance(app.screen, MessagesScreen)
        assert "hillside has it." in told(app)

    at_messages(ready, steps)
    header, message = sent(portal, "Communication")
    assert message["payload"] == [{"contentString": "Since Monday."}]
    assert message["recipient"] == [{"reference": "Practitioner/1", "display": DOCTOR}]
    assert header["topic"] == {"text": "Sore knee"}
    with open_client(ready) as client:
        assert client.letters.drafts.list().items == ()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("#subject", "", "it has no subject"), ("#text", "", "the message is empty"), ("#to", "", "whom the message is")],
)
def test_what_is_missing_is_said_and_nothing_is_sent(
    ready: Settings, portal: WritablePortal, field: str, value: str, words: str
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        widget = app.screen.query_one(field)
        if isinstance(widget, TextArea):
            widget.text = value
        else:
            widget.value = value  # type: ignore[attr-defined]  # an Input or a Select
        await settle(pilot)
        await press(pilot, "f2")
        assert isinstance(app.screen, FormScreen)
        assert words in screen_text(app)

    at_messages(ready, steps)
    assert portal.created == []


def test_files_are_attached_by_their_paths_once_and_taken_off_again(
    ready: Settings, portal: WritablePortal, tmp_path: Path
) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(name)

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        app.screen.query_one("#files", TextArea).text = f"{tmp_path}/one.txt\n{tmp_path}/two.txt\n"
        await settle(pilot)
        for _ in range(2):  # looking at it twice attaches nothing twice
            await press(pilot, "f2")
            assert "one.txt (text/plain, 7 bytes)" in screen_text(app)
            await press(pilot, "n")
        await press(pilot, "escape", "home", "enter")
        assert app.screen.query_one("#files", TextArea).text == ""
        app.screen.query_one("#held0").focus()  # the form is longer than the screen
        await settle(pilot)
        assert "Attached: one.txt" in screen_text(app)
        app.screen.query_one("#held0").value = False  # type: ignore[attr-defined]  # a Checkbox
        await settle(pilot)
        assert "▐ ▌ Attached: one.txt" in screen_text(app)  # not by its colour alone
        await press(pilot, "f2", "y")

    at_messages(ready, steps)
    (binary,) = sent(portal, "Binary")
    message = sent(portal, "Communication")[-1]
    assert [part["contentAttachment"]["title"] for part in message["payload"][1:]] == ["two.txt"]
    assert binary["data"] == "dHdvLnR4dA=="


def test_a_file_that_cannot_be_attached_is_told_of_and_its_path_outlives_the_form(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        app.screen.query_one("#files", TextArea).text = "/nowhere/knee.jpg"
        await settle(pilot)
        await press(pilot, "f2")
        assert "knee.jpg is no file that can be read" in screen_text(app)
        await press(pilot, "escape", "home", "enter")
        assert app.screen.query_one("#files", TextArea).text == "/nowhere/knee.jpg"

    at_messages(ready, steps)


def test_reading_a_conversation_marks_it_as_read(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        assert "● new" in screen_text(app)
        await press(pilot, "enter")
        app.look()
        await settle(pilot)
        text = screen_text(app)
        assert "They look better." in text
        assert "● new" not in text.split("│")[0]
        assert "1 unread" not in text

    at_messages(ready, steps)
    with open_client(ready) as client:
        assert client.messages.list(unread=True).items == ()


def test_what_is_read_above_the_list_has_the_keys_of_the_list_in_its_footer(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "enter")
        assert isinstance(app.screen, DetailScreen)
        assert "r Reply" in screen_text(app).splitlines()[-1]
        await press(pilot, "r")
        assert isinstance(app.screen, FormScreen)

    at_messages(ready, steps, (80, 24))


def test_a_conversation_is_answered_and_the_answer_says_whom_it_goes_to(
    ready: Settings, portal: WritablePortal
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "r")
        assert f"To {DOCTOR}, about Blood pressure" in screen_text(app)
        app.screen.query_one("#text", TextArea).text = "Thank "
        await settle(pilot)
        await press(pilot, "escape", "home", "enter")  # by way of a draft
        assert f"To {DOCTOR}, about Blood pressure" in screen_text(app)
        app.screen.query_one("#text", TextArea).text = "Thank you."
        await settle(pilot)
        await press(pilot, "f2", "y")

    at_messages(ready, steps)
    (message,) = sent(portal, "Communication")
    assert (message["topic"], message["payload"]) == ({"text": "Blood pressure"}, [{"contentString": "Thank you."}])
    assert message["inResponseTo"] == [{"reference": "Communication/msg-2"}]
    assert message["partOf"] == [{"reference": "Communication/thr-1"}]


def test_what_cannot_be_sent_now_is_listed_at_once_as_waiting(ready: Settings, portal: WritablePortal) -> None:
    portal.behaviours["POST /fhir/Communication"] = lambda _: Answer(503, b"")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        await press(pilot, "f2", "y")
        assert "○ waiting to send" in screen_text(app)

    at_messages(ready, steps)
    with open_client(ready) as client:
        (row,) = [row for row in client.outbox.list().items if row.kind == "message"]
        assert (row.state, row.title) == ("queued", "Sore knee")


def test_what_the_portal_refuses_is_a_draft_again_and_the_form_keeps_its_text(
    ready: Settings, portal: WritablePortal
) -> None:
    portal.behaviours["POST /fhir/Communication"] = lambda _: outcome(422, "the practice is closed")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await write(pilot, app)
        await press(pilot, "f2", "y")
        assert isinstance(app.screen, FormScreen)
        assert "the practice is closed" in screen_text(app)
        assert app.screen.values["text"] == "Since Monday."
        del portal.behaviours["POST /fhir/Communication"]
        await press(pilot, "f2", "y")
        assert isinstance(app.screen, MessagesScreen)

    at_messages(ready, steps)
    assert sent(portal, "Communication")[-1]["payload"] == [{"contentString": "Since Monday."}]
    with open_client(ready) as client:
        assert client.letters.drafts.list().items == ()
        assert sorted(row.state for row in client.outbox.list().items) == ["cancelled", "confirmed"]


def test_a_conversation_is_put_away_and_taken_out_again(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "a")
        assert "Blood pressure" not in screen_text(app)
        await press(pilot, "f", "end", "enter")
        assert "Blood pressure" in screen_text(app)
        await press(pilot, "a", "f", "home", "enter")
        assert "Blood pressure" in screen_text(app)

    at_messages(ready, steps)


def test_words_are_looked_for_in_what_is_written_too(ready: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        table = app.screen.query_one(Table)
        await press(pilot, "slash", *"better")
        assert table.lines.total == 1
        await press(pilot, *"zz")
        assert table.lines.total == 0
        await press(pilot, "escape")
        assert table.lines.total == 1

    at_messages(ready, steps)


def test_where_a_portal_takes_no_messages_that_is_said_before_a_form_opens(
    settings: Settings, portal: WritablePortal
) -> None:
    del portal.types["Communication"]
    portal.resources.pop("Communication")
    signed_in(settings, portal)

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "n")
        assert isinstance(app.screen, MessagesScreen)
        assert "messages" in told(app)
        assert "by telephone" in told(app)

    at_messages(settings, steps)
