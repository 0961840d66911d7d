"""`portal portals`: find, add, test and remove portals, and choose the one that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, listings, output, portal_words, prompts, views
from portal_cli.choices import Format
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, YesOption, examples

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portal_checks import Looked

app = typer.Typer(
    cls=ListingGroup, help="Find, add, test and remove portals; `list` is meant when nothing else is said."
)

ClientIdOption = Annotated[str | None, typer.Option(help="The client id this portal has given you.")]
RedirectOption = Annotated[str | None, typer.Option(help="The redirect address registered with the portal.")]


@app.command("list", epilog=examples("portal portals", "portal portals list --json"))
def list_portals(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List the portals of the configuration and those that were signed in to."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.desk.saved.rows(client.portals.list() if client.has_vault else ())
    listings.show_alone(found[: how.limit], len(found), views.PORTALS, how)


@app.command(
    epilog=examples(
        "portal portals add https://fhir.example.org/r4",
        "portal portals add https://fhir.example.org/r4 --client-id ID --name clinic",
        "portal portals add 4711 --client-id ID",
    )
)
def add(
    portal: Annotated[
        str, typer.Argument(metavar="PORTAL", help="FHIR base URL, or the number that `portal portals search` gave.")
    ],
    client_id: ClientIdOption = None,
    redirect_uri: RedirectOption = None,
    scope: Annotated[str | None, typer.Option(help="The scopes to ask for, instead of all that are of use.")] = None,
    name: Annotated[str | None, typer.Option(help="The name to save the portal under.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a portal needs before one can sign in; with a client id, save it for `portal login NAME`."""
    from store.config import PortalSetting
    from store.services.saved_portals import name_of

    with context.client() as client:
        address = _address(client, portal)
        looked = client.desk.checks.look(address)
        if looked.failure is not None:
            _tell_steps(looked)
            raise looked.failure
        is_told = client_id is None and redirect_uri is None and name is None
        saved = None
        if not is_told:
            chosen = PortalSetting(name or name_of(looked.url), looked.url, client_id, redirect_uri, scope)
            saved = client.desk.saved.save(chosen)
    if as_json:
        output.document({"url": looked.url, "vendor": looked.vendor, "software": looked.software, "saved": saved})
        return
    output.text(portal_words.needs(looked))
    if saved is not None:
        diagnostics.note(f"Saved as {saved.name}. Next: portal login {saved.name}")
    else:
        diagnostics.note(f"Nothing was saved. Next: portal portals add {looked.url} --client-id ID --name NAME")


@app.command(epilog=examples("portal portals remove clinic", "portal portals remove clinic --erase"))
def remove(
    portal: Annotated[str, typer.Argument(metavar="PORTAL", help="Its name or address.")],
    erase: Annotated[bool, typer.Option("--erase", help="Remove its records from the vault, too.")] = False,
    yes: YesOption = False,
) -> None:
    """Take a portal out of the configuration; its records stay in the vault, unless they are to be erased."""
    from store.errors import NotFound
    from store.records.text import one_line

    with context.client() as client:
        names = {item.name: item for item in client.desk.saved.list()}
        saved = next((item for item in names.values() if portal in {item.name, item.url}), None)
        address = saved.url if saved else portal.rstrip("/")
        kept = client.portals.list() if client.has_vault else ()
        held = [item for item in kept if item.url == address or item.name == portal]
        if saved is None and not (erase and held):
            raise NotFound("saved portal", one_line(portal), tuple(map(one_line, names)))
        titles = ", ".join(f"{item.name} ({item.patient_name or item.patient})" for item in held)
        if (
            erase
            and held
            and not yes
            and not prompts.confirm(
                f"Remove every record of {titles} from the vault?", f"erasing the records of {titles}"
            )
        ):
            diagnostics.note("Nothing was done.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        if erase:
            for item in held:
                client.sign_ins.end(item.name, erase=True)
        if saved is not None:
            client.desk.saved.remove(saved.name)
            diagnostics.note(f"{one_line(saved.name)} is gone from the configuration.")
    if held and erase:
        diagnostics.note(f"The records of {titles} are gone from the vault.")
    elif held:
        diagnostics.note(f"What the vault holds stays: {titles}. `portal logout PORTAL --erase` removes it.")


@app.command(
    "test", epilog=examples("portal portals test clinic", "portal portals test https://fhir.example.org/r4 --json")
)
def look_over(
    portal: Annotated[
        str | None, typer.Argument(metavar="PORTAL", help="Its name, FHIR base URL, or number in the directory.")
    ] = None,
    client_id: ClientIdOption = None,
    redirect_uri: RedirectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look a portal over, step by step, without signing in: what is right, what is wrong, and what to do about it."""
    with context.client() as client:
        saved = client.desk.saved.meant(portal)
        address = saved.url if saved else _address(client, portal or "")
        known = (saved.client_id, saved.redirect_uri) if saved else (None, None)
        looked = client.desk.checks.look(address, client_id or known[0], redirect_uri or known[1])
    if as_json:
        output.document(
            {"url": looked.url, "vendor": looked.vendor, "software": looked.software, "steps": looked.steps,
             "offered": looked.offered}
        )  # fmt: skip
    else:
        _tell_steps(looked)
    if looked.failure is not None:
        raise looked.failure


@app.command(epilog=examples("portal portals search memorial hospital", "portal portals search optum ny --json"))
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="Words of a name, alias, city or state.")],
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """Search the directory of portals that was imported; what is searched for is kept nowhere."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.desk.directory.search(" ".join(words), how.limit)
    listings.show_alone(found.items, found.total, views.DIRECTORY, how)
    if found.items:
        diagnostics.note(f"Next: portal portals add {found.items[0].number}")


@app.command(
    "import",
    epilog=examples(
        "portal portals import https://open.epic.com/Endpoints/R4",
        "portal portals import brands.json.gz",
    ),
)
def import_directory(
    source: Annotated[
        str | None, typer.Argument(metavar="URL-OR-FILE", help="A bundle of brands or endpoints, as vendors publish.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take what came from there out again.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a directory of portals to search in; without an address, list those that were imported."""
    how = listings.how(format_, as_json=as_json, limit=None)
    if source is not None:
        listings.refuse_rows(how)
    with context.client() as client:
        if source is None:
            known = client.desk.directory.list()
            listings.show_alone(known, len(known), views.SOURCES, how)
            return
        if forget:
            client.desk.directory.forget(source)
            diagnostics.note("It is gone from the directory.")
            return
        found = client.desk.directory.take(source)
    if how.format is Format.JSON:
        output.document(found)
        return
    state = "nothing new, " if found.is_unchanged else ""
    output.text(f"{found.source}: {state}{found.portals} portals")
    for why, number in sorted(found.skipped.items()):
        diagnostics.note(f"  - {number} passed over: {why}")
    diagnostics.note("Next: portal portals search NAME")


@app.command(epilog=examples("portal portals use clinic", "portal portals use --none"))
def use(
    portal: Annotated[str | None, typer.Argument(metavar="PORTAL", help="Its name.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Mean all portals again.")] = False,
) -> None:
    """Choose the portal that is meant where none is named."""
    if (portal is None) is not none:
        raise typer.BadParameter("name a portal, or say --none")
    with context.client() as client:
        client.desk.saved.use_known(portal, client.portals.list() if client.has_vault else ())
    diagnostics.note(
        "All portals are meant." if portal is None else f"{portal} is meant from now on; `--all` means all."
    )


def _address(client: Client, named: str) -> str:
    """The FHIR base URL that is meant: an address, or the number of a portal in the directory."""
    from portal_cli.problems import Misused

    if not named:
        raise Misused("no portal was named", "`portal portals list` names those that are saved.")
    if "." in named or "://" in named or named.startswith("localhost"):
        return named
    return client.desk.directory.meant(named).url


def _tell_steps(looked: Looked) -> None:
    output.text(portal_words.steps(looked))
