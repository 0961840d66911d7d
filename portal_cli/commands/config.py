"""`portal config`: the settings of the configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, listings, output, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, examples
from portal_cli.problems import Misused
from portal_cli.wording import labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.configuration import Configuration, Setting

app = typer.Typer(cls=ListingGroup, help="See and change settings; `list` is meant when nothing else is said.")
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Name of a setting, as `list` shows it.")]


@app.command("list", epilog=examples("portal config", "portal config list --json"))
def list_settings(format_: FormatOption = None, as_json: JsonOption = False) -> None:
    """List every setting, with what holds where the file says nothing."""
    listings.rows(_configuration().list(), views.SETTINGS, listings.how(format_, as_json=as_json, limit=None))


@app.command(epilog=examples("portal config get timeout"))
def get(key: KeyArgument, as_json: JsonOption = False) -> None:
    """Print the value of one setting."""
    found = _configuration().get(key)
    if as_json:
        output.document(found)
    else:
        output.text(found.value)


@app.command(
    "set",
    epilog=examples(
        "portal config set education always",
        "portal config set smtp.host mail.example.org smtp.from me@example.org smtp.to me@example.org",
    ),
)
def set_(
    pairs: Annotated[list[str], typer.Argument(metavar="KEY VALUE…", help="Settings, each followed by its value.")],
) -> None:
    """Write settings into the configuration file; the rest of it stays as it is."""
    if len(pairs) % 2:
        raise Misused(f"{pairs[-1]} has no value", "Write each setting before its value: `timeout 60`.")
    with context.client(tells_shown=False) as client:
        changed = client.configuration.set(dict(zip(pairs[::2], pairs[1::2], strict=True)))
    _tell(changed)


@app.command(epilog=examples("portal config unset timeout"))
def unset(keys: Annotated[list[str], typer.Argument(metavar="KEY…", help="Names of settings.")]) -> None:
    """Take settings out of the configuration file, so that their defaults hold."""
    _tell(_configuration().unset(keys))


@app.command(epilog=examples("portal config path", "portal config path --json"))
def path(as_json: JsonOption = False) -> None:
    """Print where the configuration file, the vault and the directory of portals lie."""
    found = _configuration().places()
    if as_json:
        output.document(found)
    else:
        output.text(
            labelled([("Configuration", found.configuration), ("Vault", found.vault), ("Directory", found.directory)])
        )


def _configuration() -> Configuration:
    from store.services.configuration import Configuration

    return Configuration(context.settings())


def _tell(changed: Sequence[Setting]) -> None:
    for setting in changed:
        what = f"{setting.key} is {setting.value}" if setting.value else f"{setting.key} is not set"
        diagnostics.note(f"{what}{'' if setting.is_set else ' (the default)' if setting.value else ''}.")
