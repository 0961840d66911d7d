"""The client: one door to the vault and the portals for both faces, and the only place that wires."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.errors import KeychainFailed, SessionEnded, VaultLocked
from store.services.scope import Choice, Scope
from store.vault import header, keychain, keys, passphrase, presence, sessions, slots
from store.vault import vault as vaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.services.accounts import Accounts
    from store.services.appointments import Appointments
    from store.services.attachments import Attachments
    from store.services.audit import AuditTrail
    from store.services.backups import Backups
    from store.services.bookings import Bookings
    from store.services.checks import Checks
    from store.services.conflicts import Conflicts
    from store.services.desk import Desk
    from store.services.exports import Exports
    from store.services.gaps import Gaps
    from store.services.labs import Labs
    from store.services.medications import Medications
    from store.services.messages import Messages
    from store.services.outbox import Outbox
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.refills import Refills
    from store.services.sign_in import SignIns
    from store.services.slots import Slots
    from store.services.status import Overview
    from store.services.sync import Sync
    from store.vault.header import Header
    from store.vault.keychain import Keychain
    from store.vault.vault import Vault


_NOUNS = (
    "portals", "sign_ins", "records", "labs", "medications", "appointments", "messages", "refills", "outbox",
    "conflicts", "sync", "exports", "gaps", "overview", "slots", "backups", "checks", "audit", "attachments", "desk",
    "accounts", "bookings",
)  # fmt: skip


class Client:
    """Everything a face may do, opened when it is first needed. Use as a context manager.

    `ask` returns the passphrase of the vault there is, `ask_new` one for a vault that is to be created or sealed anew;
    each is None where nobody can be asked. `find_keychain` returns the system's keychain, the one of that name when
    one is given. `keychain_trouble` says why a keychain that should have opened the vault did not. `choice` says whose
    records are meant.
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
        self.scope = Scope(settings, lambda: self.choice)
        self.choice = Choice()
        self._ask, self._ask_new = ask, ask_new
        self._vault: Vault | None = None
        self._ended = 0
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
            self._keep(vaults.unlock(self.settings, passphrase.from_text(typed)))

    def unlock_anew(self) -> bytes:
        """Open the vault with its passphrase, even when it is open or could be opened otherwise.

        Returns the passphrase, for a slot that is to be sealed with it. Raises as `vault` does.
        """
        given = self.passphrase()
        opened = vaults.unlock(self.settings, given)
        self.close()
        self._keep(opened)
        return given

    def unlock_with_code(self, code: bytes) -> None:
        """Open the vault with the bytes of its recovery code. Raises WrongRecoveryCode, and as `vault` does."""
        opened = vaults.unlock_with(self.settings, slots.RECOVERY, lambda found: header.unseal_with_code(found, code))
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

    def prepare(self) -> None:
        """Make sure that `open_or_create` will not have to ask: open the vault, or get a passphrase for a new one."""
        if self.has_vault:
            _ = self.vault
        elif self._new_passphrase is None:
            self._new_passphrase = _strong(passphrase.obtain(self.settings, self._ask_new))

    def open_or_create(self) -> Vault:
        """The vault, opened; created when there is none."""
        if self._vault is None and not self.has_vault:
            self.prepare()
            self._keep(vaults.create(self.settings, self._new_passphrase or b"", self.cost))
            self._new_passphrase = None
        return self.vault

    def _open(self) -> Vault:
        """Open the vault in the first way that there is: a session, a file or command, the keychain, or asking."""
        found = presence.look(self.settings)
        key = sessions.vault_key(self.settings, found.vault_id, sessions.moment())
        if key is not None:
            return vaults.unlock_with(self.settings, slots.SESSION, lambda _: key)
        if found.of_type(slots.KEYCHAIN) and not (self.settings.passphrase_file or self.settings.passphrase_command):
            try:
                return vaults.unlock_with(self.settings, slots.KEYCHAIN, self._key_in_keychain)
            except KeychainFailed as error:
                self.keychain_trouble = error
        try:
            given = self.passphrase()
        except VaultLocked as error:
            if sessions.has_ended(self.settings, found.vault_id):
                raise SessionEnded from error
            raise
        return vaults.unlock(self.settings, given)

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

    @cached_property
    def portals(self) -> Portals:
        """The portals the patient is signed in to."""
        from store.services.portals import Portals  # noqa: PLC0415 - each noun is loaded when it is first used

        return Portals(self.vault, self.settings, self.scope)

    @cached_property
    def desk(self) -> Desk:
        """What is done about a portal before one has signed in to it; no vault is needed."""
        from store.services.desk import Desk  # noqa: PLC0415 - as in portals

        return Desk(self)

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts at portals: signing up, getting back in, settings."""
        from store.services.accounts import Accounts  # noqa: PLC0415 - as in portals

        return Accounts(self)

    @cached_property
    def sign_ins(self) -> SignIns:
        """Signing in and out."""
        from store.services.sign_in import SignIns  # noqa: PLC0415 - as in portals

        return SignIns(self)

    @cached_property
    def records(self) -> Records:
        """Records of every type."""
        from store.services.records import Records  # noqa: PLC0415 - as in portals

        return Records(self.vault, self.scope)

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

        return Appointments(self.vault, self.records)

    @cached_property
    def bookings(self) -> Bookings:
        """Asking for appointments and changing them."""
        from store.services.bookings import Bookings  # noqa: PLC0415 - as in portals

        return Bookings(self.vault, self.records, self.portals, self.sync, self.outbox)

    @cached_property
    def messages(self) -> Messages:
        """Messages with clinicians."""
        from store.services.messages import Messages  # noqa: PLC0415 - as in portals

        return Messages(self.records)

    @cached_property
    def refills(self) -> Refills:
        """Refill requests."""
        from store.services.refills import Refills  # noqa: PLC0415 - as in portals

        return Refills(self.vault, self.records, self.medications, self.sync)

    @cached_property
    def outbox(self) -> Outbox:
        """What was asked for, and where it stands."""
        from store.services.outbox import Outbox  # noqa: PLC0415 - as in portals

        return Outbox(self.vault, self.records, self.sync)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Changes that wait for a decision."""
        from store.services.conflicts import Conflicts  # noqa: PLC0415 - as in portals

        return Conflicts(self.vault, self.records, self.outbox)

    @cached_property
    def sync(self) -> Sync:
        """Keeping the vault in step with its portals."""
        from store.services.sync import Sync  # noqa: PLC0415 - as in portals

        return Sync(self.vault, self.settings, self.portals)

    @cached_property
    def attachments(self) -> Attachments:
        """Documents, pictures and other content that records name."""
        from store.services.attachments import Attachments  # noqa: PLC0415 - as in portals

        return Attachments(self.vault, self.settings, self.portals, self.records)

    @cached_property
    def gaps(self) -> Gaps:
        """What the vault lacks of what its portals have."""
        from store.services.gaps import Gaps  # noqa: PLC0415 - as in portals

        return Gaps(self.vault, self.portals)

    @cached_property
    def exports(self) -> Exports:
        """Taking records out of the vault."""
        from store.services.exports import Exports  # noqa: PLC0415 - as in portals

        return Exports(self.vault, self.records)

    @cached_property
    def slots(self) -> Slots:
        """What opens the vault: passphrase, recovery code, keychain and sessions."""
        from store.services.slots import Slots  # noqa: PLC0415 - as in portals

        return Slots(self)

    @cached_property
    def backups(self) -> Backups:
        """Backups of the vault, and restoring them."""
        from store.services.backups import Backups  # noqa: PLC0415 - as in portals

        return Backups(self)

    @cached_property
    def checks(self) -> Checks:
        """Whether the vault is whole, and mending it."""
        from store.services.checks import Checks  # noqa: PLC0415 - as in portals

        return Checks(self)

    @cached_property
    def audit(self) -> AuditTrail:
        """Who did what with the vault, and when."""
        from store.services.audit import AuditTrail  # noqa: PLC0415 - as in portals

        return AuditTrail(self.vault, self.scope)

    @cached_property
    def overview(self) -> Overview:
        """The state of things at a glance."""
        from store.services.status import Overview  # noqa: PLC0415 - as in portals

        return Overview(
            self.vault, self.portals, self.records, self.labs, self.appointments, self.messages, self.refills
        )


def _strong(chosen: bytes) -> bytes:
    from store.vault import strength  # noqa: PLC0415 - only a new passphrase needs the estimate

    strength.check(chosen)
    return chosen


def check_new_passphrase(typed: str) -> None:
    """Make sure that a passphrase that somebody has just chosen cannot be guessed. Raises PassphraseWeak."""
    _strong(passphrase.from_text(typed))
