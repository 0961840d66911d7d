"""What was typed into forms and not sent yet: kept in the vault until it is sent, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.lossless import decode, encode
from store.vault import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.vault.vault import Vault


class Jottings:
    """Typed values by the name of their form, which says for whom and about what it is."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def keep(self, form: str, values: Mapping[str, str]) -> None:
        """Keep what stands in a form, in place of what was kept of it before."""
        with self._vault.transaction() as tx:
            shown.remember(tx, _name(form), encode(dict(values)).decode())

    def recall(self, form: str) -> dict[str, str]:
        """What was kept of a form; nothing where nothing was."""
        with self._vault.reading() as connection:
            content = shown.recall(connection, _name(form))
        return {str(name): str(value) for name, value in decode(content.encode()).items()} if content else {}

    def forget(self, form: str) -> None:
        """Forget what was kept of a form, since it is sent."""
        if self.recall(form):
            with self._vault.transaction() as tx:
                shown.remember(tx, _name(form), "")


def _name(form: str) -> str:
    return f"typed_{form}"
