"""`portal login`: sign in to a portal with a browser, a pasted address, another device, or a password."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, output, prompts
from portal_cli.options import JsonOption, examples

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portals import PortalSummary
    from store.services.sign_in import SignIn, SignInRequest

app = typer.Typer()


UsernameOption = Annotated[str | None, typer.Option(help="Sign in with a password here, where the portal offers that.")]
PasswordStdinOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password as one line of stdin.")]
SecondStepOption = Annotated[
    str | None,
    typer.Option(
        metavar="WAY",
        help="The way to prove a second step: totp, email, text or recovery. With --password-stdin its code is the "
        "next line.",
    ),
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
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the sign-in address and read where it led from stdin.")
    ] = False,
    device: Annotated[
        bool, typer.Option("--device", help="Sign in on another device, with a code, where the portal offers that.")
    ] = False,
    username: UsernameOption = None,
    password_stdin: PasswordStdinOption = False,
    second_step: SecondStepOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign in to a patient portal; the first sign-in makes the vault."""
    if password_stdin and username is None:
        raise typer.BadParameter("--password-stdin needs --username")
    if [no_browser, device, username is not None].count(True) > 1:
        raise typer.BadParameter("of --no-browser, --device and --username only one can be had")
    if scope is not None and scopes is not None:
        raise typer.BadParameter("--scope and --scopes cannot both be had")
    from store.services.sign_in import Profile, SignInRequest

    profile = Profile(scopes.value) if scopes else None
    request = SignInRequest(portal, client_id, redirect_uri, scope, name, profile)
    with context.client() as client, _begun(client, request) as sign_in:
        if username is not None:
            found = _with_password(sign_in, username, second_step, from_stdin=password_stdin)
        elif device:
            found = _with_device(sign_in)
        else:
            if sign_in.caution:
                diagnostics.note(sign_in.caution)
            found = sign_in.finish(_pasted(sign_in) if no_browser else _caught(sign_in))
        for sentence in sign_in.notes:
            diagnostics.note(sentence)
        _tell(client, found, as_json=as_json)


def _with_password(sign_in: SignIn, username: str, second_step: str | None, *, from_stdin: bool) -> PortalSummary:
    from portal_cli.second_step import SecondStepAsker

    typed = prompts.password_on_stdin() if from_stdin else _password(sign_in, username)
    asks = second_step is not None if from_stdin else prompts.can_answer()
    return sign_in.with_password(username, typed, SecondStepAsker(second_step, from_stdin=from_stdin) if asks else None)


def _with_device(sign_in: SignIn) -> PortalSummary:
    from store.records.text import one_line

    code = sign_in.begin_device()
    diagnostics.note("Open this address on any device with a browser, and sign in there:")
    diagnostics.note(one_line(code.address))
    diagnostics.note(f"Type this code there: {code.user_code}")
    if code.whole_address:
        diagnostics.note("Or open this address, which has the code in it:")
        diagnostics.note(one_line(code.whole_address))
    diagnostics.note("This waits until that is done; Ctrl-C gives it up.")
    return sign_in.wait_for_device()


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
    import os
    import webbrowser

    if os.environ.get("SSH_CONNECTION"):
        diagnostics.note("Over SSH the browser cannot come back to this computer: use `--no-browser`.")
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
    diagnostics.note(f"The portal has granted: {found.scope or 'what it does not say'}")
    diagnostics.note(f"The vault is in {client.settings.vault_dir}.")
    diagnostics.note("Next: portal sync")
