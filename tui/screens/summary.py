"""The health summary: one page for a visit, problems to upcoming care."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui import words
from tui.reading import Reading, Section, facts
from tui.screens.section import NO_PORTAL, SectionScreen
from tui.standing import WHOSE
from tui.widgets.page import Page

_LONG = 66  # cells, so that no line is broken on a narrow screen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.client import Client
    from store.services.summaries import Entry
    from store.services.summaries import Section as Part


class SummaryScreen(SectionScreen):
    """Shows the health summary of those who are shown."""

    NAME = "summary"
    AUTO_FOCUS = "Page"

    def body(self) -> ComposeResult:
        """One page."""
        yield Page(id="whole")

    def reload(self) -> None:
        """Make the summary anew."""
        self.ask(read, self.show_reading)


def read(client: Client) -> Reading:
    """The health summary as a page; of nobody, where it comes from."""
    made = client.summaries.make()
    if not made.patients:
        return Reading("Health summary", "No patient yet", (), (Section("What to do", NO_PORTAL),))
    return Reading(
        "Health summary",
        ", ".join(made.patients) or "No patient yet",
        facts(("Born", words.day(made.born).strip()), ("As of", words.full(made.made))),
        tuple(_section(part, several=len(made.patients) > 1) for part in made.sections),
    )


def _section(part: Part, *, several: bool) -> Section:
    lines = [_line(entry, several=several) for entry in part.entries] or [part.nothing]
    more = [f"… and {part.more} more, in `{part.command}`"] if part.more else []
    return Section(part.title, "\n".join([*lines, *more]))


def _line(entry: Entry, *, several: bool) -> str:
    """An entry on one line, or where it is long, its particulars on a line of their own."""
    date = words.full(entry.date) if entry.record.startswith("Appointment/") else words.day(entry.date).strip()
    flag = words.flag(entry.flag) if words.is_alarming(entry.flag) else ""
    if date and entry.record.startswith("Medication"):
        date = f"since {date}"
    title = f"• {entry.title}{f'{WHOSE}{entry.patient}' if several else ''}"
    whole = "  ·  ".join(filter(None, (title, entry.detail, flag, date)))
    if cell_len(whole) <= _LONG:
        return whole
    return "\n    ".join(filter(None, ("  ·  ".join(filter(None, (title, flag, date))), entry.detail)))
