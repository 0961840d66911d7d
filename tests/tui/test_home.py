"""The home and its pages show what the vault holds, as plain text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.tui.charts import appointment, fill, message, result
from tests.tui.conftest import make_app, screen_text, settle, unlock
from tui.columns import Row
from tui.nouns import NOUNS
from tui.screens.detail import DetailScreen
from tui.screens.section import NO_PORTAL
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from store.config import Settings
    from tui.app import PortalApp

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[red]x[/red] [@click=app.quit]y[/] \u202egnp"
WIDE = (140, 45)


def shown(settings: Settings, keys: tuple[str, ...] = (), size: tuple[int, int] = WIDE) -> str:
    """What the screen shows after these keys."""
    app = make_app(settings)

    async def run() -> str:
        async with app.run_test(size=size) as pilot:
            await unlock(pilot)
            if keys:
                await pilot.press(*keys)
                await settle(pilot)
            return screen_text(app)

    return asyncio.run(run())


def test_the_home_shows_each_panel_with_its_records(full_vault: Settings) -> None:
    text = shown(full_vault)
    for words in (
        "Zephyrine Testperson",
        "Wed 25 Nov 10:30   Follow-up visit, diab",
        "? not confirmed",
        "● new  Blood pressure readings",
        "Referral to the eye cli",
        "18 Nov  Potassium",
        "▲▲ critical",
        "▼ low",
        "Lisinopril 10 mg tablet",
        "→ accepted",
        "○ waiting to send",
        "✗ refused",
        "Atorvastatin 20 mg tablet",
        "1 unread message",
    ):
        assert words in text


def test_an_empty_vault_says_in_each_panel_what_to_do(empty_vault: Settings) -> None:
    text = shown(empty_vault)
    assert text.count(NO_PORTAL) == len(NOUNS)
    assert "no portal yet" in text.splitlines()[-2]
    assert "g w, then n, adds one" in text


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("enter",), ("Follow-up visit, diabetes", "Wed 25 Nov 2026, 10:30 (tomorrow)", "glucose meter", "Room 4")),
        (("tab", "enter"), ("You, Fri 20 Nov 2026, 09:00", "Dr. Ottoline Example, Mon 23 Nov", "the lower dose")),
        (("tab", "tab", "j", "j", "j", "enter"), ("7.4 %", "4.0 - 5.6 %", "11 Aug 2026  8.1 %  ▲ high")),
        (("tab", "tab", "tab", "j", "enter"), ("→ accepted", "✓ received", "· completed", "after 4 pm")),
        (("shift+tab", "enter"), ("Inhale 2 puffs every 4 to 6 hours as needed", "90 tablets")),
    ],
)
def test_enter_opens_a_page_with_everything_about_a_record(
    full_vault: Settings, keys: tuple[str, ...], words: tuple[str, ...]
) -> None:
    text = shown(full_vault, keys)
    assert [word for word in words if word not in text] == []


def test_the_cursor_goes_on_into_the_next_panel(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("end", "down")
        assert focused(app) == ("messages", 0)
        await pilot.press("up")
        assert focused(app) == ("appointments", 2)

    run_open(app, steps)


def test_the_cursor_stays_on_its_record_when_the_home_is_read_again(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("down", "s")
        await settle(pilot)
        assert focused(app) == ("appointments", 1)

    run_open(app, steps)


def test_hostile_text_is_shown_as_it_is_and_does_nothing(settings: Settings) -> None:
    records: list[dict[str, Any]] = [
        appointment("a", f"A {HOSTILE}", "2026-11-25T15:30:00Z", f"B {HOSTILE}"),
        message("m", "t", "2026-11-23T15:30:00Z", "Practitioner/1", f"C {HOSTILE}", f"D {HOSTILE}"),
        result("r", f"E {HOSTILE}", "1", 1, f"F {HOSTILE}", "2026-11-23T15:30:00Z", 0, 1, None),
    ]
    fill(settings, records, waiting=False)
    app = make_app(settings)

    async def steps(pilot: Pilot[None]) -> None:
        pages = [screen_text(app)]
        for _ in range(3):
            await pilot.press("enter")
            await settle(pilot)
            pages.append(screen_text(app))
            await pilot.press("escape", "tab")
        for text in pages:
            assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
            assert "[red]x[/red] [@click=app.quit]y[/]" in text

    run_open(app, steps, (240, 60))


def test_a_record_that_is_gone_is_told_and_the_home_stays(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        panel = app.screen.query_one("#appointments", Panel)
        panel.post_message(Panel.Chosen(panel, Row("not-there", ())))
        await settle(pilot)
        assert not isinstance(app.screen, DetailScreen)
        assert [note.message for note in app._notifications] == [
            "No appointment matches `not-there`.\nPress s to fetch what is new."
        ]

    run_open(app, steps)


def focused(app: PortalApp) -> tuple[str | None, int]:
    assert isinstance(app.focused, Panel)
    return app.focused.id, app.focused.cursor


def run_open(app: PortalApp, steps: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = WIDE) -> None:
    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await unlock(pilot)
            await steps(pilot)

    asyncio.run(asyncio.wait_for(run(), 30))
