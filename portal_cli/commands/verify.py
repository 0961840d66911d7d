"""`portal verify`: prove the contacts of a registration with the codes that were sent to them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import account_prompts, context, diagnostics, output, own_pages, prompts
from portal_cli.options import JsonOption, examples
from portal_cli.own_pages import NoBrowserOption, PortalArgument

if TYPE_CHECKING:
    from store.services.accounts import Reception, Verified

app = typer.Typer()


class Channel(StrEnum):
    """What a code proves."""

    EMAIL = "email"
    PHONE = "phone"


@app.command(
    epilog=examples(
        "portal verify",
        "portal verify --channel email --code 123456",
        "portal verify --channel phone --resend",
    )
)
def verify(
    portal: PortalArgument = None,
    channel: Annotated[Channel | None, typer.Option(help="What the code was sent to.")] = None,
    code: Annotated[str | None, typer.Option(help="The code.")] = None,
    username: Annotated[str | None, typer.Option(help="Another user name, where the first one is taken.")] = None,
    registration: Annotated[
        str | None, typer.Option(help="The registration, when it was begun elsewhere; else the last one here.")
    ] = None,
    resend: Annotated[bool, typer.Option("--resend", help="Have another code sent.")] = False,
    no_browser: NoBrowserOption = False,
    as_json: JsonOption = False,
) -> None:
    """Prove your e-mail address and your phone, each with the code that was sent to it."""
    from portal_cli.problems import Misused
    from store.services.portal_pages import Purpose

    if resend and channel is None:
        raise typer.BadParameter("--resend needs --channel")
    with context.client() as client:
        pending = client.accounts.pending()
        if pending is None and portal is None:
            raise Misused("no registration was begun on this computer", "Begin one with `portal register`.")
        named = portal or (str(pending.portal) if pending and registration is None else None)
        reception = own_pages.reached(client.accounts.reception, client, named, Purpose.VERIFY, no_browser=no_browser)
        with reception:
            key = registration or (str(pending.id) if pending else None)
            if key is None:
                raise Misused("no registration was begun on this computer", "Begin one with `portal register`.")
            if resend and channel:
                reception.send_code(key, channel.value)
                diagnostics.note("If this registration can have it, another code is on its way.")
                return
            found = _prove(reception, key, channel, (code, username))
    _tell(found, named, as_json=as_json)


def _prove(reception: Reception, key: str, channel: Channel | None, given: tuple[str | None, str | None]) -> Verified:
    """Prove what was named, or at a terminal one contact after the other."""
    code, username = given
    if channel is None and not prompts.can_answer():
        raise typer.BadParameter("--channel and --code are needed where nobody can be asked")
    wanted = [channel.value] if channel else [one.value for one in Channel]
    found = None
    for one in wanted:
        typed = code or account_prompts.value(f"The code that was sent by {_WAYS[one]}", "--code")
        found = reception.verify(key, one, typed, username)
        if found.is_complete:
            break
    assert found is not None  # noqa: S101 - there is at least one channel
    return found


_WAYS = {"email": "e-mail", "phone": "text"}


def _tell(found: Verified, portal: str | None, *, as_json: bool) -> None:
    if as_json:
        output.document(found)
    for channel in found.pending:
        diagnostics.note(f"Still to be proven: {channel}.")
    if found.is_complete:
        diagnostics.note(f"Your account is ready: {found.username}.")
        diagnostics.note(f"Next: portal login {portal or 'PORTAL'}")
    else:
        diagnostics.note("Next: portal verify --channel CHANNEL --code CODE")
