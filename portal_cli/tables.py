"""A table of values: what its columns are called and hold, and how it is laid out without a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from store.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")

_WIDEST = 60  # a longer cell pushes the rest of its own line, and not every other line
_GAP = "  "


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column: its title, and how a value's cell is read. One that `is_whole` goes over several lines last."""

    title: str
    read: Callable[[T], str]
    is_whole: bool = False


@dataclass(frozen=True)
class Table(Generic[T]):
    """A listing of some `noun` (in the plural): its columns for people, and `fields`, its columns in CSV."""

    noun: str
    columns: tuple[Column[T], ...]
    fields: tuple[str, ...]

    def with_sources(self, *, portals: bool, patients: bool) -> Table[T]:
        """The same with columns that tell which portal, and which patient, a row is from."""
        shown = {column.title for column in self.columns}
        more = [
            Column[T](title, _attribute(title.lower()))
            for title, is_wanted in (("Portal", portals), ("Patient", patients))
            if is_wanted and title not in shown and title.lower() in self.fields
        ]
        return replace(self, columns=(*self.columns[:-1], *more, self.columns[-1])) if more else self

    def with_only(self, names: Sequence[str]) -> Table[T]:
        """The same with these columns alone, which are named as in CSV. Raises InvalidInput for one that is none."""
        if not names:
            return self
        self.check(names)
        shown = {column.title.lower().replace(" ", "_"): column for column in self.columns}
        return replace(
            self,
            columns=tuple(
                shown.get(name) or Column(name.replace("_", " ").capitalize(), _cell(name)) for name in names
            ),
            fields=tuple(names),
        )

    def check(self, names: Iterable[str]) -> None:
        """Make sure that there are columns of these names. Raises InvalidInput."""
        for name in names:
            if name not in self.fields:
                # Deferred: most listings are asked for no column.
                from store.errors import InvalidInput  # noqa: PLC0415

                raise InvalidInput(f"there is no column `{name}`; there are: {', '.join(self.fields)}")

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the columns."""
        return tuple(column.title for column in self.columns)

    def cells(self, values: Iterable[T]) -> list[tuple[str, ...]]:
        """The cells of every row, each on one line."""
        return [tuple(" ".join(column.read(value).split()) for column in self.columns) for value in values]


def _cell(name: str) -> Callable[[object], str]:
    from portal_cli import csv_text, json_text  # noqa: PLC0415 - only a column that was named is written so

    return lambda value: csv_text.cell(json_text.plain(getattr(value, name, None)))


def _attribute(name: str) -> Callable[[object], str]:
    return lambda value: str(getattr(value, name, ""))


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines with their columns under one another; nothing is cut."""
    # Deferred: a machine-readable listing needs no widths.
    from rich.cells import cell_len  # noqa: PLC0415

    widths = [min(_WIDEST, max(map(cell_len, column))) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines)
