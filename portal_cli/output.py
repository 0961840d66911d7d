"""What goes to stdout, and the only module that writes there: data, as a table, JSON, NDJSON, CSV or plain lines."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from portal_cli import accessible, everywhere, pager, signs
from portal_cli.choices import Format, arrangement
from portal_cli.diagnostics import ExitCode
from portal_cli.problems import OUTPUT, Ended
from store.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text as RichText

    from portal_cli import styled
    from portal_cli.painting import Line, Look
    from portal_cli.tables import Table

T = TypeVar("T")

_HELD: list[str] = []
_INDENT = 2
_GAP = 2
_USUAL_WIDTH, _USUAL_HEIGHT = 80, 24
_NARROWEST, _WIDEST = 40, 200  # cells of a page
_MOST_FOR_WHOLES = 0.6  # of the width: with less left, the other columns could not be read


def prepare() -> None:
    """Let stdout and stderr take every character, in whatever way their encoding can."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed before the program began
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open as long as the run
    signs.register()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=signs.ERRORS)


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def text(lines: str) -> None:
    """Print plain text for people; nothing in it can steer the terminal."""
    # Deferred: help and documents need it not.
    from store.records.text import sanitize  # noqa: PLC0415

    told = accessible.in_words(lines) if accessible.is_on() else lines
    _print(sanitize(told.rstrip("\n")) + "\n")


def usage(lines: str) -> None:
    """Print the help of a command as it is: who asks for it has a screen to scroll."""
    with _written():
        sys.stdout.write(f"{lines}\n")


def drawn(lines: Sequence[styled.Line]) -> None:
    """Print lines of which parts stand out; each part is made harmless, and only our own codes are added."""
    # Deferred: what programs read has no such lines.
    from portal_cli import styled  # noqa: PLC0415

    if accessible.is_on():
        text(styled.spoken(lines))
        return
    _print(styled.render(lines, coloured=has_colour()) + "\n")


def width() -> int | None:
    """How wide the terminal is that a person reads at; None where there is none, and nothing is to be broken."""
    return _size()[0] if is_terminal() and not accessible.is_on() else None


def document(value: object) -> None:
    """Print one JSON document."""
    # Deferred: a table needs no JSON.
    from portal_cli import json_text  # noqa: PLC0415

    _data(json_text.encode(value, _INDENT) + "\n")


def line(value: object) -> None:
    """Print one JSON document on one line, of a command that prints one after the other."""
    from portal_cli import json_text  # noqa: PLC0415 - as in document

    _data(f"{json_text.encode(value)}\n")


def page(lines: Sequence[Line]) -> None:
    """Print a page for people, in colour where a terminal shows it and NO_COLOR does not forbid it."""
    # Deferred: what programs read needs no pages.
    from portal_cli.painting import painted  # noqa: PLC0415

    _print(painted(lines, in_colour=has_colour()) + "\n")


def has_colour() -> bool:
    """Whether stdout may have colour: a terminal that is not dumb, and nobody said NO_COLOR."""
    return is_terminal() and not os.environ.get("NO_COLOR") and not everywhere.is_dumb()


def _size() -> tuple[int, int]:
    """Columns and lines of the terminal, or of what COLUMNS and LINES say."""
    # Deferred: a pipe has no size.
    from shutil import get_terminal_size  # noqa: PLC0415

    return get_terminal_size((_USUAL_WIDTH, _USUAL_HEIGHT))


def look(*, is_spoken: bool) -> Look:
    """How a page is to look here: as wide as the terminal, or as COLUMNS says, else 80 cells."""
    from portal_cli.painting import Look  # noqa: PLC0415 - as in page

    width = _size()[0]
    return Look(max(_NARROWEST, min(_WIDEST, width)), is_spoken)


def rows(values: Sequence[T], table: Table[T], how: Format) -> None:
    """Print a listing in the format that was asked for; a table for who listens is one line for each cell."""
    table = table.with_only(arrangement().columns)
    if how is Format.TABLE:
        _table(values, table)
    elif how is Format.JSON:
        document(_members(values, arrangement().columns))
    elif how is Format.NDJSON:
        from portal_cli import json_text  # noqa: PLC0415 - as in document

        _data("".join(f"{json_text.encode(value)}\n" for value in _members(values, arrangement().columns)))
    else:
        from portal_cli import csv_text  # noqa: PLC0415 - as in document

        _data(csv_text.encode(values, table.fields))


def _members(values: Sequence[object], names: Sequence[str]) -> list[object]:
    """Values for JSON, with all their members or with those that are named."""
    if not names:
        return list(values)
    from portal_cli import json_text  # noqa: PLC0415 - as in document

    return [{name: plain[name] for name in names if name in plain} for plain in map(json_text.plain, values)]


def raw(content: bytes) -> None:
    """Print a document as it is, in a format with ends of lines of its own."""
    with stream() as target:
        target.write(content)


def picture(sequence: bytes) -> None:
    """Send a terminal the bytes that have it show a picture, which `pictures` has made."""
    with stream() as target:
        target.write(sequence)


@contextmanager
def stream() -> Iterator[BinaryIO]:
    """The bytes of stdout, for a document that is written piece by piece."""
    release()
    with _written():
        sys.stdout.flush()
        yield sys.stdout.buffer


def finish() -> None:
    """Show what was held back because it is longer than the screen; the vault is closed by then."""
    if _HELD and (called := pager.command()) and pager.show("".join(_HELD), called):
        _HELD.clear()
    release()


def release() -> None:
    """Print what was held back."""
    if _HELD:
        with _written():
            sys.stdout.write("".join(_HELD))
        _HELD.clear()


def _print(content: str) -> None:
    """Print text for people; one that is longer than the screen, and what comes after it, waits for a pager."""
    is_long = is_terminal() and content.count("\n") >= _size()[1]
    if _HELD or (is_long and pager.command()):
        _HELD.append(content)
        return
    with _written():
        sys.stdout.write(content)


def _table(values: Sequence[T], table: Table[T]) -> None:
    if not values:
        return
    if accessible.is_on():
        text(accessible.rows(values, table))
        return
    if not is_terminal():
        from portal_cli.tables import aligned  # noqa: PLC0415 - as in document

        text(aligned([[title.upper() for title in table.titles], *table.cells(values)]))
        return
    release()  # what is long is text; a list is as long as was asked for
    with _written():
        sys.stdout.write(_drawn(table, table.cells(values)))


def _drawn(table: Table[T], cells: list[tuple[str, ...]]) -> str:
    # Deferred: drawing is for terminals only, and loading it takes as long as reading the vault.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as Drawn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from portal_cli.fitting import columns_fitted, natural_widths  # noqa: PLC0415

    held = io.StringIO()
    console = Console(
        file=held,
        force_terminal=True,
        width=_size()[0],
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )
    texts = list(zip(table.titles, *cells, strict=True))
    wishes = natural_widths(texts)
    wholes = [place for place, column in enumerate(table.columns) if column.is_whole]
    has_room = sum(wishes[place] + _GAP for place in wholes) <= console.width * _MOST_FOR_WHOLES
    widths, gap = columns_fitted(texts, wholes if has_room else (), console.width, _GAP)
    drawn = Drawn(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
    for column, width, wish in zip(table.columns, widths, wishes, strict=True):
        drawn.add_column(Text(column.title), overflow="fold", no_wrap=width >= wish, width=width)
    for row in cells:
        drawn.add_row(*(_hits_marked(Text(cell)) for cell in row))
    console.print(drawn)
    return held.getvalue()


def _hits_marked(cell: RichText) -> RichText:
    """A cell whose hits of a search, which stand between » and «, are also bold."""
    cell.highlight_regex(r"»[^»«]*«", "bold")
    return cell


def _data(content: str) -> None:
    with stream() as target:
        target.write(content.encode("utf-8"))


@contextmanager
def _written() -> Iterator[None]:
    """Send on what was written; end quietly when the reader of a pipe has gone. Raises StorageFailed otherwise."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        from traceback import clear_frames  # noqa: PLC0415 - few runs lose their reader

        clear_frames(error.__traceback__)  # whoever was reading the vault lets go of it while it is still open
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise Ended(ExitCode.PIPE_CLOSED) from None
        raise StorageFailed(Path(OUTPUT), (error.strerror or str(error)).lower()) from error
