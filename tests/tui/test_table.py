"""Tables of any length: lines are read when they are seen, and the cursor stays where it belongs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on
from textual.app import App

from tui.columns import Cell, Column, Row
from tui.lines import CHUNK
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.pilot import Pilot

TOTAL = 1_000_000
HEIGHT = 20


class TableApp(App[None]):
    """A table of a million lines, each made when it is asked for."""

    def __init__(self, empty: str = "Nothing.") -> None:
        super().__init__()
        self.empty = empty
        self.asked: list[tuple[int, int]] = []
        self.chosen: list[str] = []
        self.answers = True

    def compose(self) -> ComposeResult:
        yield Table((Column(most=12, title="Number"), Column(most=30, least=5, title="Words")), self.empty)

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    @on(Table.Wanted)
    def make(self, message: Table.Wanted) -> None:
        self.asked.append((message.first, message.until))
        if self.answers:
            message.table.fill(message.first, [line(number) for number in range(message.first, message.until)])

    @on(Table.Chosen)
    def choose(self, message: Table.Chosen) -> None:
        self.chosen.append(message.row.key)


def line(number: int) -> Row:
    return Row(str(number), (Cell(f"{number}"), Cell(f"line {number}")))


def drive(steps: Callable[[Pilot[None], TableApp], Awaitable[None]]) -> None:
    async def run() -> None:
        app = TableApp()
        async with app.run_test(size=(60, HEIGHT)) as pilot:
            app.table.focus()
            await steps(pilot, app)

    asyncio.run(asyncio.wait_for(run(), 30))


def shown(app: TableApp) -> list[str]:
    """The lines of the screen, the headings first."""
    strips = app.screen._compositor.render_strips(app.size)
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def test_only_what_is_seen_of_a_million_lines_is_read() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show_long(TOTAL)
        await pilot.pause()
        assert app.asked == [(0, CHUNK)]
        assert shown(app)[0].split() == ["Number", "Words"]
        assert shown(app)[1].split() == ["▸", "0", "line", "0"]
        await pilot.press("end")
        await pilot.pause()
        assert app.table.cursor == TOTAL - 1
        assert shown(app)[HEIGHT - 1].split() == ["▸", "999999", "line", "999999"]
        assert sum(until - first for first, until in app.asked) <= 3 * CHUNK

    drive(steps)


def test_lines_that_were_read_are_not_asked_for_again_until_many_others_were() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show_long(TOTAL)
        await pilot.pause()
        await pilot.press("end", "home")
        await pilot.pause()
        assert app.asked.count((0, CHUNK)) == 1
        for place in range(1, 30):
            app.table.cursor = place * CHUNK * 3
            await pilot.pause()
        assert len(app.table.lines.here()) <= 20 * CHUNK
        await pilot.press("home")
        await pilot.pause()
        assert app.asked.count((0, CHUNK)) == 2

    drive(steps)


def test_a_line_that_is_not_read_yet_says_so_and_cannot_be_opened() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.answers = False
        app.table.show_long(TOTAL)
        await pilot.pause()
        assert shown(app)[1].strip() == "…"
        app.chosen.clear()
        await pilot.press("enter")
        assert app.chosen == []

    drive(steps)


def test_a_list_that_grows_keeps_its_place_and_completes_its_last_lines() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show_long(250)
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()
        app.table.grow(700)
        await pilot.pause()
        assert app.table.cursor == 249
        assert (CHUNK, 2 * CHUNK) in app.asked
        await pilot.press("down")
        await pilot.pause()
        assert shown(app)[HEIGHT - 1].split() == ["▸", "250", "line", "250"]

    drive(steps)


def test_page_down_and_up_move_by_what_is_seen() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show([line(number) for number in range(100)])
        await pilot.press("pagedown")
        assert app.table.cursor == HEIGHT - 2
        await pilot.press("pageup")
        assert app.table.cursor == 0
        await pilot.press("end", "enter")
        assert app.chosen == ["99"]

    drive(steps)


def test_the_cursor_stays_on_its_record_when_lines_come_before_it() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show([line(number) for number in range(10, 100)])
        await pilot.press("pagedown", "pagedown")
        before = app.table.current
        app.table.show([line(number) for number in range(100)])
        await pilot.pause()
        assert before is not None
        assert app.table.current == before

    drive(steps)


def test_the_cursor_stays_in_sight_when_the_terminal_shrinks() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show([line(number) for number in range(100)])
        await pilot.press(*["down"] * 15)
        await pilot.resize_terminal(60, 8)
        await pilot.pause()
        assert any(text.split() == ["▸", "15", "line", "15"] for text in shown(app))
        await pilot.resize_terminal(60, HEIGHT)
        await pilot.pause()
        assert any(text.split() == ["▸", "15", "line", "15"] for text in shown(app))

    drive(steps)


def test_headings_are_no_line_that_the_mouse_can_choose() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        app.table.show([line(number) for number in range(5)])
        await pilot.pause()
        await pilot.click(Table, offset=(3, 0))
        assert app.table.cursor == 0
        await pilot.click(Table, offset=(3, 3))
        assert app.table.cursor == 2
        await pilot.click(Table, offset=(3, 3), times=2)
        await pilot.pause()
        assert app.chosen == ["2"]

    drive(steps)


def test_an_empty_table_says_that_there_is_nothing() -> None:
    async def steps(pilot: Pilot[None], app: TableApp) -> None:
        await pilot.press("down", "end", "enter", "pagedown")
        assert shown(app)[1].strip() == "Nothing."
        assert app.table.cursor == 0
        assert app.chosen == []

    drive(steps)


def test_an_empty_table_wraps_words_that_are_longer_than_it_is_wide() -> None:
    words = "Nothing has been asked for. What you ask for and write is here until the portal has it."

    async def run() -> None:
        app = TableApp(words)
        async with app.run_test(size=(60, HEIGHT)) as pilot:
            await pilot.pause()
            assert " ".join(" ".join(shown(app)).split()) == words
            assert app.table.virtual_size.height == 3

    asyncio.run(asyncio.wait_for(run(), 30))
