"""The status card: the state of the vault and its portals at a glance, or as JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from portal_cli import context, output

if TYPE_CHECKING:
    from store.client import Client


def show(*, as_json: bool) -> None:
    """Print it. Raises NoVault, VaultLocked."""
    # Deferred: help needs no errors.
    from store.errors import NoVault  # noqa: PLC0415

    with context.client() as client:
        if not client.has_vault:
            raise NoVault(client.settings.vault_dir)
        show_of(client, as_json=as_json)


def show_of(client: Client, *, as_json: bool) -> None:
    """Print that of a client; where its vault is locked, that. Raises VaultLocked."""
    from store.errors import VaultLocked  # noqa: PLC0415 - as in show

    vault = client.settings.vault_dir
    try:
        client.unlock()
    except VaultLocked:
        if as_json:
            output.document({"vault": vault, "is_locked": True})
        else:
            from portal_cli import cards  # noqa: PLC0415 - what programs read needs no cards

            output.text(cards.locked(vault))
        raise
    found = client.overview.status()
    if as_json:
        known = {field.name: getattr(found, field.name) for field in fields(found)}
        output.document({"vault": vault, "is_locked": False, **known})
        return
    from portal_cli import cards  # noqa: PLC0415 - as above

    output.text(cards.status(found, vault))
