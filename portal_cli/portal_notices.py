"""What a portal itself tells of by e-mail and text: shown, and switched on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import output, own_pages

if TYPE_CHECKING:
    from store.client import Client

OnOption = Annotated[
    list[str] | None, typer.Option("--on", metavar="WAY:ABOUT", help="Switch one on, such as text:results.")
]
OffOption = Annotated[list[str] | None, typer.Option("--off", metavar="WAY:ABOUT", help="Switch one off.")]


def changes(on: list[str] | None, off: list[str] | None) -> dict[tuple[str, str], bool]:
    """What is to be switched, each by its way and what it is about."""
    wanted = [(name, True) for name in on or ()] + [(name, False) for name in off or ()]
    for name, _ in wanted:
        if not all(name.partition(":")):
            raise typer.BadParameter(f"`{name}` is no WAY:ABOUT such as text:results")
    return {(way, about): is_on for name, is_on in wanted for way, _, about in [name.partition(":")]}


def mind(
    client: Client, portal: str | None, wanted: dict[tuple[str, str], bool], *, no_browser: bool, as_json: bool
) -> None:
    """Switch what is wanted, and show how all of it stands; a portal that has only a page for it, by that page."""
    from store.services.portal_pages import Purpose  # noqa: PLC0415 - help needs none of it

    with own_pages.reached(client.accounts.own, client, portal, Purpose.ACCOUNT, no_browser=no_browser) as own:
        found = own.notify(wanted) if wanted else own.notifications()
    if as_json:
        output.document(found)
        return
    lines = [(f"{way}:{about}", is_on) for way, switches in found.items() for about, is_on in switches.items()]
    output.text("\n".join(f"{name:<20}{'on' if is_on else 'off'}" for name, is_on in lines))
