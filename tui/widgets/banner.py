"""The banner: whose chart this is, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui import words
from tui.columns import ended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

    from store.services.status import Status


_AROUND, _BETWEEN = 4, 2  # cells beside and between both parts, as in app.tcss
_SHARE_PERCENT = 40  # of the line, which the right part may have where the name is too long
_SHORTEST = 10  # cells of a name of which less says nothing; `Everybody…` has them


def whose(status: Status) -> str:
    """The patient's name, and where there are several people, whether it is one of them or everybody."""
    if status.shown.is_several:
        return f"Everybody: {status.shown.words}" if status.shown.is_everybody else f"▸ {status.shown.words}"
    names = dict.fromkeys(portal.patient_name or portal.patient for portal in status.portals)
    return ", ".join(filter(None, names)) or "No patient yet"


def headed(status: Status, title: str, room: int) -> str:
    """Whose chart it is, and the name of the screen, which stays where there is not room enough for every name."""
    screen = f"  ·  {title}" if title else ""
    return f"{ended(whose(status), max(room - cell_len(screen), _SHORTEST))}{screen}"


def from_where(status: Status, room: int) -> str:
    """How much there is to read, and the portals it comes from: as much of it as there is room for, in cells."""
    if not status.portals:
        ways = ["no portal yet: g w, then n, adds one", "no portal yet"]
        return next((said for said in ways if cell_len(said) <= room), "")
    portals = ", ".join(portal.name for portal in status.portals)
    unread = [words.count(status.unread, "unread message")] if status.unread else []
    short = [_short(status)] if status.unread else []
    some = ended(portals, max(room - cell_len(_joined([*short, ""])), _SHORTEST))
    every = [*unread, words.count(status.records, "record"), portals], [*unread, portals], [*short, portals]
    return next((said for said in map(_joined, (*every, [*short, some], short)) if cell_len(said) <= room), "")


def parts(status: Status, title: str, width: int) -> tuple[str, str]:
    """What stands to the left and to the right on a line of so many cells: names are cut when no room is blank."""
    room = width - _AROUND
    left = room - cell_len(headed(status, title, room)) - _BETWEEN
    if left < cell_len(_short(status)):
        left = min(room * _SHARE_PERCENT // 100, room - cell_len(headed(status, title, 0))) - _BETWEEN
    right = from_where(status, left)
    return headed(status, title, room - (cell_len(right) + _BETWEEN if right else 0)), right


def _short(status: Status) -> str:
    return f"{status.unread} unread" if status.unread else ""


def _joined(said: Iterable[str]) -> str:
    return "  ·  ".join(said)


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
        left, right = parts(status, title, self.app.size.width)
        self.query_one("#whose", Static).update(Content(left))
        self.query_one("#from-where", Static).update(Content(right))
