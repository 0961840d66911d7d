"""`portal login`: sign in to a portal with a browser, a pasted address, another device, or a password."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from portal_cli import context, diagnostics, signing_in
from portal_cli.options import JsonOption, examples
from portal_cli.signing_in import Way

app = typer.Typer()

NoBrowserOption = Annotated[
    bool, typer.Option("--no-browser", help="Print the sign-in address and read where it led from stdin.")
]
DeviceOption = Annotated[
    bool, typer.Option("--device", help="Sign in on another device, with a code, where the portal offers that.")
]
UsernameOption = Annotated[str | None, typer.Option(help="Sign in with a password here, where the portal offers that.")]
PasswordStdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password as one line of stdin.")]


class SecondStepWay(StrEnum):
    """A way to prove a second step."""

    TOTP = "totp"
    EMAIL = "email"
    TEXT = "text"
    RECOVERY = "recovery"


SecondStepOption = Annotated[
    SecondStepWay | None,
    typer.Option(
        metavar="WAY",
        help="The way to prove a second step: totp, email, text or recovery. With --password-stdin its code is the "
        "next line.",
    ),
]
WhomOption = Annotated[
    str | None,
    typer.Option("--for", metavar="PATIENT", help="Whose chart, where you may see several: the name, id, or `self`."),
]


class ScopeProfile(StrEnum):
    """How much to ask a portal for."""

    MINIMAL = "minimal"
    FULL = "full"


@app.command(
    epilog=examples(
        "portal login https://fhir.example.org/r4",
        "portal login https://fhir.example.org/r4 --no-browser",
        "portal login https://fhir.example.org/r4 --device",
        "portal login http://127.0.0.1:8080/fhir --username patient-1",
        "portal login https://fhir.example.org/r4 --username ada --for Ben",
    )
)
def login(
    portal: Annotated[
        str | None,
        typer.Argument(metavar="PORTAL", help="FHIR base URL of a portal, or the name of one you have signed in to."),
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="The client id this portal has given you.")] = None,
    redirect_uri: Annotated[str | None, typer.Option(help="The redirect address registered with the portal.")] = None,
    scope: Annotated[str | None, typer.Option(help="The scopes to ask for, instead of all that are of use.")] = None,
    scopes: Annotated[
        ScopeProfile | None,
        typer.Option(help="Ask to read only what is read, or for all that is of use.", show_default="full"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The name to save the portal under.")] = None,
    no_browser: NoBrowserOption = False,
    device: DeviceOption = False,
    username: UsernameOption = None,
    password_stdin: PasswordStdinOption = False,
    second_step: SecondStepOption = None,
    whom: WhomOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign in to a patient portal; the first sign-in makes the vault."""
    way = Way(no_browser, device, username, password_stdin, second_step)
    if way.clash:
        raise typer.BadParameter(way.clash)
    if scope is not None and scopes is not None:
        raise typer.BadParameter("--scope and --scopes cannot both be had")
    from store.services.sign_in import Profile, SignInRequest

    profile = Profile(scopes.value) if scopes else None
    request = SignInRequest(portal, client_id, redirect_uri, scope, name, profile, whom)
    with context.client() as client:
        signing_in.tell(client, signing_in.sign_in(client, request, way), as_json=as_json)
    diagnostics.note("Next: portal sync")
