"""`portal password`: a forgotten password, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import account_prompts, context, diagnostics, own_pages, prompts
from portal_cli.options import YesOption, examples
from portal_cli.own_pages import NoBrowserOption, PortalArgument

if TYPE_CHECKING:
    from store.client import Client
    from store.services.accounts import Reception
    from store.services.portal_pages import Purpose

app = typer.Typer(no_args_is_help=True, help="Get back in with a new password, or change it.")
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the secrets from stdin, one a line, in the order of the prompts.")
]


@app.command(epilog=examples("portal password forgot --login ada@example.org"))
def forgot(
    portal: PortalArgument = None,
    login: Annotated[str | None, typer.Option(help="Your user name or e-mail address.")] = None,
    no_browser: NoBrowserOption = False,
) -> None:
    """Have a link to a new password sent by e-mail."""
    from store.services.portal_pages import Purpose

    with (
        context.client() as client,
        _reception(client, portal, Purpose.PASSWORD_FORGOT, no_browser=no_browser) as reception,
    ):
        reception.forgot_password(login or account_prompts.value("User name or e-mail address", "--login"))
    diagnostics.note("If there is such an account, an e-mail with a link is on its way.")
    diagnostics.note("Next: open the link, or paste its code at `portal password reset`.")


@app.command(epilog=examples("portal password reset"))
def reset(
    portal: PortalArgument = None, password_stdin: StdinOption = False, no_browser: NoBrowserOption = False
) -> None:
    """Set a new password with the code of the e-mail; every sign-in of the account ends."""
    from store.services.portal_pages import Purpose

    with (
        context.client() as client,
        _reception(client, portal, Purpose.PASSWORD_FORGOT, no_browser=no_browser) as reception,
    ):
        token = prompts.password_on_stdin() if password_stdin else prompts.secret("Code of the e-mail: ")
        rules = () if password_stdin else reception.about().rules
        chosen = account_prompts.new_password(
            lambda typed: reception.problems(typed, {}), rules, from_stdin=password_stdin
        )
        reception.reset_password(token.strip(), chosen)
    diagnostics.note("The password is changed, and every sign-in of the account has ended.")
    diagnostics.note("Next: portal login")


@app.command(epilog=examples("portal password change"))
def change(
    portal: PortalArgument = None,
    password_stdin: StdinOption = False,
    no_browser: NoBrowserOption = False,
    yes: YesOption = False,
) -> None:
    """Change the password; this sign-in stays, every other one ends."""
    from store.services.portal_pages import Purpose

    with context.client() as client:
        own = own_pages.reached(client.accounts.own, client, portal, Purpose.PASSWORD_CHANGE, no_browser=no_browser)
        with own, client.accounts.reception(portal) as reception:
            current = prompts.password_on_stdin() if password_stdin else prompts.secret("Password until now: ")
            known = {} if password_stdin else {"username": str(own.show().username)}
            rules = () if password_stdin else reception.about().rules
            chosen = account_prompts.new_password(
                lambda typed: reception.problems(typed, known), rules, from_stdin=password_stdin
            )
            if not yes and not prompts.confirm(
                "Change the password, and end every other sign-in?", "changing the password"
            ):
                diagnostics.note("Nothing was changed.")
                raise typer.Exit(diagnostics.ExitCode.FAILED)
            own.change_password(current, chosen)
    diagnostics.note("The password is changed. Every other sign-in has ended.")


def _reception(client: Client, portal: str | None, purpose: Purpose, *, no_browser: bool) -> Reception:
    return own_pages.reached(client.accounts.reception, client, portal, purpose, no_browser=no_browser)
