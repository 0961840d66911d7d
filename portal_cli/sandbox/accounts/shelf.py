"""Rows of one kind by key: in memory, and in the portal's file when it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.journal import Journal

Row = TypeVar("Row")


class Shelf(Generic[Row]):
    """A kept mapping; whoever looks and then writes holds the service's lock around both."""

    def __init__(self, name: str, row: type[Row], journal: Journal | None) -> None:
        self._name = name
        self._journal = journal
        kept = journal.rows(name) if journal else ()
        self._rows: dict[str, Row] = {key: msgspec.convert(body, row) for key, body in kept}

    def get(self, key: str) -> Row | None:
        """Give the row of a key."""
        return self._rows.get(key)

    def put(self, key: str, row: Row) -> None:
        """Keep a row; it outlives the process once this returns."""
        if self._journal:
            self._journal.write_row(self._name, key, msgspec.to_builtins(row))
        self._rows[key] = row

    def lend(self, key: str, row: Row) -> None:
        """Take a row that is made anew at each start: in memory only, until it is put."""
        self._rows[key] = row

    def drop(self, key: str) -> None:
        """Forget a row, if there is one."""
        if self._rows.pop(key, None) is not None and self._journal:
            self._journal.drop_row(self._name, key)

    def tidy(self, is_over: Callable[[Row], bool], most: int) -> None:
        """Drop the rows that are over, and beyond so many the oldest, so that strangers cannot fill the memory."""
        for key in [key for key, row in self._rows.items() if is_over(row)]:
            self.drop(key)
        for key in list(self._rows)[:-most]:
            self.drop(key)

    def rows(self) -> list[tuple[str, Row]]:
        """Give all rows, in order of arrival."""
        return list(self._rows.items())
