"""How every listing behaves: its format, where it is cut, and what is said beside it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from portal_cli import choices, context, diagnostics, output
from portal_cli.choices import Format
from store.errors import InvalidInput
from store.light import dataclass
from store.records.dates import FhirDate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal_cli.tables import Table
    from store.client import Client
    from store.services.values import Listing

T = TypeVar("T")

_SCREENFUL = 30
_EVERYTHING = 1 << 32  # more than any vault holds; numbers that are larger still, SQLite does not take


@dataclass(frozen=True)
class How:
    """How a listing is to be printed; `limit` None is all of it. One that is sorted is cut at `end`, once it is."""

    format: Format
    limit: int | None
    end: int | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether a person reads it as a table."""
        return self.format is Format.TABLE and output.is_terminal()


def how(wanted: Format | None, *, as_json: bool, limit: int | None) -> How:
    """Work out from its options how a listing is to be printed."""
    if as_json and wanted not in {None, Format.JSON}:
        raise InvalidInput("--json and another --format cannot both be had")
    chosen = Format.JSON if as_json else wanted or Format.TABLE
    usual = _SCREENFUL if chosen is Format.TABLE and output.is_terminal() else 0
    said = choices.arrangement().limit if limit is None else limit
    wished = usual if said is None else said
    most = wished if 0 < wished < _EVERYTHING else None
    return How(chosen, None, most) if choices.arrangement().sort else How(chosen, most, most)


def wants_rows(how_: How) -> bool:
    """Whether what is otherwise put together is wanted row by row: as lines, for a spreadsheet, or arranged."""
    wanted = choices.arrangement()
    is_arranged = bool(wanted.columns or wanted.sort) or wanted.limit is not None
    return is_arranged or how_.format in {Format.NDJSON, Format.CSV}


def refuse_rows(how_: How) -> None:
    """Refuse how a list is printed where nothing is listed. Raises Misused."""
    # Deferred: hardly ever raised.
    from portal_cli.problems import Misused  # noqa: PLC0415

    if wants_rows(how_):
        raise Misused(
            "how a list is printed was said, and nothing is listed", "Add `--json` for JSON, or leave it out."
        )


def rows(values: Sequence[T], table: Table[T], how_: How) -> None:
    """Print what was fetched whole, in its order and cut where it was wanted, and say what is missing."""
    shown = arranged(values, table, how_)
    output.rows(shown, table, how_.format)
    if len(shown) < len(values):
        diagnostics.note(f"showing {len(shown)} of {len(values)}, --limit 0 for all")


def arranged(values: Sequence[T], table: Table[T], how_: How) -> Sequence[T]:
    """Values in the order that was wanted, and no more than were. Raises InvalidInput for a column that is none."""
    wanted = choices.arrangement().sort
    if wanted:
        name = wanted.removeprefix("-")
        table.check([name])
        values = sorted(values, key=lambda value: _rank(getattr(value, name, None)))
        if wanted.startswith("-"):
            values = [*reversed(values)]
    return values[: how_.end]


def _rank(value: object) -> tuple[int, float, str]:
    """Where a value stands among others: what is not there first, numbers by their size, texts by their letters."""
    if value is None:
        return 0, 0.0, ""
    if isinstance(value, FhirDate):
        return (1, float(value.epoch), "") if value.epoch is not None else (2, 0.0, str(value.text))
    if isinstance(value, int | float | Decimal):
        return 1, float(value), ""
    return 2, 0.0, str(value).casefold()


def show(client: Client, found: Listing[T], table: Table[T], how_: How) -> None:
    """Print a listing, and say what is missing from it and how old it is."""
    several = with_sources(client, table)
    shown = arranged(found.items, several, how_)
    output.rows(shown, several, how_.format)
    if not found.items:
        diagnostics.note(f"No {table.noun}.{_why_none(client)}")
    else:
        tell_missing(replace(found, items=tuple(shown)), table.noun)
    if how_.is_drawn:
        diagnostics.note(context.age(client))


def with_sources(client: Client, table: Table[T]) -> Table[T]:
    """A table with a column for the portal and one for the patient, each where the vault has several."""
    known = client.portals.sources()
    return table.with_sources(portals=len({portal.url for portal in known}) > 1, patients=has_patients(client))


def has_patients(client: Client) -> bool:
    """Whether the vault has the records of several patients, so that each has to be named."""
    return len({(portal.url, portal.patient) for portal in client.portals.sources()}) > 1


def tell_missing(found: Listing[T], noun: str) -> None:
    """Say how much of a listing is not there."""
    if not found.items:
        diagnostics.note(f"No {noun}.")
    elif found.is_cut:
        floor = "more than " if found.is_floor else ""
        diagnostics.note(f"showing {len(found.items)} of {floor}{found.total}, --limit 0 for all")


def show_alone(items: Sequence[T], total: int, table: Table[T], how_: How) -> None:
    """Print a listing of what is outside the vault, and say what is missing from it."""
    shown = arranged(items, table, how_)
    output.rows(shown, table, how_.format)
    if not items:
        diagnostics.note(f"No {table.noun}.")
    elif len(shown) < total:
        diagnostics.note(f"showing {len(shown)} of {total}, --limit 0 for all")


def _why_none(client: Client) -> str:
    """What else an empty list may mean: that the vault has never been in step with its portal."""
    portals = client.portals.meant()
    if portals and all(portal.synced for portal in portals):
        return ""
    return " The vault was never completely in step with its portal; run `portal sync`."
