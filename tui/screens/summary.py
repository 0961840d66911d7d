"""The health summary: one page for a visit, problems to upcoming care."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import words
from tui.reading import Reading, Section, facts
from tui.screens.section import SectionScreen
from tui.widgets.page import Page

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
    """The health summary as a page."""
    made = client.summaries.make()
    return Reading(
        "Health summary",
        ", ".join(made.patients) or "No patient yet",
        facts(("Born", words.day(made.born).strip()), ("Made", words.full(made.made))),
        tuple(_section(part) for part in made.sections),
    )


def _section(part: Part) -> Section:
    lines = [_line(entry) for entry in part.entries] or [part.nothing]
    more = [f"… and {part.more} more, in `{part.command}`"] if part.more else []
    return Section(part.title, "\n".join([*lines, *more]))


def _line(entry: Entry) -> str:
    said = (
        entry.title,
        entry.detail,
        words.flag(entry.flag) if words.is_alarming(entry.flag) else "",
        words.day(entry.date).strip(),
    )
    return "· " + "  ·  ".join(filter(None, said))
