"""`portal register`: sign up for an account at a portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import account_prompts, context, diagnostics, output, own_pages, prompts
from portal_cli.options import DryRunOption, JsonOption, YesOption, examples
from portal_cli.own_pages import NoBrowserOption, PortalArgument

if TYPE_CHECKING:
    from store.services.accounts import About, Reception

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal register http://127.0.0.1:8080/fhir",
        "portal register clinic --given Ada --family Example --birth-date 1980-02-29 --email ada@example.org "
        "--phone +15550100 --username ada --password-stdin --accept-terms --yes",
    )
)
def register(
    portal: PortalArgument = None,
    given: Annotated[str | None, typer.Option(help="Your given name.")] = None,
    family: Annotated[str | None, typer.Option(help="Your family name.")] = None,
    birth_date: Annotated[str | None, typer.Option(help="Your date of birth, such as 1980-02-29.")] = None,
    email: Annotated[str | None, typer.Option(help="Your e-mail address; a code goes to it.")] = None,
    phone: Annotated[str | None, typer.Option(help="Your mobile phone; a code goes to it.")] = None,
    line: Annotated[str | None, typer.Option(help="Street and number.")] = None,
    city: Annotated[str | None, typer.Option(help="City.")] = None,
    state: Annotated[str | None, typer.Option(help="State.")] = None,
    postal_code: Annotated[str | None, typer.Option(help="Postal code.")] = None,
    username: Annotated[str | None, typer.Option(help="The user name you want.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password as one line of stdin.")
    ] = False,
    accept_terms: Annotated[bool, typer.Option("--accept-terms", help="Agree to the portal's terms.")] = False,
    no_browser: NoBrowserOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Sign up for an account at a portal; then prove your e-mail address and phone with `portal verify`."""
    from store.services.portal_pages import Purpose

    typed = {
        "given": given, "family": family, "birth_date": birth_date, "email": email, "phone": phone,
        "address.line": line, "address.city": city, "address.state": state, "address.postal_code": postal_code,
        "username": username,
    }  # fmt: skip
    with context.client() as client:
        reception = own_pages.reached(
            client.accounts.reception, client, portal, Purpose.REGISTER, no_browser=no_browser
        )
        with reception:
            about = reception.about()
            fields = account_prompts.fields(about, typed)
            sent = account_prompts.nested(fields)
            if dry_run:
                output.document(sent)
                return
            password = account_prompts.new_password(
                lambda chosen: reception.problems(chosen, fields), about.rules, from_stdin=password_stdin
            )
            _agree(about, accept_terms=accept_terms)
            question = f"Sign up as {fields.get('username', '')}?"
            if not yes and not prompts.confirm(question, "signing up", has_dry_run=True):
                diagnostics.note("Nothing was sent.")
                raise typer.Exit(diagnostics.ExitCode.FAILED)
            _sign_up(reception, sent, password, about.terms.version, as_json=as_json)


def _agree(about: About, *, accept_terms: bool) -> None:
    from portal_cli.problems import Misused

    if accept_terms or not about.terms.version:
        return
    diagnostics.note(about.terms.text)
    if about.terms.url:
        diagnostics.note(f"The same at {about.terms.url}")
    if not prompts.confirm("Do you agree to these terms?", "agreeing to the portal's terms (`--accept-terms`)"):
        raise Misused("without its terms this portal gives no account", "Read them again, or ask the practice.")


def _sign_up(reception: Reception, sent: dict[str, object], password: str, terms: str, *, as_json: bool) -> None:
    made = reception.register(sent, password, terms)
    if as_json:
        output.document(made)
    diagnostics.note("If these details can have an account, codes are on their way to:")
    for channel in made.channels:
        diagnostics.note(f"  {channel}")
    diagnostics.note("Next: portal verify")
