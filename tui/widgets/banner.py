"""The banner: whose chart this is, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui import words

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.services.status import Status


_MOST_PERCENT, _AROUND = 60, 6  # of the name's part, and cells between and beside both, as in app.tcss


def whose(status: Status) -> str:
    """The patient's name, and where there are several people, whether it is one of them or everybody."""
    if status.shown.is_several:
        return f"Everybody: {status.shown.words}" if status.shown.is_everybody else f"▸ {status.shown.words}"
    names = dict.fromkeys(portal.patient_name or portal.patient for portal in status.portals)
    return ", ".join(filter(None, names)) or "No patient yet"


def from_where(status: Status, room: int) -> str:
    """How much there is to read, and the portals it comes from: as much of it as there is room for, in cells."""
    if not status.portals:
        return "no portal yet: g w, then n, adds one"
    portals = ", ".join(portal.name for portal in status.portals)
    unread = [words.count(status.unread, "unread message")] if status.unread else []
    short = [f"{status.unread} unread"] if status.unread else []
    ways = [*unread, words.count(status.records, "record"), portals], [*unread, portals], [*short, portals], short
    return next((said for said in map("  ·  ".join, ways) if cell_len(said) <= room), "")


class Banner(Horizontal):
    """One line at the top of a screen."""

    def compose(self) -> ComposeResult:
        """The name to the left, the rest to the right."""
        yield Static(id="whose", markup=False)
        yield Static(id="from-where", markup=False)

    def show(self, status: Status | None, title: str = "") -> None:
        """Show whose chart this is; that of somebody else is told by its colour, too. `title` names the screen."""
        if status is None:
            return
        self.set_class(bool(status.shown.acts_as), "-other")
        name = whose(status)
        named = f"{name}  ·  {title}" if title else name
        self.query_one("#whose", Static).update(Content(named))
        most = self.app.size.width
        room = most - min(cell_len(named), most * _MOST_PERCENT // 100) - _AROUND
        self.query_one("#from-where", Static).update(Content(from_where(status, room)))
