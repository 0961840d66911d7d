"""Profile: how to reach the patient, whom to call, which language they speak, and what was asked to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.errors import NotFound
from tui import forms_of_details, readings_of_details, readings_of_requests, rows_of_details, words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.rows_of_details import ASKED, REQUEST
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.records.profiles import Profile
    from store.services.outbox_rows import OutboxRow
    from store.services.profile import ChangeRequest
    from tui.reading import Reading


@dataclass(frozen=True)
class Details:
    """What is listed, read at one moment."""

    profiles: tuple[Profile, ...]
    asked: tuple[ChangeRequest, ...]
    waiting: tuple[OutboxRow, ...]


class ProfileScreen(WritingScreen):
    """A line for each detail, and for each change that is under way."""

    NAME = "profile"
    BINDINGS = bindings(Where.WRITING, Where.PROFILE)
    COLUMNS = (
        Column(most=10, title="Detail"),
        Column(most=90, least=20, title="What it is"),
        Column(most=26, title="Use or state"),
    )
    EMPTY = "No details yet. Press s to fetch them."
    HINT = "Enter opens all of a person's details here. Press e to change them."

    def reload(self) -> None:
        """Read the list anew."""
        self.ask(_details, self._show)

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read the details of a person, or what became of a change."""
        kind, _, name = message.row.key.partition("/")
        ways = {ASKED: _asked, REQUEST: _waiting}
        self.open(partial(ways.get(kind, _profile), name=name), message.row.portal)

    def action_edit(self) -> None:
        """Change the details of one person."""
        self.for_whom(lambda portal: self.fill_in(partial(forms_of_details.profile, portal=portal), portal))

    def _show(self, found: Details) -> None:
        rows = [rows_of_details.waiting(each, self.whose(each.portal, each.patient)) for each in found.waiting]
        rows += [rows_of_details.asked(each, self.whose(each.portal, each.patient)) for each in found.asked]
        for each in found.profiles:
            rows += rows_of_details.profile(each, self.whose(each.portal, each.patient))
        self.table.show(self.narrowed(rows))
        parts = [f"{words.count(len(found.asked), 'change')} asked for"] if found.asked else []
        parts += [f"○ {len(found.waiting)} not sent yet"] if found.waiting else []
        people = [f"Details of {words.count(len(found.profiles), 'patient')}"] if len(found.profiles) > 1 else []
        self.say("  ·  ".join([*people, *parts]))


def _details(client: Client) -> Details:
    try:
        profiles = client.profile.show()
    except NotFound:
        profiles = ()
    asked = client.profile.requests().items
    names = {str(each.id) for each in asked}
    waiting = tuple(
        each
        for each in client.outbox.list(waiting=True).items
        if (each.target.startswith("Patient/") or (each.kind == "change" and each.type == "Task"))
        and each.id not in names
    )
    return Details(profiles, asked, waiting)


def _profile(client: Client, name: str) -> Reading:
    wanted = name.partition("/")[0]
    return readings_of_details.profile(next(each for each in client.profile.show() if each.id == wanted))


def _asked(client: Client, name: str) -> Reading:
    return readings_of_details.asked(next(each for each in client.profile.requests().items if each.id == name))


def _waiting(client: Client, name: str) -> Reading:
    return readings_of_requests.request(client.outbox.show(name))
