"""`portal people`: whose records the vault holds, who of them is shown, and signing in for one more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, listings, output, people_views, signing_in
from portal_cli.commands.login import (
    DeviceOption,
    NoBrowserOption,
    PasswordStdinOption,
    SecondStepOption,
    UsernameOption,
    WhomOption,
)
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples
from portal_cli.signing_in import Way

if TYPE_CHECKING:
    from store.client import Client

app = typer.Typer(
    cls=ListingGroup,
    help="See whose records you have, and switch between them; `list` is meant when nothing else is said.",
)


@app.command("list", epilog=examples("portal people", "portal people list --json"))
def list_people(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List yourself and the people you care for: by what right, until when, at which portal, and who is shown."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.people.list()
    listings.show_alone(found[: how.limit], len(found), people_views.PEOPLE, how)
    for row in found:
        if row.is_over:
            diagnostics.note(
                f"The right to see the records of {row.patient} at {row.portal} has ended. The practice renews it; "
                "what the vault holds can still be read."
            )


@app.command(epilog=examples("portal people switch Ben", "portal people switch self", "portal people switch --all"))
def switch(
    person: Annotated[
        str | None, typer.Argument(metavar="PERSON", help="The name or a part of it, the id, or `self`.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show everybody's records again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Choose whose records commands and the dashboard show from now on."""
    if (person is None) is not every:
        raise typer.BadParameter("name a person, or say --all")
    with context.client() as client:
        shown = client.people.switch(person)
    if as_json:
        output.document(shown)
    elif every:
        diagnostics.note(f"Everybody is shown: {shown.words}.")
    else:
        diagnostics.note(f"{shown.words} is shown from now on; `portal people switch --all` shows everybody.")


@app.command(
    epilog=examples(
        "portal people add",
        "portal people add clinic --for Ben",
        "portal people add clinic --username ada --for Ben",
    )
)
def add(
    portal: Annotated[
        str | None, typer.Argument(metavar="PORTAL", help="A portal that you have signed in to: its name or address.")
    ] = None,
    whom: WhomOption = None,
    name: Annotated[str | None, typer.Option(help="The name to save this sign-in under.")] = None,
    no_browser: NoBrowserOption = False,
    device: DeviceOption = False,
    username: UsernameOption = None,
    password_stdin: PasswordStdinOption = False,
    second_step: SecondStepOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign in to the same portal once more, for another person."""
    from store.services.sign_in import SignInRequest

    way = Way(no_browser, device, username, password_stdin, second_step)
    if way.clash:
        raise typer.BadParameter(way.clash)
    with context.client() as client:
        before = {row.portal for row in client.people.list()}
        request = SignInRequest(client.portals.address(portal), name=name, whom=whom)
        found = signing_in.sign_in(client, request, way)
        signing_in.tell(client, found, as_json=as_json)
        _tell_next(client, found.name, is_new=found.name not in before)


def _tell_next(client: Client, portal: str, *, is_new: bool) -> None:
    person = client.people.of(portal)
    if not is_new:
        diagnostics.note(f"{person.patient} was there already; the sign-in was renewed.")
    diagnostics.note(f"Next: portal sync {portal}, then portal people switch {person.id}")
