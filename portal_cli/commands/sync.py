"""`portal sync`: bring the vault and its portals in step, and say what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import cards, context, diagnostics, listings, output, progress
from portal_cli.choices import Format
from portal_cli.groups import RunGroup
from portal_cli.options import FormatOption, JsonOption, duration, examples, scoped

if TYPE_CHECKING:
    from store.client import Client
    from store.events import OnEvent
    from store.services.attachments import FetchReport
    from store.services.gaps import PortalGaps
    from store.services.sync import How, PortalReport, SentReport, SyncReport

app = typer.Typer(
    cls=RunGroup,
    help="Fetch what is new from every portal and send what waits; `run` is meant when neither is said.",
)
PortalArgument = Annotated[
    str | None, typer.Argument(metavar="PORTAL", help="The portal's name or address; all of them without it.")
]


class Told(StrEnum):
    """How the progress of a sync is told on stderr."""

    BAR = "bar"
    JSON = "json"
    NONE = "none"


@app.command(
    epilog=examples(
        "portal sync",
        "portal sync fhir.example.org --full",
        "portal sync --only labs --only medications",
        "portal sync --watch 15m",
    )
)
@scoped
def run(
    portal: PortalArgument = None,
    full: Annotated[bool, typer.Option("--full", help="Ask for everything again, not only for what is new.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Fetch only this kind of record; may be said again.")
    ] = None,
    watch: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Go on, and sync again about every 15m or 2h.")
    ] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Believe a portal from which many records are gone at once.")
    ] = False,
    attachments: Annotated[
        bool, typer.Option("--attachments", help="Fetch the documents that records name, too; they may be large.")
    ] = False,
    told: Annotated[
        Told, typer.Option("--progress", help="How to tell what happens, on stderr; json is a line for each event.")
    ] = Told.BAR,
    as_json: JsonOption = False,
) -> None:
    """Fetch what is new from every portal and send what waits."""
    from store.errors import ConflictsWaiting, PartlyDone
    from store.services.sync import How

    how = How(tuple(only or ()), accepts_loss=accept_loss)
    with context.client(tells_shown=False) as client:
        client.unlock()
        if watch is not None:
            _watch(client, portal, how, watch, _Shown(told, attachments, as_json))
            return
        with progress.shown(told.value) as on_event:
            report = client.sync.run(portal, full=full, how=how, on_event=on_event)
            fetched = _fetch(client, report, on_event) if attachments else ()
        clashes = tuple(row.id for row in client.conflicts.list().items)
    _show(report, fetched, as_json=as_json)
    if report.unknown:
        diagnostics.note(cards.lost_answers(report.unknown))
    failures = (*report.failures, *_failures(fetched))
    if clashes and report.has_only_clashed and len(failures) == len(report.failures):
        raise ConflictsWaiting(clashes)
    if failures:
        raise PartlyDone("the sync is done", failures)


@app.command(epilog=examples("portal sync report", "portal sync report --json", "portal sync report --format csv"))
@scoped
def report(portal: PortalArgument = None, format_: FormatOption = None, as_json: JsonOption = False) -> None:
    """Show for each type of record what was asked, what came, and what is missing; no portal is asked for it."""
    from portal_cli import views_of_sources
    from store.errors import PartlyDone

    table = listings.how(format_, as_json=as_json, limit=None)
    with context.client(tells_shown=False) as client:
        found = client.gaps.report(portal)
    if listings.wants_rows(table):
        listings.rows([row for item in found for row in item.rows], views_of_sources.GAP_ROWS, table)
    elif table.format is Format.JSON:
        output.document(found)
    else:
        output.text("\n\n".join(map(_gaps, found)))
    failed = [f"{item.portal}: {gap.type}: {gap.standing.value}" for item in found for gap in item.failed]
    if failed:
        raise PartlyDone("the vault lacks some of what its portals have", tuple(failed))


@dataclass(frozen=True)
class _Shown:
    """How a sync that goes on is told, and whether it fetches attachments."""

    told: Told
    attachments: bool
    as_json: bool


def _watch(client: Client, portal: str | None, how: How, text: str, shown: _Shown) -> None:
    from store.errors import PortalError
    from store.services.watch import SHORTEST, watch

    every = duration(text)
    if every < SHORTEST:
        raise typer.BadParameter(
            f"{text!r} is too short: at least {SHORTEST / 60:.0f}m, or the portal may turn you away"
        )
    with progress.shown(shown.told.value) as on_event:
        for found in watch(client, portal, how, every, on_event):
            if isinstance(found, PortalError):
                diagnostics.note(f"portal: {found}; it is tried again.")
                continue
            fetched = _fetch(client, found, on_event) if shown.attachments else ()
            _show(found, fetched, as_json=shown.as_json, in_one_line=True)
            for failure in (*found.failures, *_failures(fetched)):
                diagnostics.note(f"  - {failure}")


def _fetch(client: Client, report: SyncReport, on_event: OnEvent) -> tuple[FetchReport, ...]:
    """The attachments of each portal that was synced; one that fails does not stop the others."""
    return tuple(client.attachments.fetch_from(item.portal, on_event) for item in report.portals)


def _failures(fetched: tuple[FetchReport, ...]) -> tuple[str, ...]:
    return tuple(failure for item in fetched for failure in item.failures)


def _show(
    found: SyncReport, fetched: tuple[FetchReport, ...] = (), *, as_json: bool, in_one_line: bool = False
) -> None:
    if not as_json:
        lines = [line for item in found.portals for line in _lines(item)]
        lines += [f"{item.portal}: {item.fetched} attachments fetched, {item.size:,} bytes" for item in fetched]
        output.text("\n".join(lines))
    elif in_one_line:
        output.line(_document(found, fetched))
    else:
        output.document(_document(found, fetched))


def _lines(item: PortalReport) -> list[str]:
    refused = [query.type for query in item.queries if query.refused and query.error]
    lines = [f"{item.portal}: {item.received} records received, {item.changed} new or changed"]
    lines += [f"  {_outcome(sent)}" for sent in item.sent]
    lines += [f"  not offered: {', '.join(refused)}"] if refused else []
    if item.losses:
        lines.append("  If those records are really gone, say so: `portal sync --accept-loss`")
    return lines


def _outcome(sent: SentReport) -> str:
    words = f"{sent.title}: {'waits' if sent.is_waiting else sent.state}"
    return f"{'' if sent.is_waiting else 'sent '}{words}{f' ({sent.reason})' if sent.reason else ''}"


def _document(found: SyncReport, fetched: tuple[FetchReport, ...]) -> dict[str, object]:
    portals = [
        {
            "portal": item.portal,
            "received": item.received,
            "changed": item.changed,
            "queries": item.queries,
            "sent": item.sent,
            "losses": item.losses,
        }
        for item in found.portals
    ]
    return {
        "received": found.received,
        "changed": found.changed,
        "failures": (*found.failures, *_failures(fetched)),
        "portals": portals,
        "attachments": fetched,
    }


def _gaps(found: PortalGaps) -> str:
    from portal_cli import views_of_sources, wording
    from portal_cli.tables import aligned

    told = [gap for gap in found.types if gap.standing.value != "not offered"]
    missing = [gap.type for gap in found.types if gap.standing.value == "not offered"]
    lines = [f"{found.portal}, {found.patient}, {wording.age(found.synced)}", ""]
    lines.append(
        aligned([[title.upper() for title in views_of_sources.GAPS.titles], *views_of_sources.GAPS.cells(told)])
    )
    notes = [f"{gap.type}: {gap.detail}" for gap in told if gap.detail]
    notes += [f"{item.name}: {item.why}" for gap in told for item in gap.unusable]
    if notes:
        lines += ["", *dict.fromkeys(notes)]
    if missing:
        lines += ["", f"Not offered by this portal: {', '.join(missing)}"]
    lines += ["", "A portal may also leave out what it does not say, such as notes that are withheld."]
    return "\n".join(lines)
