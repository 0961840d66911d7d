"""The lock: it counts down, and a lost passphrase is replaced with the recovery code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.client import Client
from tests.tui.charts import NOW, PASSPHRASE, PATIENT
from tests.tui.conftest import drive, make_app, make_client, press, screen_text, settle, status, told, unlock
from tui.app import PortalApp
from tui.screens.first_run import CodeScreen, RecoverScreen
from tui.screens.home import HomeScreen
from tui.screens.unlock import UnlockScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings


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
