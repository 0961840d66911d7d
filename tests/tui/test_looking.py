"""The screens for looking: records, results, the timeline, the summary, education."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from store.client import Client
from tests.tui.charts import PASSPHRASE, arrive, chart, fill, result
from tests.tui.conftest import drive, make_app, press, screen_text, settle, told, unlock
from tui.lines import CHUNK
from tui.screens.confirm import ConfirmScreen
from tui.screens.detail import DetailScreen
from tui.screens.go import GoScreen
from tui.sections import SECTIONS
from tui.widgets.page import Page
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings

NARROW, WIDE = (80, 24), (140, 45)
RECORDS = len([*chart()])


def shown(settings: Settings, *keys: str, size: tuple[int, int] = WIDE) -> str:
    """What the screen shows after these keys."""
    app = make_app(settings)
    texts: list[str] = []

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await press(pilot, *keys)
        texts.append(screen_text(app))

    drive(app, steps, size)
    return texts[0]


@pytest.mark.parametrize("section", SECTIONS, ids=[section.name for section in SECTIONS])
def test_every_section_is_reached_by_its_letter(full_vault: Settings, section: object) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g")
        assert isinstance(app.screen, GoScreen)
        await pilot.press(section.key)  # type: ignore[attr-defined]  # a Section
        await settle(pilot)
        assert section.name == app.sections[-1].NAME  # type: ignore[attr-defined]  # as above
        assert len(app.sections) == 1
        app.go("home")
        await settle(pilot)
        assert app.screen.NAME == "home"  # type: ignore[attr-defined]  # a SectionScreen

    drive(app, steps)


def test_no_two_sections_have_one_letter() -> None:
    assert len({section.key for section in SECTIONS}) == len(SECTIONS)


def many(count: int) -> list[dict[str, object]]:
    return [
        result(f"r{number}", f"Thing {number}", f"{number}", number, "g", f"20{number % 25:02}-01-02", 0, 9e9, None)
        for number in range(count)
    ]


def test_a_long_list_is_read_as_it_is_scrolled(settings: Settings) -> None:
    fill(settings, many(3 * CHUNK), waiting=False)
    app = make_app(settings)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g", "r")
        await settle(pilot)
        table = app.screen.query_one(Table)
        assert table.lines.total == 3 * CHUNK
        assert "600 records" in screen_text(app)
        assert table.lines[3 * CHUNK - 1] is None
        await pilot.press("end")
        await settle(pilot)
        assert table.current is not None
        assert table.current.cells[0].text.endswith("2000")

    drive(app, steps)


def test_what_arrives_is_in_the_list_at_once(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g", "r")
        await settle(pilot)
        assert f"{RECORDS} records" in screen_text(app)
        arrive(full_vault, *many(1))
        app.look()
        await settle(pilot)
        assert f"{RECORDS + 1} records" in screen_text(app)

    drive(app, steps)


def test_a_kind_is_chosen_and_the_list_has_it_alone(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "r", "f", "down", "down", "enter")
    assert "Appointment  ·  " in text
    assert "Hemoglobin" not in text


def test_what_is_out_of_range_is_listed_alone(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "l", "a")
    assert "out of range" in text
    assert "Potassium" in text
    assert "Sodium" not in text


def test_words_narrow_the_list_and_are_shown_where_they_stand(full_vault: Settings) -> None:
    text = shown(full_vault, "slash", *"metf")
    assert "found, newest first" in text
    assert "Metformin 500" in text
    assert "[Metformin]" not in text  # it is the title


def test_a_misspelt_word_gets_a_better_one(full_vault: Settings) -> None:
    assert "perhaps you mean: metformin" in shown(full_vault, "slash", *"metformn")


def test_escape_clears_the_words_and_the_list_is_whole_again(full_vault: Settings) -> None:
    assert f"{RECORDS} records" in shown(full_vault, "g", "r", "slash", *"metf", "escape")


def test_a_result_opens_beside_the_list_where_there_is_room_and_above_it_where_there_is_not(
    full_vault: Settings,
) -> None:
    for size, kind in ((WIDE, Page), (NARROW, DetailScreen)):
        app = make_app(full_vault)

        async def steps(pilot: Pilot[None], kind: type = kind, app: object = app) -> None:
            await unlock(pilot)
            await pilot.press("g", "l", "down", "enter")
            await settle(pilot)
            here = app.focused if kind is Page else app.screen  # type: ignore[attr-defined]  # a PortalApp
            assert isinstance(here, kind)
            assert "10.9 g/dL" in screen_text(app)  # type: ignore[arg-type]  # as above
            await pilot.press("escape")
            await settle(pilot)
            assert isinstance(app.focused, Table)  # type: ignore[attr-defined]  # as above

        drive(app, steps, size)


def test_a_result_says_what_was_before_it_and_how_it_changed(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "l", "down", "down", "down", "down", "enter")
    for words in ("4.0 - 5.6 %", "8.1 %, Tue 11 Aug 2026", "-0.7", "3 Feb 2026  6.9 %"):
        assert words in text


def test_a_trend_is_drawn_with_its_range_and_its_numbers(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "l", "down", "down", "down", "down", "t")
    for words in ("Trend", "▲ high", "░ usual range", "3 Feb 2026", "3 values, 3 out of range", "6.9 %", "7.47 %"):
        assert words in text


def test_the_timeline_tells_months_and_jumps_by_years(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "t")
    assert "Nov 2026" in text
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g", "t")
        await settle(pilot)
        table = app.screen.query_one(Table)
        await pilot.press("left_square_bracket")
        await settle(pilot)
        assert table.current is not None
        assert table.current.cells[1].text.strip() == "Wed  9"  # the first of 2026, after one of 2027
        await pilot.press("right_square_bracket")
        assert table.cursor == 0

    drive(app, steps)


def test_the_summary_has_its_sections(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "y")
    for words in ("Problems", "Recent results", "Lisinopril 10 mg tablet"):
        assert words in text


def test_what_changed_in_a_record_is_shown(full_vault: Settings) -> None:
    arrive(full_vault, result("obs-3", "Potassium", "2823-3", 4.5, "mmol/L", "2026-11-18T13:05:00Z", 3.5, 5.1, "N"))
    text = shown(full_vault, "g", "l", "down", "down", "down", "v")
    assert "before  6.9" in text
    assert "now     4.5" in text


def test_a_record_without_an_earlier_version_says_so(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g", "l", "v")
        await settle(pilot)
        assert "No earlier version of the record" in told(app)

    drive(app, steps)


def test_nothing_is_asked_about_a_record_before_a_yes(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("g", "l", "down", "e")
        await settle(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        text = screen_text(app)
        assert "718-7" in text
        assert "sends this, and nothing else of you" in text
        await pilot.press("enter")
        await settle(pilot)
        assert not isinstance(app.screen, ConfirmScreen)
        assert app.screen.query_one("#topic", Input).value == "Hemoglobin"
        await pilot.press("escape")
        await settle(pilot)
        assert "Results" in screen_text(app).splitlines()[0]  # where it was opened

    drive(app, steps, WIDE)
    with Client(full_vault, lambda: PASSPHRASE) as client:
        assert not [line for line in client.audit.list().items if line.action == "learn"]


def test_copying_says_that_it_leaves_the_vault(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        assert "Follow-up visit, diabetes" in app.clipboard
        assert "It has left the vault" in told(app)
        await pilot.press("escape")
        await app.action_lock()
        await settle(pilot)
        assert app.clipboard == ""

    drive(app, steps)


def test_a_message_is_read_with_its_conversation_and_noted(full_vault: Settings) -> None:
    text = shown(full_vault, "g", "r", "down", "down", "down", "down", "enter")
    assert "Blood pressure readings" in text
    assert "Here are my readings." in text
