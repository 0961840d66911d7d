"""How every listing behaves: its format, where it is cut, and what is said beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from portal_cli import context, diagnostics, output
from portal_cli.choices import Format
from store.errors import InvalidInput
from store.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal_cli.tables import Table
    from store.client import Client
    from store.services.values import Listing

T = TypeVar("T")

_SCREENFUL = 30


@dataclass(frozen=True)
class How:
    """How a listing is to be printed; `limit` None is all of it."""

    format: Format
    limit: int | None

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
    return How(chosen, (usual if limit is None else limit) or None)


def show(client: Client, found: Listing[T], table: Table[T], how_: How) -> None:
    """Print a listing, and say what is missing from it and how old it is."""
    known = client.portals.sources()
    several = table.with_sources(
        portals=len({portal.url for portal in known}) > 1,
        patients=len({(portal.url, portal.patient) for portal in known}) > 1,
    )
    output.rows(found.items, several, how_.format)
    if not found.items:
        diagnostics.note(f"No {table.noun}.{_why_none(client)}")
    else:
        tell_missing(found, table.noun)
    if how_.is_drawn:
        diagnostics.note(context.age(client))


def tell_missing(found: Listing[T], noun: str) -> None:
    """Say how much of a listing is not there."""
    if not found.items:
        diagnostics.note(f"No {noun}.")
    elif found.is_cut:
        floor = "more than " if found.is_floor else ""
        diagnostics.note(f"showing {len(found.items)} of {floor}{found.total}, --limit 0 for all")


def show_alone(items: Sequence[T], total: int, table: Table[T], how_: How) -> None:
    """Print a listing of what is outside the vault, and say what is missing from it."""
    output.rows(items, table, how_.format)
    if not items:
        diagnostics.note(f"No {table.noun}.")
    elif len(items) < total:
        diagnostics.note(f"showing {len(items)} of {total}, --limit 0 for all")


def _why_none(client: Client) -> str:
    """What else an empty list may mean: that the vault has never been in step with its portal."""
    portals = client.portals.meant()
    if portals and all(portal.synced for portal in portals):
        return ""
    return " The vault was never completely in step with its portal; run `portal sync`."
