"""The lock: by a key, or when nobody is there, nothing of the patient is shown or held; a recovery code opens it."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from store.client import Client
from store.errors import NotFound, StorageFailed
from store.records.labs import LabResult
from store.vault.reading import Owner
from tests.tui.charts import NOW, PASSPHRASE, PATIENT
from tests.tui.conftest import drive, make_app, make_client, press, screen_text, settle, status, told, unlock
from tui.app import PortalApp
from tui.columns import Row
from tui.messages import CallFailed
from tui.reading import Reading
from tui.rows import HomeView
from tui.screens.detail import DetailScreen
from tui.screens.first_run import CodeScreen, RecoverScreen
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.unlock import UnlockScreen
from tui.troubles import describe
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings


def test_lock_shows_nothing_of_the_patient_and_forgets_the_key(full_vault: Settings) -> None:
    client = make_client(full_vault)
    app = PortalApp(client)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s", "enter")
        await settle(pilot)
        assert isinstance(app.screen, DetailScreen)
        await app.run_action("lock")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        text = screen_text(app)
        assert PATIENT not in text
        assert "hillside" not in text
        assert "Follow-up" not in text
        assert not app._notifications
        assert not client.is_unlocked
        await unlock(pilot)
        assert PATIENT in screen_text(app)

    drive(app, steps)


def test_after_a_lock_nothing_of_the_patient_is_held(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("s", "enter")
        await settle(pilot)
        app.copy_to_clipboard(PATIENT)
        assert held()
        await app.run_action("lock")
        await settle(pilot)
        for _ in range(100):  # what a screen that goes away has still to do is done soon, not at once
            if not held():
                break
            await pilot.pause(0.1)
        assert held() == set()
        assert app.clipboard == ""

    drive(app, steps)


def held() -> set[str]:
    """Which kinds of things that show records there are in memory."""
    kinds = (HomeScreen, DetailScreen, HomeView, Reading, Panel, Row, LabResult, Owner)
    gc.collect()
    return {type(found).__name__ for found in gc.get_objects() if isinstance(found, kinds)}


def test_what_fails_after_a_lock_is_not_told(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        app.post_message(CallFailed(describe(NotFound("record", PATIENT))))
        await settle(pilot)
        assert not app._notifications

    drive(app, steps)


class StuckClient(Client):
    """A client that cannot be closed."""

    def close(self) -> None:
        raise StorageFailed(self.settings.database_path, "the disk is gone")


def test_a_vault_that_does_not_close_is_told_on_the_unlock_screen(full_vault: Settings) -> None:
    app = PortalApp(StuckClient(full_vault))

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert "the disk is gone" in screen_text(app)

    drive(app, steps)


def test_the_lock_key_goes_back_to_the_unlock_screen(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    drive(app, steps)


def test_closing_what_is_open_twice_closes_the_help_and_not_what_lies_under_it(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)
        for _ in range(2):
            await app.run_action("app.back")
        await settle(pilot)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)


def test_a_dashboard_left_alone_locks_itself(full_vault: Settings) -> None:
    moment = [float(NOW)]
    app = PortalApp(make_client(full_vault), clock=lambda: moment[0], idle_seconds=600)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        moment[0] += 599
        await app.lock_when_idle()
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("down")
        moment[0] += 599
        await app.lock_when_idle()
        assert isinstance(app.screen, HomeScreen)
        moment[0] += 1
        await app.lock_when_idle()
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)

    drive(app, steps)


def test_it_counts_down_before_it_locks_and_comes_back_to_where_one_was(full_vault: Settings) -> None:
    moment = [float(NOW)]
    app = PortalApp(make_client(full_vault), clock=lambda: moment[0], idle_seconds=600)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "c")
        moment[0] += 539
        await app.lock_when_idle()
        assert "locks in" not in status(app)
        moment[0] += 20
        await app.lock_when_idle()
        assert "! locks in 41 s; any key stays" in status(app)
        await press(pilot, "down")
        await app.lock_when_idle()
        assert "locks in" not in status(app)
        moment[0] += 600
        await app.lock_when_idle()
        await settle(pilot)
        assert isinstance(app.screen, UnlockScreen)
        assert PATIENT not in screen_text(app)
        await unlock(pilot)
        assert "Longest wait for an answer" in screen_text(app)

    drive(app, steps)


def test_it_counts_down_above_what_hides_the_line_that_does(full_vault: Settings) -> None:
    moment = [float(NOW)]
    app = PortalApp(make_client(full_vault), clock=lambda: moment[0], idle_seconds=600)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "question_mark")
        moment[0] += 559
        await app.lock_when_idle()
        await settle(pilot)
        assert "locks in 41 seconds" in told(app)
        moment[0] += 13
        await app.lock_when_idle()
        await settle(pilot)
        assert "locks in 28 seconds" in told(app)

    drive(app, steps)


def test_what_is_known_of_the_way_to_the_portals_outlives_a_lock(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.note_reached(is_reached=True)
        assert "● Online" in status(app)
        await press(pilot, "ctrl+l")
        await unlock(pilot)
        assert "● Online" in status(app)

    drive(app, steps)


def test_it_does_not_go_to_the_background_where_it_could_not_lock_itself(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "ctrl+z")
        assert "could not lock itself" in told(app)

    drive(app, steps)


def test_a_lost_passphrase_is_replaced_with_the_recovery_code(full_vault: Settings) -> None:
    with Client(full_vault, lambda: PASSPHRASE) as client:
        drawn = client.slots.draw_code()
        client.slots.keep_code(drawn, drawn)
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, "f3")
        assert isinstance(app.screen, RecoverScreen)
        for code, words in (("not a code", "✗"), (drawn.lower(), "")):
            for name, value in (
                ("code", code),
                ("chosen", "wholly other horse battery"),
                ("again", "wholly other horse battery"),
            ):
                app.screen.query_one(f"#{name}").value = value  # type: ignore[attr-defined]  # an Input
            app.screen.go_on(app.screen.values)
            await settle(pilot)
            assert words in screen_text(app)
        assert isinstance(app.screen, HomeScreen)

    drive(app, steps)
    with Client(full_vault, lambda: "wholly other horse battery") as client:
        client.unlock()


def test_a_recovery_code_is_made_later_for_whoever_knows_the_passphrase(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "c", "r")
        for typed in ("not it", PASSPHRASE):
            app.screen.query_one("#passphrase").value = typed  # type: ignore[attr-defined]  # an Input
            await press(pilot, "enter")
        assert isinstance(app.screen, CodeScreen)
        group = app.screen._drawn.split("-")[app.screen._number - 1]
        app.screen.query_one("#group").value = group  # type: ignore[attr-defined]  # an Input
        await press(pilot, "enter")
        assert "opens the vault from now on" in told(app)
        assert "Longest wait for an answer" in screen_text(app)

    drive(app, steps)
    with Client(full_vault, lambda: PASSPHRASE) as client:
        assert [slot.type for slot in client.slots.list()] == ["passphrase", "recovery"]
