"""`portal sync`: bring the vault and its portals in step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, output, progress
from portal_cli.options import JsonOption, examples

if TYPE_CHECKING:
    from store.services.sync import PortalReport, SyncReport

app = typer.Typer()


@app.command(epilog=examples("portal sync", "portal sync fhir.example.org --full"))
def sync(
    portal: Annotated[
        str | None, typer.Argument(metavar="PORTAL", help="The portal's name or address; all of them without it.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Ask for everything again, not only for what is new.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch what is new from every portal and send what waits."""
    from store.errors import PartlyDone

    with context.client() as client:
        client.unlock()
        with progress.shown() as on_event:
            report = client.sync.run(portal, full=full, on_event=on_event)
    if as_json:
        output.document(_document(report))
    else:
        output.text("\n".join(line for item in report.portals for line in _lines(item)))
    if report.failures:
        raise PartlyDone("the sync is done", report.failures)


def _lines(report: PortalReport) -> list[str]:
    refused = [query.type for query in report.queries if query.refused and query.error]
    lines = [f"{report.portal}: {report.received} records received, {report.changed} new or changed"]
    lines += [f"  sent {sent.title}: {sent.state}{f' ({sent.reason})' if sent.reason else ''}" for sent in report.sent]
    return [*lines, f"  not offered: {', '.join(refused)}"] if refused else lines


def _document(report: SyncReport) -> dict[str, object]:
    portals = [
        {
            "portal": item.portal,
            "received": item.received,
            "changed": item.changed,
            "queries": item.queries,
            "sent": item.sent,
        }
        for item in report.portals
    ]
    return {
        "received": report.received,
        "changed": report.changed,
        "failures": report.failures,
        "portals": portals,
    }
