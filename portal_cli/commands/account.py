"""`portal account`: the settings of the account that one is signed in with."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import (
    account_prompts,
    context,
    diagnostics,
    listings,
    output,
    own_pages,
    portal_notices,
    prompts,
    views,
)
from portal_cli.options import FormatOption, JsonOption, YesOption, examples
from portal_cli.own_pages import NoBrowserOption, PortalArgument
from portal_cli.portal_notices import OffOption, OnOption
from portal_cli.wording import moment

if TYPE_CHECKING:
    from store.client import Client
    from store.services.own_account import OwnAccount

app = typer.Typer(no_args_is_help=True, help="See and change the settings of your account.")
two_step = typer.Typer(no_args_is_help=True, help="A second step at the sign-in, after the password.")
app.add_typer(two_step, name="two-step")


class Method(StrEnum):
    """A second step."""

    TOTP = "totp"
    EMAIL = "email"
    TEXT = "text"


MethodArgument = Annotated[Method, typer.Argument(help="An authenticator app (totp), or a code by e-mail or text.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password as one line of stdin; a code is the next one.")
]


@app.command(epilog=examples("portal account show", "portal account show clinic --json"))
def show(portal: PortalArgument = None, no_browser: NoBrowserOption = False, as_json: JsonOption = False) -> None:
    """Show the account: user name, contacts and second steps."""
    with context.client() as client, _own(client, portal, no_browser=no_browser) as own:
        found = own.show()
    if as_json:
        output.document(found)
        return
    from store.records.dates import parse

    steps = ", ".join(found.second_steps) or "none"
    rows = [
        ("Portal", found.portal),
        ("User name", found.username),
        ("Name", found.name),
        ("E-mail", f"{found.email.value} ({'proven' if found.email.is_verified else 'not proven'})"),
        ("Phone", f"{found.phone.value} ({'proven' if found.phone.is_verified else 'not proven'})"),
        ("Password changed", moment(parse(found.password_changed))),
        ("Second steps", steps),
        ("Recovery codes left", str(found.recovery_codes_left)),
    ]
    output.text("\n".join(f"{label + ':':<21}{text}" for label, text in rows))


@app.command(epilog=examples("portal account devices", "portal account devices --json"))
def devices(
    portal: PortalArgument = None,
    no_browser: NoBrowserOption = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the apps and browsers that are signed in."""
    how = listings.how(format_, as_json=as_json, limit=None)
    with context.client() as client, _own(client, portal, no_browser=no_browser, is_for_apps=True) as own:
        found = own.devices()
    listings.show_alone(found[: how.limit], len(found), views.DEVICES, how)


@app.command(epilog=examples("portal account revoke 3f9c", "portal account revoke 3f9c --yes"))
def revoke(
    device: Annotated[str, typer.Argument(help="The id that `portal account devices` gives.")],
    portal: PortalArgument = None,
    no_browser: NoBrowserOption = False,
    yes: YesOption = False,
) -> None:
    """End the sign-in of an app or a browser."""
    with context.client() as client, _own(client, portal, no_browser=no_browser, is_for_apps=True) as own:
        _sure("End the sign-in of that app or browser?", "ending a sign-in", yes=yes)
        own.revoke(device)
    diagnostics.note("Its sign-in has ended.")


@app.command(
    epilog=examples(
        "portal account notifications", "portal account notifications --on text:results --off email:refills"
    )
)
def notifications(
    portal: PortalArgument = None,
    on: OnOption = None,
    off: OffOption = None,
    no_browser: NoBrowserOption = False,
    as_json: JsonOption = False,
) -> None:
    """See or change what the portal tells you of by e-mail and text."""
    with context.client() as client:
        portal_notices.mind(client, portal, portal_notices.changes(on, off), no_browser=no_browser, as_json=as_json)


@two_step.command("on", epilog=examples("portal account two-step on totp"))
def switch_on(
    method: MethodArgument,
    portal: PortalArgument = None,
    password_stdin: PasswordStdin = False,
    no_browser: NoBrowserOption = False,
    as_json: JsonOption = False,
) -> None:
    """Switch a second step on; it gives recovery codes, which are shown this once."""
    with context.client() as client, _own(client, portal, no_browser=no_browser) as own:
        begun = own.begin_second_step(method.value, _password(from_stdin=password_stdin))
        if begun.secret:
            diagnostics.note("Type this key into your authenticator app, or give it the address:")
            diagnostics.note(f"  {begun.secret}")
            diagnostics.note(f"  {begun.uri}")
        if begun.sent_to:
            diagnostics.note(f"A code is on its way to {begun.sent_to}.")
        missing = "the code is missing on stdin"
        code = prompts.line(missing) if password_stdin else account_prompts.value("Code", "--password-stdin")
        codes = own.confirm_second_step(method.value, code)
    diagnostics.note("It is on. Each of these recovery codes replaces it once; keep them where you keep papers:")
    if as_json:
        output.document({"recovery_codes": codes})
    else:
        output.text("\n".join(codes))


@two_step.command("off", epilog=examples("portal account two-step off totp"))
def switch_off(
    method: MethodArgument,
    portal: PortalArgument = None,
    password_stdin: PasswordStdin = False,
    no_browser: NoBrowserOption = False,
    yes: YesOption = False,
) -> None:
    """Switch a second step off."""
    with context.client() as client, _own(client, portal, no_browser=no_browser) as own:
        typed = _password(from_stdin=password_stdin)
        _sure("Let a password alone be enough?", "switching a second step off", yes=yes)
        own.remove_second_step(method.value, typed)
    diagnostics.note("It is off.")


def _own(client: Client, portal: str | None, *, no_browser: bool, is_for_apps: bool = False) -> OwnAccount:
    """The account; where the portal has only a page for it, that is shown instead."""
    from store.services.portal_pages import Purpose

    purpose = Purpose.APPS if is_for_apps else Purpose.ACCOUNT
    return own_pages.reached(client.accounts.own, client, portal, purpose, no_browser=no_browser)


def _password(*, from_stdin: bool) -> str:
    return prompts.password_on_stdin() if from_stdin else prompts.secret("Password of the account: ")


def _sure(question: str, action: str, *, yes: bool) -> None:
    if not yes and not prompts.confirm(question, action):
        diagnostics.note("Nothing was changed.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
