"""Opening the vault: by a session, a file or a command, the keychain, a recovery code, or what somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import KeychainFailed, SessionEnded, VaultLocked
from store.vault import header, keys, passphrase, presence, sessions, slots, vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.vault.header import Header
    from store.vault.keychain import Keychain
    from store.vault.vault import Vault

    Ask = Callable[[], str] | None

_NEEDED = "a passphrase is needed to make the vault, and none was given"


class Opening:
    """The ways to open the vault of some settings, or to make it. `find_keychain` is as in the door."""

    def __init__(self, settings: Settings, find_keychain: Callable[[str | None], Keychain]) -> None:
        self._settings = settings
        self._find_keychain = find_keychain

    @property
    def needs_nobody(self) -> bool:
        """Whether the vault may open without anybody being asked. Raises as `presence.look` does."""
        if self._settings.passphrase_file or self._settings.passphrase_command:
            return True
        found = presence.look(self._settings)
        under_way = sessions.vault_key(self._settings, found.vault_id, sessions.moment())
        return under_way is not None or bool(found.of_type(slots.KEYCHAIN))

    @property
    def last_end(self) -> int:
        """When every session was ended last, as `sessions.last_end` counts it."""
        return sessions.last_end(self._settings)

    def open(self, ask: Ask, heed: Callable[[KeychainFailed], None]) -> Vault:
        """Open the vault in the first way that there is: a session, a file or command, the keychain, or asking.

        A keychain that should have opened it and did not is told to `heed`. Raises as `VaultDoor.vault` does.
        """
        found = presence.look(self._settings)
        key = sessions.vault_key(self._settings, found.vault_id, sessions.moment())
        if key is not None:
            return vault.unlock_with(self._settings, slots.SESSION, lambda _: key)
        if found.of_type(slots.KEYCHAIN) and not (self._settings.passphrase_file or self._settings.passphrase_command):
            try:
                return vault.unlock_with(self._settings, slots.KEYCHAIN, self._key_in_keychain)
            except KeychainFailed as error:
                heed(error)
        try:
            given = self.passphrase(ask)
        except VaultLocked as error:
            if sessions.has_ended(self._settings, found.vault_id):
                raise SessionEnded from error
            raise
        return self.with_passphrase(given)

    def with_passphrase(self, given: bytes) -> Vault:
        """Open it with its passphrase. Raises WrongPassphrase, and as `VaultDoor.vault` does."""
        return vault.unlock(self._settings, given)

    def typed(self, words: str) -> Vault:
        """Open it with what was typed. Raises as `with_passphrase` does."""
        return self.with_passphrase(passphrase.from_text(words))

    def with_code(self, code: bytes) -> Vault:
        """Open it with the bytes of its recovery code. Raises WrongRecoveryCode, and as `VaultDoor.vault` does."""
        return vault.unlock_with(self._settings, slots.RECOVERY, lambda found: header.unseal_with_code(found, code))

    def create(self, given: bytes, cost: keys.KdfCost | None) -> Vault:
        """Make a vault that a passphrase opens, at a cost of deriving a key from it, or at the usual one."""
        return vault.create(self._settings, given, cost)

    def passphrase(self, ask: Ask) -> bytes:
        """The passphrase of the vault there is, from where it comes. Raises VaultLocked, PassphraseUnreadable."""
        return passphrase.obtain(self._settings, ask)

    def first_passphrase(self, ask: Ask) -> bytes:
        """A passphrase for a vault that is to be made. Raises as `passphrase` does, and PassphraseWeak."""
        return _strong(passphrase.obtain(self._settings, ask, _NEEDED))

    def new_passphrase(self, ask: Ask) -> bytes:
        """A passphrase in place of another. Raises as `passphrase` does, and PassphraseWeak."""
        return _strong(passphrase.obtain_new(self._settings, ask))

    def _key_in_keychain(self, found: Header) -> bytes:
        """The vault key by way of the keychain. Raises KeychainFailed."""
        slot = found.of_type(slots.KEYCHAIN)[0]
        secret = self._find_keychain(str(slot.fields.get("backend"))).get(slots.account(found.vault_id, slot))
        if secret is None:
            raise KeychainFailed("it does not keep the key of this vault any more")
        try:
            return slot.unwrap(found.vault_id, secret)
        except keys.UnwrapFailed as error:
            raise KeychainFailed("the key that it keeps does not open this vault") from error


def check_new_passphrase(typed: str) -> None:
    """Make sure that a passphrase that somebody has just chosen cannot be guessed. Raises PassphraseWeak."""
    _strong(passphrase.from_text(typed))


def _strong(chosen: bytes) -> bytes:
    from store.vault import strength  # noqa: PLC0415 - only a new passphrase needs the estimate

    strength.check(chosen)
    return chosen
