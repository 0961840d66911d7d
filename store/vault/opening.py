"""The vault key by way of the system's keychain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import KeychainFailed
from store.vault import keys, slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.vault.header import Header
    from store.vault.keychain import Keychain


def by_keychain(find_keychain: Callable[[str | None], Keychain]) -> Callable[[Header], bytes]:
    """What finds the vault key of a header in the keychain. It raises KeychainFailed."""
    return lambda found: _key(found, find_keychain)


def _key(found: Header, find_keychain: Callable[[str | None], Keychain]) -> bytes:
    """The vault key, unwrapped with what the keychain of the header's slot keeps. Raises KeychainFailed."""
    slot = found.of_type(slots.KEYCHAIN)[0]
    secret = find_keychain(str(slot.fields.get("backend"))).get(slots.account(found.vault_id, slot))
    if secret is None:
        raise KeychainFailed("it does not keep the key of this vault any more")
    try:
        return slot.unwrap(found.vault_id, secret)
    except keys.UnwrapFailed as error:
        raise KeychainFailed("the key that it keeps does not open this vault") from error
