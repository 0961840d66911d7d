"""The screens of the outbox and of conflicts: every state in words, the ways out, and the merge side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import TextArea

from store.records.lossless import decode, encode
from store.vault import outbox, vault
from store.vault.outbox import MOVES, State
from tests.support.hostile import PATIENT, outcome
from tests.support.wire import Answer
from tests.tui.charts import PASSPHRASE
from tests.tui.conftest import drive, press, screen_text, settle, told, unlock
from tests.tui.lettering import open_client, practice, real_app, signed_in
from tui import states
from tui.screens.confirm import ConfirmScreen
from tui.screens.conflicts import ConflictsScreen
from tui.screens.detail import DetailScreen
from tui.screens.form import FormScreen
from tui.screens.merge import MergeScreen
from tui.screens.outbox import OutboxScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from textual.pilot import Pilot

    from store.client import Client
    from store.config import Settings
    from tests.support.writable import WritablePortal
    from tui.app import PortalApp

TARGET = f"Patient/{PATIENT}"
PATH = f"PUT /fhir/{TARGET}"


@pytest.fixture
def portal() -> Iterator[WritablePortal]:
    with practice() as running:
        running.change(gender="female", active=True)
        yield running


def at(
    settings: Settings,
    letter: str,
    steps: Callable[[Pilot[None], PortalApp], Awaitable[None]],
    size: tuple[int, int] = (140, 45),
) -> None:
    app = real_app(settings)

    async def run(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", letter)
        await steps(pilot, app)

    drive(app, run, size)


def change(client: Client, **parts: object) -> None:
    body = encode({**decode(client.records.show(TARGET).fhir), **parts})
    client.outbox.add_update(1, TARGET, body)


@pytest.fixture
def waiting(settings: Settings, portal: WritablePortal) -> Settings:
    """A vault with a change that has not been sent."""
    signed_in(settings, portal)
    with open_client(settings) as client:
        change(client, gender="other")
    return settings


@pytest.fixture
def torn(settings: Settings, portal: WritablePortal) -> Settings:
    """A vault with a change that overlaps with the portal's, and one on each side that does not."""
    signed_in(settings, portal)
    with open_client(settings) as client:
        change(client, gender="other", maritalStatus={"text": "Married"})
        portal.change(gender="male", active=False)
        client.sync.run()
        assert client.conflicts.list().total == 1
    return settings


def state(settings: Settings) -> str:
    with open_client(settings) as client:
        return str(client.outbox.list().items[0].state)


@pytest.mark.parametrize("one", State)
def test_every_state_has_a_sign_and_words_and_a_meaning(one: State) -> None:
    words = states.request(one.value)
    assert words[0] in "○↻?✗!✓·"
    assert len(words.split()) > 1
    assert states.meaning(one.value)


def test_every_state_is_listed_in_its_own_words(settings: Settings, portal: WritablePortal) -> None:
    signed_in(settings, portal)
    with vault.unlock(settings, PASSPHRASE.encode()) as opened, opened.transaction() as tx:
        for number, one in enumerate(MOVES):
            name = f"0190-{number}"
            outbox.add(
                tx,
                outbox.Item(name, 1, "refill", f"Thing {one}", "Task", name, b"{}", one.value, number, number),
            )

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        text = screen_text(app)
        for one in MOVES:
            assert states.request(one.value) in text
        await press(pilot, "f")
        assert "✓ arrived" not in screen_text(app)

    at(settings, "b", steps, (80, 24))


def test_what_waits_is_sent_now_after_a_yes(waiting: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        assert "○ waiting to send" in screen_text(app)
        await press(pilot, "r", "enter")
        assert portal.writes == []
        await press(pilot, "r", "y")
        assert "hillside has it." in told(app)
        assert "✓ arrived" in screen_text(app)

    at(waiting, "b", steps)
    assert portal.record["gender"] == "other"


def test_what_waits_is_given_up_after_a_yes(waiting: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "x", "n")
        assert "○ waiting to send" in screen_text(app)
        await press(pilot, "x", "y")
        assert "· given up" in screen_text(app)

    at(waiting, "b", steps)
    assert (state(waiting), portal.writes) == ("cancelled", [])


def test_what_waits_is_changed_as_fhir_and_what_may_not_change_is_said(
    waiting: Settings, portal: WritablePortal
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "e")
        field = app.screen.query_one(TextArea)
        before = field.text
        field.text = before.replace(PATIENT, "somebody-else")
        await settle(pilot)
        await press(pilot, "f2")
        assert "has to stay" in screen_text(app)
        field.text = before.replace('"other"', '"unknown"')
        await settle(pilot)
        await press(pilot, "f2")
        assert '"gender": "unknown"' in screen_text(app)
        await press(pilot, "y")

    at(waiting, "b", steps)
    assert portal.record["gender"] == "unknown"


def test_a_request_whose_answer_was_lost_tells_both_ways_out(waiting: Settings, portal: WritablePortal) -> None:
    portal.behaviours[PATH] = lambda _: Answer(500, b"")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "r", "y")
        assert "? answer lost" in screen_text(app)
        await press(pilot, "enter")
        text = screen_text(app)
        assert "look it up once more, then send it again" in text
        assert "let it go" in text
        await press(pilot, "escape", "r")
        assert isinstance(app.screen, ConfirmScreen)
        assert "the portal may get it twice" in " ".join(screen_text(app).replace("│", " ").split())
        await press(pilot, "n", "x")
        assert "The portal may have it all the same." in screen_text(app)
        await press(pilot, "n")
        del portal.behaviours[PATH]
        await press(pilot, "r", "y")
        assert "✓ arrived" in screen_text(app)

    at(waiting, "b", steps)
    assert portal.record["gender"] == "other"


def test_what_the_portal_refuses_says_why_and_stays(waiting: Settings, portal: WritablePortal) -> None:
    portal.behaviours[PATH] = lambda _: outcome(422, "not on a Sunday")

    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "r", "y")
        assert "not on a Sunday" in told(app)
        app.look()
        await settle(pilot)
        assert "✗ refused" in screen_text(app)

    at(waiting, "b", steps)
    assert state(waiting) == "rejected"


def test_what_is_settled_cannot_be_sent_again_and_that_is_said(waiting: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "r", "y", "r")
        assert isinstance(app.screen, OutboxScreen)
        assert "cannot be sent again" in told(app)
        await press(pilot, "d")
        assert "it is no conflict" in told(app)

    at(waiting, "b", steps)
    assert len(portal.writes) == 1


def test_both_sides_are_shown_and_each_difference_says_what_it_shall_be(torn: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        assert "! needs you" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, MergeScreen)
        text = screen_text(app)
        for words in ("Yours", "The portal's", "Gender", "yours: other", "Married", "Will be", "●"):
            assert words in text
        await press(pilot, "escape")
        assert isinstance(app.screen, ConflictsScreen)

    for size in ((80, 24), (140, 45)):
        at(torn, "k", steps, size)
    assert state(torn) == "conflict"


def go_to(app: PortalApp, path: str) -> None:
    """Put the cursor on a difference."""
    table = app.screen.query_one("#differences", Table)
    for number in range(table.lines.total):
        row = table.lines[number]
        if row and row.cells[1].text == path:
            table.cursor = number


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ({}, {"gender": "other", "active": False, "maritalStatus": {"text": "Married"}}),
        ({"Gender": "t"}, {"gender": "male", "active": False, "maritalStatus": {"text": "Married"}}),
        ({"Gender": "t", "Active": "m"}, {"gender": "male", "active": True, "maritalStatus": {"text": "Married"}}),
        ({"Marital status": "t", "Gender": "m"}, {"gender": "other", "active": False, "maritalStatus": None}),
    ],
)
def test_each_difference_is_decided_by_itself(
    torn: Settings, portal: WritablePortal, decisions: dict[str, str], expected: dict[str, object]
) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "enter")
        for path, key in decisions.items():
            go_to(app, path)
            await press(pilot, key)
        await press(pilot, "f2")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "enter")  # is no
        assert isinstance(app.screen, MergeScreen)
        await press(pilot, "f2", "y")
        assert "hillside has it." in told(app)
        assert "Nothing waits for your decision" in screen_text(app)

    at(torn, "k", steps)
    assert {name: portal.record.get(name) for name in expected} == expected


def test_something_else_is_written_in_place_of_both(torn: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "enter")
        go_to(app, "Active")
        await press(pilot, "e")
        app.screen.query_one(TextArea).text = "perhaps"
        await settle(pilot)
        await press(pilot, "f2")
        assert "cannot be understood" in screen_text(app)
        await press(pilot, "escape")
        go_to(app, "Gender")
        await press(pilot, "e")
        assert isinstance(app.screen, FormScreen)
        app.screen.query_one(TextArea).text = "unknown"
        await settle(pilot)
        await press(pilot, "f2", "y")
        assert "new: unknown" in screen_text(app)
        await press(pilot, "f2", "y")

    at(torn, "k", steps)
    assert (portal.record["gender"], portal.record["active"]) == ("unknown", False)


def test_taking_the_portal_s_version_of_all_gives_the_change_up(torn: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "d")  # from the outbox
        assert isinstance(app.screen, MergeScreen)
        for path in ("Gender", "Marital status"):
            go_to(app, path)
            await press(pilot, "t")
        await press(pilot, "f2")
        assert "Your changes are given up" in screen_text(app)
        await press(pilot, "y")

    at(torn, "b", steps)
    assert (state(torn), portal.writes) == ("cancelled", [])
    assert portal.record["gender"] == "male"


def test_a_record_that_has_changed_yet_again_is_a_new_conflict(torn: Settings, portal: WritablePortal) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "enter")
        portal.change(gender="unknown")
        await press(pilot, "f2", "y")
        assert "It waits for you" in told(app)
        assert "! needs you" in screen_text(app)

    at(torn, "k", steps)
    assert state(torn) == "conflict"


def test_in_a_small_terminal_what_is_read_takes_the_keys_of_its_list_too(torn: Settings) -> None:
    async def steps(pilot: Pilot[None], app: PortalApp) -> None:
        await press(pilot, "enter")
        assert isinstance(app.screen, DetailScreen)
        assert "d  decide between" in screen_text(app)
        await press(pilot, "d")
        assert isinstance(app.screen, MergeScreen)

    at(torn, "b", steps, (80, 24))
