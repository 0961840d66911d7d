"""A portal's own page, for what it does not let a program do: shown, and opened where a person sits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from portal_cli import context, diagnostics, everywhere, output

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from store.services.portal_pages import Purpose

T = TypeVar("T")

PortalArgument = Annotated[
    str | None, typer.Argument(metavar="PORTAL", help="The portal's name or FHIR base URL, when there are several.")
]
NoBrowserOption = Annotated[
    bool, typer.Option("--no-browser", help="Where the portal has only a page for it, print its address and no more.")
]

_WORDS = {
    "register": "signing up: no page for it is known",
    "verify": "proving e-mail and phone: no page for it is known",
    "sign_in": "a sign-in page that is known",
    "password_forgot": "a new password: no page for it is known",
    "password_change": "another password: no page for it is known",
    "username_recover": "a forgotten user name: no page for it is known",
    "account": "account settings: no page for them is known",
    "apps": "a list of apps and devices: no page for it is known",
}


def show(client: Client, portal: str | None, purpose: Purpose, *, no_browser: bool) -> None:
    """Print the address of the page, and open it. Raises NotOffered where the portal names none."""
    from store.errors import NotOffered  # noqa: PLC0415 - help needs none of it
    from store.services.portal_pages import other_letters  # noqa: PLC0415 - as above

    pages = client.desk.pages.of(portal)
    page = pages.page(purpose)
    if not page:
        raise NotOffered(pages.url, _WORDS[purpose.value])
    diagnostics.note("This portal does it on a page of its own:")
    output.text(page)
    if strange := other_letters(page):
        diagnostics.note(f"Its host reads `{strange}` in other letters, which may look like a name that it is not.")
        diagnostics.note("It is not opened by itself: open it only if your practice gave you this very address.")
        return
    if context.is_interactive() and not no_browser and not everywhere.now().no_input:
        import webbrowser  # noqa: PLC0415 - only a person at a terminal has a use for it

        webbrowser.open(page)


def reached(
    way: Callable[[str | None], T], client: Client, portal: str | None, purpose: Purpose, *, no_browser: bool
) -> T:
    """What a way to a portal's account leads to; where there is only a page, that is shown and the command is done."""
    from store.errors import NotOffered  # noqa: PLC0415 - as in show

    try:
        return way(portal)
    except NotOffered:
        show(client, portal, purpose, no_browser=no_browser)
        raise typer.Exit from None
