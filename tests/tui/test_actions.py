"""The table of actions and what hangs on it: keys, footer, help, palette."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Static

from portal_cli.registry import COMMANDS
from tests.tui.conftest import drive, make_app, settle, unlock
from tui.actions import ACTIONS, Action, Where, bindings
from tui.app import PortalApp
from tui.palette import Palette
from tui.screens.acting import ActingScreen
from tui.screens.allergies import AllergiesScreen
from tui.screens.appointments import AppointmentsScreen
from tui.screens.audit import AuditScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.conflicts import ConflictsScreen
from tui.screens.detail import DetailScreen
from tui.screens.form import FormScreen
from tui.screens.free_times import FreeTimesScreen
from tui.screens.help import read_help
from tui.screens.home import HomeScreen
from tui.screens.insurance import InsuranceScreen
from tui.screens.labs import LabsScreen
from tui.screens.learn import LearnScreen, Topic
from tui.screens.long import LongListScreen
from tui.screens.medications import MedicationsScreen
from tui.screens.merge import MergeScreen, Sides
from tui.screens.messages import MessagesScreen
from tui.screens.outbox import OutboxScreen
from tui.screens.portals import PortalsScreen
from tui.screens.profile import ProfileScreen
from tui.screens.records import RecordsScreen
from tui.screens.refills import RefillsScreen
from tui.screens.reminders import RemindersScreen
from tui.screens.section import SectionScreen
from tui.screens.settings import SettingsScreen
from tui.screens.split import SplitScreen
from tui.screens.step import StepScreen
from tui.screens.syncing import SyncingScreen
from tui.screens.timeline import TimelineScreen
from tui.screens.trend import TrendScreen
from tui.screens.unlock import UnlockScreen
from tui.screens.writing import WritingScreen
from tui.sections import SECTIONS
from tui.widgets.choices import Choices
from tui.widgets.filter import Filter
from tui.widgets.keys import Keys
from tui.widgets.marking import MarkingTable
from tui.widgets.month import Month
from tui.widgets.page import Page
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from store.config import Settings

PLACES: dict[Where, tuple[type, ...]] = {
    Where.ANYWHERE: (PortalApp,),
    Where.SECTION: (SectionScreen, PortalApp),
    Where.LIST: (Table,),
    Where.FILTER: (Filter, SplitScreen),
    Where.SIDES: (Sides,),
    Where.TOPIC: (Topic, LearnScreen),
    Where.PAGE: (Page,),
    Where.DIALOG: (DetailScreen, PortalApp),
    Where.FORM: (FormScreen,),
    Where.CONFIRM: (ConfirmScreen,),
    Where.HOME: (HomeScreen, PortalApp),
    Where.LONG: (LongListScreen,),
    Where.RECORDS: (RecordsScreen,),
    Where.LABS: (LabsScreen,),
    Where.TREND: (TrendScreen,),
    Where.TIMELINE: (TimelineScreen,),
    Where.LEARN: (LearnScreen,),
    Where.ACTING: (ActingScreen,),
    Where.APPOINTMENTS: (AppointmentsScreen,),
    Where.MONTH: (Month,),
    Where.FREE_TIMES: (FreeTimesScreen,),
    Where.MEDICATIONS: (MedicationsScreen,),
    Where.REFILLS: (RefillsScreen,),
    Where.MARKING: (MarkingTable,),
    Where.REMINDERS: (RemindersScreen,),
    Where.WRITING: (WritingScreen,),
    Where.MESSAGES: (MessagesScreen,),
    Where.PROFILE: (ProfileScreen,),
    Where.INSURANCE: (InsuranceScreen,),
    Where.ALLERGIES: (AllergiesScreen,),
    Where.OUTBOX: (OutboxScreen,),
    Where.CONFLICTS: (ConflictsScreen,),
    Where.MERGE: (MergeScreen,),
    Where.STEP: (StepScreen,),
    Where.CHOICES: (Choices,),
    Where.UNLOCK: (UnlockScreen,),
    Where.PORTALS: (PortalsScreen,),
    Where.SYNCING: (SyncingScreen,),
    Where.AUDIT: (AuditScreen,),
    Where.SETTINGS: (SettingsScreen, PortalApp),
}
SHARED: set[Where] = {
    Where.ANYWHERE,
    Where.SECTION,
    Where.LIST,
    Where.PAGE,
    Where.DIALOG,
    Where.FORM,
    Where.CONFIRM,
    Where.LONG,
    Where.ACTING,
    Where.MONTH,
    Where.FREE_TIMES,
    Where.MARKING,
    Where.WRITING,
    Where.FILTER,
    Where.SIDES,
    Where.TOPIC,
    Where.MERGE,
    Where.TREND,
    Where.STEP,
    Where.CHOICES,
    Where.UNLOCK,
}
SECTIONS_OWN: list[Where] = sorted(set(PLACES) - SHARED, key=lambda place: place.value)


def test_every_action_is_bound_and_does_something() -> None:
    for action in ACTIONS:
        method = action.call.removeprefix("app.").removeprefix("screen.").partition("(")[0]
        assert any(hasattr(place, f"action_{method}") for place in PLACES[action.where]), action.id
        assert any(getattr(binding, "id", "") == action.id for binding in bindings(action.where))


def test_every_place_has_keys_and_no_two_actions_have_one_name() -> None:
    assert {action.where for action in ACTIONS} == set(PLACES)
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("own", SECTIONS_OWN)
def test_no_key_of_a_section_means_two_things(own: Where) -> None:
    screen = PLACES[own][0]
    long = {Where.LONG} if issubclass(screen, LongListScreen) else set()
    long |= {Where.ACTING} if issubclass(screen, ActingScreen) else set()
    long |= {Where.WRITING} if issubclass(screen, WritingScreen) else set()
    for focused in (Where.LIST, Where.PAGE):
        places = {own, Where.SECTION, Where.ANYWHERE, focused, *long}
        keys = [key for action in ACTIONS if action.where in places for key in action.keys]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("own", [Where.DIALOG, Where.FORM, Where.CONFIRM, Where.TREND])
def test_no_key_of_a_dialog_means_two_things(own: Where) -> None:
    inside = set() if own is Where.TREND else {Where.PAGE}
    places = {own, Where.ANYWHERE, *inside}
    keys = [key for action in ACTIONS if action.where in places for key in action.keys]
    assert len(keys) == len(set(keys))


def test_no_key_of_the_merge_means_two_things() -> None:
    places = {Where.MERGE, Where.LIST, Where.ANYWHERE}
    keys = [key for action in ACTIONS if action.where in places for key in action.keys]
    assert len(keys) == len(set(keys))


def test_help_lists_every_action() -> None:
    told = "\n".join(section.text for section in read_help().sections)
    assert [action.id for action in ACTIONS if action.words not in told] == []
    assert [section.title for section in SECTIONS if section.title not in told] == []


def test_help_begins_with_the_keys_of_the_screen_that_it_is_called_from(full_vault: Settings) -> None:
    async def run() -> list[str]:
        app = make_app(full_vault)
        async with app.run_test() as pilot:
            await unlock(pilot)
            app.go("settings")
            await settle(pilot)
            return [fact.value for fact in read_help(app.screen).facts]

    told = asyncio.run(run())
    assert {"Make a new recovery code", "Next line", "Leave the dashboard"} <= set(told)
    assert "Verify every line" not in told


def test_commands_named_in_help_exist() -> None:
    named = {action.command.split()[1] for action in ACTIONS if action.command}
    assert {name for name in named if not name.startswith("-")} <= set(COMMANDS)


def test_the_palette_offers_our_actions_and_nothing_that_writes_a_file(full_vault: Settings) -> None:
    async def run() -> set[str]:
        app = make_app(full_vault)
        async with app.run_test() as pilot:
            await unlock(pilot)
            return {command.title for command in app.get_system_commands(app.screen)}

    assert asyncio.run(run()) == {
        "Sync",
        "Help",
        "Lock",
        "Quit",
        "Colours",
        *(f"Go to {section.title}" for section in SECTIONS),
    }


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("theme", "Colours"),
        ("dark", "Colours"),
        ("exit", "Quit"),
        ("quit", "Quit"),
        ("logout", "Lock"),
        ("sign out", "Go to Portals and people"),
        ("settings", "Go to Settings"),
        ("inbox", "Go to Messages"),
        ("refresh", "Sync"),
    ],
)
def test_the_palette_finds_commands_by_the_words_that_people_use(typed: str, title: str, full_vault: Settings) -> None:
    async def run() -> list[str]:
        app = make_app(full_vault)
        async with app.run_test() as pilot:
            await unlock(pilot)
            return [str(hit.text) async for hit in Palette(app.screen).search(typed)]

    found = asyncio.run(run())
    assert found.count(title) == 1


def test_the_palette_finds_nothing_by_words_that_nobody_uses(full_vault: Settings) -> None:
    async def run() -> list[object]:
        app = make_app(full_vault)
        async with app.run_test() as pilot:
            await unlock(pilot)
            return [hit for typed in ("xyzzy", "theme xyzzy") async for hit in Palette(app.screen).search(typed)]

    assert asyncio.run(run()) == []


def test_the_palette_searches_with_these_words() -> None:
    (load,) = PortalApp.COMMANDS
    assert load() is Palette  # type: ignore[call-arg]  # what loads it, no provider


def test_the_palette_of_a_locked_vault_offers_neither_sync_nor_lock(full_vault: Settings) -> None:
    async def run() -> set[str]:
        app = make_app(full_vault)
        async with app.run_test() as pilot:
            await pilot.pause()
            return {command.title for command in app.get_system_commands(app.screen)}

    assert asyncio.run(run()) == {"Help", "Quit", "Colours"}


def test_while_something_is_typed_the_footer_has_no_key_that_would_be_typed(full_vault: Settings) -> None:
    app = make_app(full_vault)

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await unlock(pilot)
            await pilot.press("g", "r")
            await settle(pilot)
            assert {"/", "?", "g"} <= _footer(app)
            await pilot.press("slash")
            await settle(pilot)
            assert {"enter", "esc", "F1"} <= _footer(app)
            assert not {key for key in _footer(app) if len(key) == 1}

    asyncio.run(run())


@pytest.mark.parametrize("action", [one for one in ACTIONS if one.turned], ids=lambda one: one.id)
def test_the_key_that_turns_a_view_says_what_it_would_show(action: Action, full_vault: Settings) -> None:
    section = next(one for one in SECTIONS if str(action.where.name).casefold() == one.name)
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.go(section.name)
        await settle(pilot)
        for label in (action.label, action.turned, action.label):
            assert label in {key.label for key in app.screen.query_one(Keys).shown}
            await pilot.press(action.keys[0])
            await settle(pilot)

    drive(app, steps, size=(140, 45))


@pytest.mark.parametrize(("section", "screen"), [("refills", RefillsScreen), ("reminders", RemindersScreen)])
def test_the_page_beside_a_view_that_was_turned_says_what_can_be_done_there(
    section: str, screen: type[SplitScreen], full_vault: Settings
) -> None:
    app = make_app(full_vault)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        app.go(section)
        await settle(pilot)
        for hint in (screen.HINT, screen.TURNED_HINT, screen.HINT):
            (shown,) = app.screen.query("#beside .hint").results(Static)
            assert str(shown.content) == hint
            await pilot.press("v")
            await settle(pilot)

    drive(app, steps, size=(140, 45))


def _footer(app: PortalApp) -> set[str]:
    return {key.written for key in app.screen.query_one(Keys).shown}
