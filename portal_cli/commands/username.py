"""`portal username`: a forgotten user name."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import account_prompts, context, diagnostics, own_pages
from portal_cli.options import examples
from portal_cli.own_pages import NoBrowserOption, PortalArgument

app = typer.Typer(no_args_is_help=True, help="Have a forgotten user name sent.")


@app.callback()
def username() -> None:
    """Have a forgotten user name sent."""


@app.command(epilog=examples("portal username recover --email ada@example.org --birth-date 1980-02-29"))
def recover(
    portal: PortalArgument = None,
    email: Annotated[str | None, typer.Option(help="Your e-mail address.")] = None,
    birth_date: Annotated[str | None, typer.Option(help="Your date of birth, such as 1980-02-29.")] = None,
    no_browser: NoBrowserOption = False,
) -> None:
    """Have the user name sent by e-mail."""
    from store.services.portal_pages import Purpose

    with context.client() as client:
        reception = own_pages.reached(
            client.accounts.reception, client, portal, Purpose.USERNAME_RECOVER, no_browser=no_browser
        )
        with reception:
            reception.recover_username(
                email or account_prompts.value("E-mail address", "--email"),
                birth_date or account_prompts.value("Date of birth", "--birth-date"),
            )
    diagnostics.note("If there is such an account, an e-mail with the user name is on its way.")
