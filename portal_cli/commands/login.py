"""`portal login`: sign in to a portal with a browser, a pasted address, or a user name and a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, output, prompts
from portal_cli.options import JsonOption, examples

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portals import PortalSummary
    from store.services.sign_in import SignIn, SignInRequest

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal login https://fhir.example.org/r4",
        "portal login https://fhir.example.org/r4 --no-browser",
        "portal login http://127.0.0.1:8080/fhir --username patient-1",
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
    name: Annotated[str | None, typer.Option(help="The name to save the portal under.")] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the sign-in address and read where it led from stdin.")
    ] = False,
    username: Annotated[
        str | None, typer.Option(help="Sign in with a password here, where the portal offers that.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password as one line of stdin.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Sign in to a patient portal; the first sign-in makes the vault."""
    if password_stdin and username is None:
        raise typer.BadParameter("--password-stdin needs --username")
    if no_browser and username is not None:
        raise typer.BadParameter("--no-browser and --username cannot both be had")
    from store.services.sign_in import SignInRequest

    request = SignInRequest(portal, client_id, redirect_uri, scope, name)
    with context.client() as client:
        if username is not None:
            found = _with_password(client, request, username, from_stdin=password_stdin)
        else:
            found = _with_page(client, request, no_browser=no_browser)
        _tell(client, found, as_json=as_json)


def _with_password(client: Client, request: SignInRequest, username: str, *, from_stdin: bool) -> PortalSummary:
    with _begun(client, request) as sign_in:
        typed = prompts.password_on_stdin() if from_stdin else _password(sign_in, username)
        return sign_in.with_password(username, typed)


def _with_page(client: Client, request: SignInRequest, *, no_browser: bool) -> PortalSummary:
    with _begun(client, request) as sign_in:
        return sign_in.finish(_pasted(sign_in) if no_browser else _caught(sign_in))


def _begun(client: Client, request: SignInRequest) -> SignIn:
    from portal_cli.problems import Misused

    if request.portal is None and not client.has_vault and not client.settings.portals:
        raise Misused("no portal was named", "Give its FHIR base URL: `portal login https://ADDRESS/fhir`.")
    client.prepare()
    return client.sign_ins.begin(request)


def _password(sign_in: SignIn, username: str) -> str:
    from store.records.text import one_line

    if not sign_in.offers_password:
        return ""  # the sign-in says so itself, and nothing need be typed before that
    return prompts.password(one_line(username))


def _pasted(sign_in: SignIn) -> str:
    diagnostics.note("Open this address in a browser and sign in:")
    diagnostics.note(sign_in.url())
    diagnostics.note("Then paste the address the browser was sent to, and press Enter.")
    return prompts.line("the address the browser was sent to is missing on stdin")


def _caught(sign_in: SignIn) -> str:
    import webbrowser

    with sign_in.listen() as listener:
        url = sign_in.url(listener.redirect_uri)
        diagnostics.note("Sign in with the browser. If none opens, open this address on this computer:")
        diagnostics.note(url)
        webbrowser.open(url)
        return listener.wait(sign_in.is_answer)


def _tell(client: Client, found: PortalSummary, *, as_json: bool) -> None:
    if as_json:
        output.document(found)
    diagnostics.note(f"Signed in to {found.name} as {found.patient_name or found.patient}.")
    diagnostics.note(f"The vault is in {client.settings.vault_dir}.")
    diagnostics.note("Next: portal sync")
