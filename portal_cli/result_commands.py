"""What `portal labs` and `portal vitals` have in common: list, show and trend of what was measured."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from portal_cli import accessible, context, diagnostics, listings, output
from store.light import dataclass

if TYPE_CHECKING:
    from portal_cli.listings import How
    from portal_cli.tables import Table
    from store.records.labs import LabResult
    from store.records.spans import Span

_SCREENFUL = 12  # values below a chart


@dataclass(frozen=True)
class Wanted:
    """Which results are meant, as typed; `kind` None is of every kind."""

    name: str | None
    kind: str | None = None
    abnormal: bool = False
    since: str | None = None
    between: str | None = None

    def span(self) -> Span:
        """The time that is meant. Raises InvalidInput."""
        # Deferred: help needs no dates.
        from store.records import spans  # noqa: PLC0415

        return spans.read(self.since, self.between, datetime.now(UTC).astimezone())


def show_list(wanted: Wanted, table: Table[LabResult], how: How) -> None:
    """Print the results that are meant."""
    span = wanted.span()
    with context.client() as client:
        found = client.labs.list(
            wanted.name, abnormal=wanted.abnormal, kind=wanted.kind or "lab", limit=how.limit, span=span
        )
        listings.show(client, found, table, how)


def show_one(reference: str, *, as_json: bool) -> None:
    """Print one result or panel in full."""
    with context.client() as client:
        found = client.labs.show(reference)
    if as_json:
        output.document(found)
        return
    # Deferred: what programs read needs no pages.
    from portal_cli import result_page  # noqa: PLC0415

    look = output.look(is_spoken=accessible.is_on())
    output.page(result_page.page(found, look))


def show_trend(wanted: Wanted, limit: int | None, *, as_json: bool) -> None:
    """Print how what is meant went over time."""
    span = wanted.span()
    with context.client() as client:
        found = client.labs.trend(wanted.name or "", kind=wanted.kind, span=span)
        age = context.age(client) if output.is_terminal() and not as_json else ""
    if found.is_cut:
        diagnostics.note("Only the newest 5,000 results were looked at; a longer name or a code tells more.")
    if as_json:
        output.document({"wanted": found.wanted, "trends": found.trends})
        return
    # Deferred: as in show_one.
    from portal_cli import trend_page  # noqa: PLC0415

    usual = _SCREENFUL if output.is_terminal() else 0
    most = (usual if limit is None else limit) or None
    look = output.look(is_spoken=accessible.is_on())
    output.page(trend_page.pages(found.trends, look, most))
    sizes = [trend_page.listed(trend, most) for trend in found.trends]
    shown, every = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
    if shown < every:
        diagnostics.note(f"listing {shown} of {every} values, --limit 0 for all")
    if age:
        diagnostics.note(age)
