"""The door to the vault: opened when it is first needed, by whatever opens it, and locked at the end."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from store.errors import KeychainFailed, NoVault
from store.vault import whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from store.config import Settings
    from store.opening import Opening
    from store.vault.keychain import Keychain
    from store.vault.keys import KdfCost
    from store.vault.vault import Vault


def system_keychain(name: str | None) -> Keychain:
    """The system's keychain, the one of that name when one is given. Raises KeychainFailed."""
    from store.vault import keychain  # noqa: PLC0415 - few vaults are opened by one

    return keychain.find(name)


class VaultDoor:
    """Opens the vault of some settings. Use as a context manager.

    `ask` returns the passphrase of the vault there is, `ask_new` one for a vault that is to be created or sealed anew;
    each is None where nobody can be asked. `cost` is that of deriving a key from a new passphrase, None for the usual.
    `find_keychain` returns the system's keychain, the one of that name when one is given. `keychain_trouble` says why a
    keychain that should have opened the vault did not. What a subclass keeps as a cached property is forgotten when the
    door is closed.
    """

    def __init__(
        self,
        settings: Settings,
        ask: Callable[[], str] | None = None,
        ask_new: Callable[[], str] | None = None,
        cost: KdfCost | None = None,
        *,
        find_keychain: Callable[[str | None], Keychain] = system_keychain,
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
        return whereabouts.exists(self.settings)

    @property
    def is_unlocked(self) -> bool:
        """Whether the vault is open now."""
        return self._vault is not None

    @property
    def opens_by_itself(self) -> bool:
        """Whether the vault may open without anybody being asked: by a session, a keychain, a file or a command."""
        return self.is_unlocked or self._opening.needs_nobody

    @property
    def is_ended_elsewhere(self) -> bool:
        """Whether every session was ended, by `portal lock`, since this vault was opened."""
        return self._vault is not None and self._opening.last_end != self._ended

    @property
    def unnoted(self) -> int:
        """How many lines of the audit trail could not be written, because the disk refuses."""
        return len(self._vault.unnoted) if self._vault is not None else 0

    @property
    def vault(self) -> Vault:
        """The vault, opened. Raises NoVault, VaultLocked, WrongPassphrase, VaultDamaged and others."""
        if self._vault is None:
            self._keep(self._opening.open(self._ask, self._note_trouble))
        assert self._vault is not None  # noqa: S101 - what `_keep` has just set
        return self._vault

    def unlock(self, typed: str | None = None) -> None:
        """Open the vault now: with what was typed, else in the way that `vault` does. Raises as `vault` does."""
        if typed is None or self._vault is not None:
            _ = self.vault
        else:
            self._keep(self._opening.typed(typed))

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
        opened = self._opening.with_passphrase(given)
        self.close()
        self._keep(opened)
        return given

    def unlock_with_code(self, code: bytes) -> None:
        """Open the vault with the bytes of its recovery code. Raises WrongRecoveryCode, and as `vault` does."""
        opened = self._opening.with_code(code)
        self.close()
        self._keep(opened)

    def passphrase(self) -> bytes:
        """The passphrase of the vault there is, from where it comes. Raises VaultLocked, PassphraseUnreadable."""
        return self._opening.passphrase(self._ask)

    def new_passphrase(self) -> bytes:
        """A new passphrase, from PORTAL_NEW_PASSPHRASE_FILE or whoever can be asked.

        Raises PassphraseWeak when it could be guessed, VaultLocked when there is none.
        """
        return self._opening.new_passphrase(self._ask_new)

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
            self._new_passphrase = self._opening.first_passphrase(self._ask_new)

    def open_or_create(self) -> Vault:
        """The vault, opened; created when there is none."""
        if self._vault is None and not self.has_vault:
            self.prepare()
            self._keep(self._opening.create(self._new_passphrase or b"", self.cost))
            self._new_passphrase = None
        return self.vault

    @cached_property
    def _opening(self) -> Opening:
        from store.opening import Opening  # noqa: PLC0415 - a first screen is painted before this is loaded

        return Opening(self.settings, self.find_keychain)

    def _note_trouble(self, trouble: KeychainFailed) -> None:
        self.keychain_trouble = trouble

    def _keep(self, opened: Vault) -> None:
        self._vault = opened
        self._ended = self._opening.last_end
