"""The door to the vault: opened when it is first needed, by whatever opens it, and locked at the end."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from store.errors import KeychainFailed, NoVault, SessionEnded, VaultLocked
from store.vault import header, keychain, keys, passphrase, presence, sessions, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from store.config import Settings
    from store.vault.header import Header
    from store.vault.keychain import Keychain
    from store.vault.vault import Vault

_NEEDED = "a passphrase is needed to make the vault, and none was given"


class VaultDoor:
    """Opens the vault of some settings. Use as a context manager.

    `ask` returns the passphrase of the vault there is, `ask_new` one for a vault that is to be created or sealed anew;
    each is None where nobody can be asked. `find_keychain` returns the system's keychain, the one of that name when
    one is given. `keychain_trouble` says why a keychain that should have opened the vault did not. What a subclass
    keeps as a cached property is forgotten when the door is closed.
    """

    def __init__(
        self,
        settings: Settings,
        ask: Callable[[], str] | None = None,
        ask_new: Callable[[], str] | None = None,
        cost: keys.KdfCost = keys.DEFAULT_COST,
        *,
        find_keychain: Callable[[str | None], Keychain] = keychain.find,
    ) -> None:
        self.settings = settings
        self.cost = cost
        self.find_keychain = find_keychain
        self.keychain_trouble: KeychainFailed | None = None
        self._ask = ask
        self._ask_new = ask_new
        self._vault: Vault | None = None
        self._ended = 0
        self._new_passphrase: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lock the vault and let go of everything."""
        if self._vault is not None:
            self._vault.close()
            self._vault = None
        for name in [name for name in self.__dict__ if isinstance(getattr(type(self), name, None), cached_property)]:
            del self.__dict__[name]

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault on this machine."""
        return presence.exists(self.settings)

    @property
    def is_unlocked(self) -> bool:
        """Whether the vault is open now."""
        return self._vault is not None

    @property
    def opens_by_itself(self) -> bool:
        """Whether the vault may open without anybody being asked: by a session, a keychain, a file or a command."""
        if self.settings.passphrase_file or self.settings.passphrase_command or self.is_unlocked:
            return True
        found = presence.look(self.settings)
        under_way = sessions.vault_key(self.settings, found.vault_id, sessions.moment())
        return under_way is not None or bool(found.of_type(slots.KEYCHAIN))

    @property
    def is_ended_elsewhere(self) -> bool:
        """Whether every session was ended, by `portal lock`, since this vault was opened."""
        return self._vault is not None and sessions.last_end(self.settings) != self._ended

    @property
    def unnoted(self) -> int:
        """How many lines of the audit trail could not be written, because the disk refuses."""
        return len(self._vault.unnoted) if self._vault is not None else 0

    @property
    def vault(self) -> Vault:
        """The vault, opened. Raises NoVault, VaultLocked, WrongPassphrase, VaultDamaged and others."""
        if self._vault is None:
            self._keep(self._open())
        assert self._vault is not None  # noqa: S101 - what `_keep` has just set
        return self._vault

    def unlock(self, typed: str | None = None) -> None:
        """Open the vault now: with what was typed, else in the way that `vault` does. Raises as `vault` does."""
        if typed is None or self._vault is not None:
            _ = self.vault
        else:
            self._keep(_unlock(self.settings, passphrase.from_text(typed)))

    def check_there(self) -> None:
        """Make sure that there is a vault, before anybody is asked what opens it. Raises NoVault."""
        if not self.has_vault:
            raise NoVault(self.settings.vault_dir)

    def unlock_anew(self) -> bytes:
        """Open the vault with its passphrase, even when it is open or could be opened otherwise.

        Returns the passphrase, for a slot that is to be sealed with it. Raises as `vault` does.
        """
        self.check_there()
        given = self.passphrase()
        opened = _unlock(self.settings, given)
        self.close()
        self._keep(opened)
        return given

    def unlock_with_code(self, code: bytes) -> None:
        """Open the vault with the bytes of its recovery code. Raises WrongRecoveryCode, and as `vault` does."""
        opened = _unlock_with(self.settings, slots.RECOVERY, lambda found: header.unseal_with_code(found, code))
        self.close()
        self._keep(opened)

    def passphrase(self) -> bytes:
        """The passphrase of the vault there is, from where it comes. Raises VaultLocked, PassphraseUnreadable."""
        return passphrase.obtain(self.settings, self._ask)

    def new_passphrase(self) -> bytes:
        """A new passphrase, from PORTAL_NEW_PASSPHRASE_FILE or whoever can be asked.

        Raises PassphraseWeak when it could be guessed, VaultLocked when there is none.
        """
        return _strong(passphrase.obtain_new(self.settings, self._ask_new))

    @contextmanager
    def choosing(self, typed: str) -> Iterator[None]:
        """Take what somebody has typed on a screen for the new passphrase, where one is asked for meanwhile."""
        before, self._ask_new = self._ask_new, lambda: typed
        try:
            yield
        finally:
            self._ask_new = before

    def prepare(self) -> None:
        """Make sure that `open_or_create` will not have to ask: open the vault, or get a passphrase for a new one."""
        if self.has_vault:
            _ = self.vault
        elif self._new_passphrase is None:
            self._new_passphrase = _strong(passphrase.obtain(self.settings, self._ask_new, _NEEDED))

    def open_or_create(self) -> Vault:
        """The vault, opened; created when there is none."""
        if self._vault is None and not self.has_vault:
            from store.vault import vault  # noqa: PLC0415 - as in _unlock

            self.prepare()
            self._keep(vault.create(self.settings, self._new_passphrase or b"", self.cost))
            self._new_passphrase = None
        return self.vault

    def _open(self) -> Vault:
        """Open the vault in the first way that there is: a session, a file or command, the keychain, or asking."""
        found = presence.look(self.settings)
        key = sessions.vault_key(self.settings, found.vault_id, sessions.moment())
        if key is not None:
            return _unlock_with(self.settings, slots.SESSION, lambda _: key)
        if found.of_type(slots.KEYCHAIN) and not (self.settings.passphrase_file or self.settings.passphrase_command):
            try:
                return _unlock_with(self.settings, slots.KEYCHAIN, self._key_in_keychain)
            except KeychainFailed as error:
                self.keychain_trouble = error
        try:
            given = self.passphrase()
        except VaultLocked as error:
            if sessions.has_ended(self.settings, found.vault_id):
                raise SessionEnded from error
            raise
        return _unlock(self.settings, given)

    def _key_in_keychain(self, found: Header) -> bytes:
        """The vault key by way of the keychain. Raises KeychainFailed."""
        slot = found.of_type(slots.KEYCHAIN)[0]
        secret = self.find_keychain(str(slot.fields.get("backend"))).get(slots.account(found.vault_id, slot))
        if secret is None:
            raise KeychainFailed("it does not keep the key of this vault any more")
        try:
            return slot.unwrap(found.vault_id, secret)
        except keys.UnwrapFailed as error:
            raise KeychainFailed("the key that it keeps does not open this vault") from error

    def _keep(self, opened: Vault) -> None:
        self._vault = opened
        self._ended = sessions.last_end(self.settings)


def _unlock(settings: Settings, given: bytes) -> Vault:
    from store.vault import vault  # noqa: PLC0415 - a first screen is painted before the database is loaded

    return vault.unlock(settings, given)


def _unlock_with(settings: Settings, slot: str, key_of: Callable[[Header], bytes]) -> Vault:
    from store.vault import vault  # noqa: PLC0415 - as above

    return vault.unlock_with(settings, slot, key_of)


def _strong(chosen: bytes) -> bytes:
    from store.vault import strength  # noqa: PLC0415 - only a new passphrase needs the estimate

    strength.check(chosen)
    return chosen


def check_new_passphrase(typed: str) -> None:
    """Make sure that a passphrase that somebody has just chosen cannot be guessed. Raises PassphraseWeak."""
    _strong(passphrase.from_text(typed))
