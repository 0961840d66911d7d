"""`portal import`: bring files of FHIR and C-CDA into the vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import choices, context, diagnostics, listings, output, prompts, views_of_sources
from portal_cli.choices import Format
from portal_cli.options import FormatOption, JsonOption, examples, scoped

if TYPE_CHECKING:
    from portal_cli.listings import How
    from store.client import Client
    from store.services.import_plans import ImportPlan, ImportReport, PersonPlan

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal import chart.json",
        "portal import ~/Downloads/CCD.xml --dry-run",
        "portal import bulk-export/ --patient Ada",
        "portal import --remove chart.json",
    )
)
@scoped
def import_(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Files or folders; without any, what was imported.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and change nothing.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Of every person in the files, without being asked.")] = False,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="NAME", help="Remove what was imported from a file.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without being asked.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring FHIR bundles, NDJSON and C-CDA documents into the vault; sync never touches what came out of a file."""
    if remove is not None and files:
        raise typer.BadParameter("--remove and files cannot both be named")
    if "" in (files or ()):  # which as a path would be the folder that one is in
        raise typer.BadParameter("a file without a name cannot be imported; the folder that you are in is `.`")
    how = listings.how(format_, as_json=as_json, limit=None)
    if files or remove is not None:
        listings.refuse_rows(how)
    with context.client(tells_shown=False) as client:  # whose the files are is told, whoever is shown
        if remove is not None:
            _remove(client, remove, yes=yes)
        elif not files:
            _list(client, how)
        else:
            is_json = how.format is Format.JSON
            _take(client, [Path(file).expanduser() for file in files], every=every, dry_run=dry_run, as_json=is_json)


def _take(client: Client, files: list[Path], *, every: bool, dry_run: bool, as_json: bool) -> None:
    from portal_cli import import_texts

    if client.has_vault:
        client.unlock()
    plan = client.imports.plan(files, choices.meant().patient, every=every)
    if dry_run:
        if as_json:
            output.document(import_texts.as_document(plan))
        else:
            output.text(import_texts.plan(plan))
        diagnostics.note("Nothing was imported.")
        import_texts.tell_refused(plan)
        return
    without = [person for person in plan.to_confirm if not _is_meant(person, plan)]
    if len(without) == len({person.title for source in plan.sources for person in source.people}):
        diagnostics.note("Nothing was imported.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    client.prepare()
    report = client.imports.run(plan, without)
    _tell(plan, report, as_json=as_json)


def _tell(plan: ImportPlan, report: ImportReport, *, as_json: bool) -> None:
    from portal_cli import import_texts
    from store.errors import PartlyDone

    if as_json:
        output.document(report)
    else:
        output.text(import_texts.report(report))
    for sentence in import_texts.left_out(plan):
        diagnostics.note(sentence)
    failed = (*(str(error) for error in plan.refused), *report.failures)
    if failed:
        raise PartlyDone("the rest is imported", failed)


def _is_meant(person: PersonPlan, plan: ImportPlan) -> bool:
    """Ask whether somebody else's records are meant: their name has to be typed."""
    from portal_cli.problems import WhoseUnconfirmed

    files = ", ".join(source.name for source in plan.sources if person.title in {each.title for each in source.people})
    diagnostics.note(f"{files} is about {person.title}, and not about anybody whose records are in this vault.")
    if not prompts.can_answer():
        raise WhoseUnconfirmed(person.title)
    wanted = person.name or person.id
    typed = prompts.visible(f"Type the name, {wanted}, to import them all the same: ")
    return typed.casefold().split() == wanted.casefold().split()


def _list(client: Client, how: How) -> None:
    found = client.imports.list()
    listings.rows(found, views_of_sources.IMPORTS, how)
    if not found:
        diagnostics.note("Nothing was imported. `portal import FILE` does it.")


def _remove(client: Client, name: str, *, yes: bool) -> None:
    from portal_cli.wording import counted
    from store.records.text import one_line

    client.unlock()
    shown = one_line(name)
    if not yes and not prompts.confirm(f"Remove every record that came out of {shown}?", f"removing {shown}"):
        diagnostics.note("Nothing was removed.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    diagnostics.note(f"{counted(client.imports.remove(name), 'record')} removed.")
