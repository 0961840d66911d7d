"""For whom an export is encrypted, as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.export import age
from store.services.export_orders import Seal
from store.vault import passphrase, strength

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.config import Settings

_BY_PASSPHRASE = "passphrase"  # noqa: S105 - the word for it


def seal(settings: Settings, typed: Sequence[str], ask: Callable[[], str] | None) -> Seal:
    """Work out whom is meant: recipients, or `passphrase` for one from PORTAL_EXPORT_PASSPHRASE_FILE, else asked for.

    Raises InvalidInput, VaultLocked where nobody can be asked, and as passphrases do.
    """
    if _BY_PASSPHRASE not in typed:
        return Seal(tuple(age.recipient(word.strip()) for word in typed))
    if len(typed) > 1:
        raise InvalidInput("a file is for a passphrase or for recipients, and not for both")
    found = passphrase.obtain_for_export(settings, ask)
    strength.check(found)
    return Seal(passphrase=found)
