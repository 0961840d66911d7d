"""Portals, syncs, audit trail, settings and the clipboard, as somebody at the keyboard sees them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from store.client import Client
from store.config import load
from store.errors import Unreachable
from store.events import PageStored, QueryDone, SyncStarted
from store.services.sync import SyncReport
from store.vault import audit, connections, vault
from tests.tui.charts import NOW, PASSPHRASE, PATIENT, signed_in
from tests.tui.conftest import drive, make_app, make_client, press, screen_text, settle, status, told, unlock
from tui.app import PortalApp
from tui.columns import Row
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

    from store.config import Settings
    from store.events import OnEvent, ShouldStop

HOSTILE = "\x1b]0;owned\x07\x9b31m[red]x[/red] [@click=app.quit]y[/] \u202egnp"


def test_a_portal_is_removed_only_when_its_name_was_typed_and_after_a_question(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "w", "x")
        assert isinstance(app.screen, FormScreen)
        app.screen.query_one("#name").value = "hill"  # type: ignore[attr-defined]  # an Input
        await press(pilot, "f2")
        assert "not the name of the portal" in screen_text(app)
        app.screen.query_one("#name").value = "hillside"  # type: ignore[attr-defined]  # an Input
        await press(pilot, "f2")
        assert isinstance(app.screen, ConfirmScreen)
        assert PATIENT in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, FormScreen)
        await press(pilot, "f2", "y")
        assert "No portal yet" in screen_text(app)

    drive(app, steps)
    with Client(full_vault, lambda: PASSPHRASE) as client:
        assert client.portals.list() == ()


def test_signing_out_asks_first_and_keeps_the_records(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "w", "o", "o")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "y")
        assert "! sign in again" in screen_text(app)
        assert "has not confirmed it" in told(app)

    drive(app, steps)
    with Client(full_vault, lambda: PASSPHRASE) as client:
        assert not client.portals.list()[0].is_signed_in
        assert client.records.counts()


def test_hostile_names_of_portals_are_shown_as_they_are(empty_vault: Settings) -> None:
    with vault.unlock(empty_vault, PASSPHRASE.encode()) as opened, opened.transaction() as tx:
        owner = connections.save(tx, replace(signed_in(), name=f"P {HOSTILE}"))
        connections.name_patient(tx, owner, f"N {HOSTILE}")
        tx.audit(audit.Entry(f"a {HOSTILE}", f"w {HOSTILE}"))
    app = make_app(empty_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        for keys in (("g", "w", "enter"), ("escape", "x"), ("g", "s", "enter"), ("g", "u", "down", "enter")):
            await press(pilot, *keys)
            text = screen_text(app)
            assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
            await press(pilot, "escape", "escape")
        app.go("portals")
        await settle(pilot)
        assert "[red]x[/red] [@click=app.quit]y[/]" in screen_text(app)

    drive(app, steps, (200, 60))


def test_a_sync_shows_how_far_each_type_has_come_and_what_failed(full_vault: Settings) -> None:
    going = threading.Event()

    def do(on_event: OnEvent, should_stop: ShouldStop) -> SyncReport:
        on_event(SyncStarted("hillside", 3))
        on_event(PageStored("hillside", "Observation", 120, 7))
        on_event(PageStored("hillside", "Appointment", 5, 0))
        on_event(QueryDone("hillside", "Appointment"))
        going.set()
        while not should_stop():
            time.sleep(0.01)
        raise Unreachable("https://portal.example", "no route to host")

    app = make_app(full_vault, do)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g")
        await pilot.press("s")
        await settle(pilot)
        await pilot.press("s")
        while not going.is_set():
            await pilot.pause(0.01)
        for _ in range(50):
            await pilot.pause(0.02)
            if "↻ 120 received" in screen_text(app):
                break
        text = screen_text(app)
        assert "↻ 120 received" in text
        assert "● 5 received" in text
        assert "1 of 3 searches, 125 records" in text
        await pilot.press("escape")
        await settle(pilot)
        assert "○ Offline" in status(app)
        assert "your own copy" in told(app)

    drive(app, steps)


def test_a_sync_begins_by_itself_only_where_that_was_chosen(full_vault: Settings) -> None:
    begun: list[float] = []
    moment = [float(NOW)]

    def do(on_event: OnEvent, should_stop: ShouldStop) -> SyncReport:
        del on_event, should_stop
        begun.append(moment[0])
        return SyncReport(())

    app = PortalApp(make_client(full_vault, do), clock=lambda: moment[0], idle_seconds=1e9)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        moment[0] += 100_000
        app.keep_age_true()
        await settle(pilot)
        assert begun == []
        await press(pilot, "g", "s", "w", "down", "enter")
        assert app.sync_every == 900
        moment[0] += 2_000
        app.keep_age_true()
        await settle(pilot)
        assert len(begun) == 1
        app.keep_age_true()
        await settle(pilot)
        assert len(begun) == 1

    drive(app, steps)


def test_the_audit_trail_is_listed_narrowed_read_and_verified(full_vault: Settings) -> None:
    with vault.unlock(full_vault, PASSPHRASE.encode()) as opened, opened.transaction() as tx:
        for number in range(300):
            tx.audit(audit.Entry("look" if number % 2 else "export", f"thing {number}"))
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "u", "end")
        assert "Thing 0" in screen_text(app)
        await press(pilot, "f", "down", "enter")
        assert "Lines of export" in screen_text(app)
        assert "150 lines" in screen_text(app)
        assert "hing 298" in screen_text(app)
        assert "hing 299" not in screen_text(app)
        await press(pilot, "enter")
        assert "hing 298" in screen_text(app)
        await press(pilot, "escape", "v")
        assert "each as it was written" in screen_text(app)

    drive(app, steps)


def test_a_trail_that_was_changed_is_told(full_vault: Settings) -> None:
    with vault.unlock(full_vault, PASSPHRASE.encode()) as opened, opened.transaction() as tx:
        tx.audit(audit.Entry("export", "everything"))
        tx.connection.execute("UPDATE audit_entry SET what = 'nothing' WHERE action = 'export'")
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "u", "v")
        assert "changed" in told(app)

    drive(app, steps)


def test_a_setting_is_checked_shown_and_written_and_taken_back(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "c", "enter")
        field = app.screen.query_one("#value")
        field.value = "soon"  # type: ignore[attr-defined]  # an Input
        await press(pilot, "f2")
        assert "imeout is a number of seconds" in screen_text(app)
        field.value = "7"  # type: ignore[attr-defined]  # an Input
        await press(pilot, "f2", "y")
        assert "next start" in told(app)
        assert load({"PORTAL_HOME": str(full_vault.config_file.parent)}).timeout == 7
        await press(pilot, "x")
        assert load({"PORTAL_HOME": str(full_vault.config_file.parent)}).timeout == 30

    drive(app, steps)


def test_the_doctor_says_what_is_wrong_and_what_to_do(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "c", "d")
        assert "things to look at" in screen_text(app)

    drive(app, steps)


def test_whatever_is_copied_is_said_to_leave_the_vault(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "enter", "c")
        assert "left the vault" in told(app)

    drive(app, steps)


def test_no_command_of_the_palette_writes_into_the_current_folder(
    full_vault: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        for command in list(app.get_system_commands(app.screen)):
            if command.title in {"Quit", "Lock"}:
                continue
            outcome = command.callback()
            if outcome is not None:
                await outcome
            await pilot.press("escape")
        await app.run_action("screenshot")
        app.action_screenshot()
        app.deliver_screenshot()
        await settle(pilot)

    drive(app, steps)
    assert list(here.iterdir()) == []


def test_a_row_of_a_portal_that_is_gone_does_nothing(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, "g", "s")
        table = app.screen.query_one(Table)
        table.post_message(Table.Chosen(table, Row("nowhere Observation", ())))
        await settle(pilot)
        assert told(app) == ""

    drive(app, steps)
