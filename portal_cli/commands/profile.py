"""`portal profile`: see and change your own details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, changing, context, diagnostics, output, profile_cards, profile_questions
from portal_cli.options import DryRunOption, JsonOption, YesOption, examples, scoped

if TYPE_CHECKING:
    from store.records.profile_writes import Edit

app = typer.Typer(help="See and change your own details: telephone numbers, addresses, whom to call, language.")
_PAIR = "KIND=VALUE"
PhoneOption = Annotated[
    list[str] | None,
    typer.Option("--phone", metavar=_PAIR, help="A number by its kind (mobile, home, work), or by what it is now."),
]
EmailOption = Annotated[
    list[str] | None,
    typer.Option("--email", metavar=_PAIR, help="An e-mail address by its kind (home, work), or by what it is now."),
]
AddressOption = Annotated[
    list[str] | None,
    typer.Option(
        "--address", metavar=_PAIR, help="An address by its kind, as `home=LINE|LINE; CITY; STATE; POSTCODE; COUNTRY`."
    ),
]
ContactOption = Annotated[
    list[str] | None, typer.Option("--contact", metavar="NAME=PHONE", help="Whom to call in an emergency.")
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="The language you speak, such as en or es-MX.")
]
NameOption = Annotated[
    str | None, typer.Option("--preferred-name", help="What you like to be called; empty removes it.")
]
RemoveOption = Annotated[
    list[str] | None,
    typer.Option("--remove", metavar="WHAT=KIND", help="Remove one: phone=work, email=…, address=…, contact=NAME."),
]


@app.command(epilog=examples("portal profile show", "portal profile show --json"))
@scoped
def show(as_json: JsonOption = False) -> None:
    """Show your details as the portal has them, and what it was asked to change."""
    with context.client() as client:
        found, asked = client.profile.show(), client.profile.requests()
    if as_json:
        output.document({"profiles": list(found), "requests": list(asked.items)})
    else:
        output.text(profile_cards.profiles(found, asked.items))


@app.command(
    epilog=examples(
        "portal profile edit",
        "portal profile edit --phone mobile=+1-802-555-0100 --email home=me@example.org",
        'portal profile edit --address "home=3 Mill Pond Road; Briar Glen; VT; 05999"',
        'portal profile edit --contact "Felix Juniperre=+1-802-555-0109" --language es --dry-run --json',
    )
)
@scoped
def edit(
    phone: PhoneOption = None,
    email: EmailOption = None,
    address: AddressOption = None,
    contact: ContactOption = None,
    language: LanguageOption = None,
    preferred_name: NameOption = None,
    remove: RemoveOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Change your details; without any option you are asked for each."""
    edits = [
        *_edits("phone", phone),
        *_edits("email", email),
        *_edits("address", address),
        *_edits("contact", contact),
        *_alone("language", language),
        *_alone("preferred name", preferred_name),
        *_removals(remove),
    ]
    with context.client() as client:
        changing.offered(client, client.profile.check)
        if not edits:
            edits = profile_questions.ask(client.profile.show()[0])
        if not edits:
            diagnostics.note("Nothing was changed.")
            return
        plan = client.profile.plan(edits)
        changing.send(client, plan, client.profile.submit, acting.Sending(yes, dry_run, as_json))


def _edits(part: str, typed: list[str] | None) -> list[Edit]:
    from store.records.profile_writes import Edit, Part

    found = []
    for one in typed or ():
        key, has_value, value = one.partition("=")
        if not has_value or not key.strip() or not value.strip():
            raise typer.BadParameter(f"`{one}` has to be KIND=VALUE; `--remove {part}=KIND` removes one")
        found.append(Edit(Part(part), key.strip(), value.strip()))
    return found


def _alone(part: str, typed: str | None) -> list[Edit]:
    from store.records.profile_writes import Edit, Part

    return [] if typed is None else [Edit(Part(part), "", typed.strip())]


def _removals(typed: list[str] | None) -> list[Edit]:
    from store.records.profile_writes import Edit, Part

    found = []
    for one in typed or ():
        part, _, key = one.partition("=")
        if part not in {"phone", "email", "address", "contact"} or not key.strip():
            raise typer.BadParameter(f"`{one}` has to be phone=KIND, email=KIND, address=KIND or contact=NAME")
        found.append(Edit(Part(part), key.strip(), ""))
    return found
