"""Where records are from besides portals, in words: the files that they were imported from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.portals import PortalSummary

_MOST = 5


def has_portal(portals: Sequence[PortalSummary]) -> bool:
    """Whether there is a portal among what records are from."""
    return not all(portal.is_imported for portal in portals)


def files(portals: Sequence[PortalSummary]) -> list[tuple[str, str]]:
    """A line for each file, of the first few, and how many more there are."""
    found = [portal for portal in portals if portal.is_imported]
    lines = [(f"File {source.name}", _file(source)) for source in found[:_MOST]]
    more = len(found) - _MOST
    return [*lines, ("", f"and {more} more: `portal import` lists them")] if more > 0 else lines


def _file(source: PortalSummary) -> str:
    done = f"imported {moment(source.synced)}" if source.synced else "not imported to its end: import it again"
    return f"{source.patient_name or source.patient}, {done}"
