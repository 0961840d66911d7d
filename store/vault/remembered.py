"""What views of the vault have read that is small and asked for again and again, until somebody writes to it.

A list asks four times who the connections belong to and which kinds of records there are, and how many records it could
have: that is half of its time. None of it changes unless somebody writes, which SQLite tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from store.vault.engine import DbConnection

    Mark = tuple[int, int]
    """What others have written, and what this connection has."""

T = TypeVar("T")
_MOST = 200  # findings: a time of day is a part of some of what is asked


class Remembered:
    """What the views of one connection have read. It holds as long as the vault is as it was then."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}
        self._mark: Mark | None = None
        self._besides = 0

    def begin(self, connection: DbConnection) -> None:
        """Let the view that has just begun go by what is remembered, or forget it all where somebody has written."""
        mark = _others(connection), connection.total_changes - self._besides
        if mark != self._mark:
            self._found.clear()
            self._mark = mark
        connection.remembered = self

    def end(self, connection: DbConnection) -> None:
        """The view has ended: what comes next on this connection may be a transaction, which sees its own writes."""
        connection.remembered = None

    def overlook(self, changes: int) -> None:
        """So many rows were written to which nothing goes back that is remembered: lines of the audit trail."""
        self._besides += changes

    def forget(self) -> None:
        """Remember nothing any more."""
        self._found.clear()
        self._mark = None

    def find(self, what: Hashable) -> Any:
        """What is remembered, or None."""
        return self._found.get(what)

    def keep(self, what: Hashable, found: Any) -> None:
        """Remember something."""
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[what] = found


def once(connection: DbConnection, what: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives, which is not None, read no more than once as long as nobody writes; nobody is to change it.

    In a transaction it is read each time.
    """
    found: T | None = known(connection, what)
    if found is None:
        found = read()
        keep(connection, what, found)
    return found


def known(connection: DbConnection, what: Hashable) -> Any:
    """What is remembered in the view that is under way; None where nothing is."""
    remembered: Remembered | None = connection.remembered
    return None if remembered is None else remembered.find(what)


def keep(connection: DbConnection, what: Hashable, found: object) -> None:
    """Remember something that was found in the view that is under way; nobody is to change it."""
    remembered: Remembered | None = connection.remembered
    if remembered is not None:
        remembered.keep(what, found)


def _others(connection: DbConnection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
