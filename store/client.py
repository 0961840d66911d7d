"""The client: one door to the vault and the portals for both faces, and the only place that wires."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.errors import NoVault
from store.vault import keys, passphrase
from store.vault import vault as vaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.services.appointments import Appointments
    from store.services.exports import Exports
    from store.services.labs import Labs
    from store.services.medications import Medications
    from store.services.messages import Messages
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.refills import Refills
    from store.services.sign_in import SignIns
    from store.services.status import Overview
    from store.services.sync import Sync
    from store.vault.vault import Vault


_NOUNS = (
    "portals", "sign_ins", "records", "labs", "medications", "appointments", "messages", "refills", "sync", "exports",
    "overview",
)  # fmt: skip


class Client:
    """Everything a face may do, opened when it is first needed. Use as a context manager.

    `ask` returns the passphrase of the vault there is, `ask_new` one for a vault that is to be created; each is
    None where nobody can be asked.
    """

    def __init__(
        self,
        settings: Settings,
        ask: Callable[[], str] | None = None,
        ask_new: Callable[[], str] | None = None,
        cost: keys.KdfCost = keys.DEFAULT_COST,
    ) -> None:
        self.settings = settings
        self._ask = ask
        self._ask_new = ask_new
        self._cost = cost
        self._vault: Vault | None = None
        self._new_passphrase: bytes | None = None

    def __enter__(self) -> Client:  # noqa: PYI034 - not meant to be subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lock the vault and let go of everything."""
        if self._vault is not None:
            self._vault.close()
            self._vault = None
        for noun in _NOUNS:
            self.__dict__.pop(noun, None)

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault on this machine."""
        return vaults.exists(self.settings)

    @property
    def is_unlocked(self) -> bool:
        """Whether the vault is open now."""
        return self._vault is not None

    @property
    def vault(self) -> Vault:
        """The vault, opened. Raises NoVault, VaultLocked, WrongPassphrase, VaultDamaged and others."""
        if self._vault is None:
            if not self.has_vault:
                raise NoVault(self.settings.vault_dir)
            self._vault = vaults.unlock(self.settings, passphrase.obtain(self.settings, self._ask))
        return self._vault

    def unlock(self, typed: str | None = None) -> None:
        """Open the vault now: with what was typed, else in the way that `vault` does. Raises as `vault` does."""
        if typed is None or self._vault is not None:
            _ = self.vault
        else:
            self._vault = vaults.unlock(self.settings, passphrase.normalise(typed.encode("utf-8", "surrogateescape")))

    def prepare(self) -> None:
        """Make sure that `open_or_create` will not have to ask: open the vault, or get a passphrase for a new one."""
        if self.has_vault:
            _ = self.vault
        elif self._new_passphrase is None:
            self._new_passphrase = passphrase.obtain(self.settings, self._ask_new)

    def open_or_create(self) -> Vault:
        """The vault, opened; created when there is none."""
        if self._vault is None and not self.has_vault:
            self.prepare()
            self._vault = vaults.create(self.settings, self._new_passphrase or b"", self._cost)
            self._new_passphrase = None
        return self.vault

    @cached_property
    def portals(self) -> Portals:
        """The portals the patient is signed in to."""
        from store.services.portals import Portals  # noqa: PLC0415 - each noun is loaded when it is first used

        return Portals(self.vault, self.settings)

    @cached_property
    def sign_ins(self) -> SignIns:
        """Signing in and out."""
        from store.services.sign_in import SignIns  # noqa: PLC0415 - as in portals

        return SignIns(self)

    @cached_property
    def records(self) -> Records:
        """Records of every type."""
        from store.services.records import Records  # noqa: PLC0415 - as in portals

        return Records(self.vault)

    @cached_property
    def labs(self) -> Labs:
        """Laboratory results and vital signs."""
        from store.services.labs import Labs  # noqa: PLC0415 - as in portals

        return Labs(self.vault, self.records)

    @cached_property
    def medications(self) -> Medications:
        """The medication list."""
        from store.services.medications import Medications  # noqa: PLC0415 - as in portals

        return Medications(self.records)

    @cached_property
    def appointments(self) -> Appointments:
        """Appointments."""
        from store.services.appointments import Appointments  # noqa: PLC0415 - as in portals

        return Appointments(self.records)

    @cached_property
    def messages(self) -> Messages:
        """Messages with clinicians."""
        from store.services.messages import Messages  # noqa: PLC0415 - as in portals

        return Messages(self.vault, self.records)

    @cached_property
    def refills(self) -> Refills:
        """Refill requests."""
        from store.services.refills import Refills  # noqa: PLC0415 - as in portals

        return Refills(self.vault, self.records, self.medications, self.sync)

    @cached_property
    def sync(self) -> Sync:
        """Keeping the vault in step with its portals."""
        from store.services.sync import Sync  # noqa: PLC0415 - as in portals

        return Sync(self.vault, self.settings, self.portals)

    @cached_property
    def exports(self) -> Exports:
        """Taking records out of the vault."""
        from store.services.exports import Exports  # noqa: PLC0415 - as in portals

        return Exports(self.vault, self.records)

    @cached_property
    def overview(self) -> Overview:
        """The state of things at a glance."""
        from store.services.status import Overview  # noqa: PLC0415 - as in portals

        return Overview(
            self.vault, self.portals, self.records, self.labs, self.appointments, self.messages, self.refills
        )
