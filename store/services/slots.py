"""What opens the vault: its passphrase, a recovery code, the system's keychain, and sessions for a while."""

from __future__ import annotations

import contextlib
import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from store.errors import (
    InvalidInput,
    KeychainFailed,
    NoVault,
    VaultDamaged,
    VaultErased,
    VaultExists,
    VaultNewer,
    WrongRecoveryCode,
)
from store.records.dates import FhirDate, from_epoch
from store.records.text import Safe, sanitize
from store.vault import folders, header, keys, locks, passphrase, presence, recovery, sessions, slots, whereabouts
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.vault.header import Header
    from store.vault.keychain import Keychain
    from store.vault.keys import KdfCost
    from store.vault.slots import Slot
    from store.vault.vault import Vault

MAX_SESSION_SECONDS = sessions.MAX_SECONDS


class Door(Protocol):
    """What this needs of the client."""

    settings: Settings
    cost: KdfCost | None
    find_keychain: Callable[[str | None], Keychain]

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault."""

    @property
    def vault(self) -> Vault:
        """The vault, opened."""

    def open_or_create(self) -> Vault:
        """The vault, created when there is none."""

    def unlock_anew(self) -> bytes:
        """Open the vault with its passphrase and return that."""

    def unlock_with_code(self, code: bytes) -> None:
        """Open the vault with its recovery code."""

    def passphrase(self) -> bytes:
        """The passphrase."""

    def new_passphrase(self) -> bytes:
        """A new one."""

    def close(self) -> None:
        """Lock the vault."""


@dataclass(frozen=True)
class SlotRow:
    """One thing that opens the vault: its type, when it was made, when it ends, and what else is to be said of it."""

    type: Safe
    id: Safe
    created: FhirDate | None
    expires: FhirDate | None
    detail: Safe


@dataclass(frozen=True)
class Rotated:
    """What a new vault key left as it was: whether the recovery code and the keychain still open the vault."""

    recovery: bool | None
    keychain: bool | None


class Slots:
    """The slots of the vault."""

    def __init__(self, client: Door) -> None:
        self._client = client
        self._settings = client.settings

    def list(self) -> tuple[SlotRow, ...]:
        """Every slot, then the sessions under way; the vault need not be open. Raises NoVault, VaultDamaged."""
        found = presence.look(self._settings)
        lasting = [_row(slot) for slot in found.slots]
        passing = [
            SlotRow(
                sanitize(slots.SESSION),
                sanitize(session.id),
                from_epoch(session.created),
                from_epoch(session.expires),
                sanitize(""),
            )
            for session in sessions.under_way(self._settings, sessions.moment())
        ]
        return (*lasting, *passing)

    def create(self) -> None:
        """Create the vault. Raises VaultExists, PassphraseWeak, VaultLocked when there is no passphrase for it."""
        if self._client.has_vault:
            raise VaultExists(self._settings.vault_dir)
        self._client.open_or_create()

    def begin_session(self, seconds: int) -> FhirDate:
        """Keep the vault open for a while, for every command of this user; returns when that ends.

        Asks for the passphrase, also while another session is under way, which goes on. Raises InvalidInput.
        """
        if not 1 <= seconds <= MAX_SESSION_SECONDS:
            raise InvalidInput(f"a session lasts from 1 second to {MAX_SESSION_SECONDS // 3600} hours")
        sessions.session_file(self._settings)  # first: without a place for its key nobody need be asked
        self._client.unlock_anew()
        vault = self._client.vault
        session = sessions.begin(self._settings, vault.key, vault.id, seconds, sessions.moment())
        vault.note(Entry("session", f"{seconds} seconds"))
        return from_epoch(session.expires)

    def end_sessions(self) -> int:
        """End every session, wherever it was begun, and have open dashboards lock; returns how many there were."""
        vault_id = None
        with contextlib.suppress(VaultDamaged, VaultNewer):  # a session ends all the same
            vault_id = presence.look(self._settings).vault_id
        self._client.close()
        return sessions.end_all(self._settings, vault_id)

    def change_passphrase(self) -> None:
        """Let a new passphrase open the vault in place of the old one, which is asked for first."""
        self._client.unlock_anew()
        self._seal_with(self._client.new_passphrase(), "by the old one")

    def draw_code(self, typed: str | None = None) -> str:
        """A recovery code that opens nothing yet; the passphrase is asked for, unless it was `typed` already.

        See `keep_code`. Raises WrongPassphrase.
        """
        if typed is None:
            self._client.unlock_anew()
        else:  # the vault stays open meanwhile, for whoever is reading it
            header.unseal(presence.look(self._settings), passphrase.from_text(typed))
        return recovery.to_text(recovery.new())

    def keep_code(self, drawn: str, typed: str) -> None:
        """Let a drawn code open the vault, in place of any earlier one, now that it was typed back from paper.

        Raises WrongRecoveryCode when it was typed with a slip, or is another one.
        """
        code = recovery.from_text(typed)
        if not hmac.compare_digest(code, recovery.from_text(drawn)):
            raise WrongRecoveryCode
        vault = self._client.vault
        self._edit(lambda found: found.having(slots.for_recovery(vault.key, vault.id, code, _now())))
        vault.note(Entry("recovery code", "new"))

    def use_code(self, typed: str) -> None:
        """Open the vault with the recovery code and give it a new passphrase; the code goes on being good.

        Raises WrongRecoveryCode, PassphraseWeak.
        """
        self._client.unlock_with_code(recovery.from_text(typed))
        self._seal_with(self._client.new_passphrase(), "by the recovery code")

    def remember_in_keychain(self) -> str:
        """Let the system's keychain open the vault; returns which one. The passphrase is asked for.

        Raises KeychainFailed.
        """
        keychain = self._client.find_keychain(None)
        self._client.unlock_anew()
        vault = self._client.vault
        wrapping_key = keys.new_key()
        slot = slots.for_keychain(vault.key, vault.id, keychain.name, wrapping_key, _now())
        keychain.set(slots.account(vault.id, slot), wrapping_key)
        before = presence.look(self._settings)
        self._edit(lambda found: found.having(slot))
        self._forget_in_keychain(before)
        vault.note(Entry("keychain", f"on, {keychain.name}"))
        return keychain.name

    def forget_in_keychain(self) -> bool:
        """Let the keychain open the vault no more; returns False when it did not before.

        The slot goes first, so that the vault is safe from a keychain that refuses. Raises KeychainFailed then.
        """
        before = presence.look(self._settings)
        if not before.of_type(slots.KEYCHAIN):
            return False
        vault = self._client.vault
        self._edit(lambda found: found.without(slots.KEYCHAIN))
        vault.note(Entry("keychain", "off"))
        trouble = self._forget_in_keychain(before)
        if trouble is not None:
            raise trouble
        return True

    def rotate(self, ask_code: Callable[[], str] | None = None) -> Rotated:
        """Give the vault a new key, under the same passphrase, which is asked for; every session ends.

        The recovery code opens the new key only if `ask_code`, which is called when there is one, returns it. Raises
        VaultBusy while the vault is open elsewhere, StorageFailed, WrongPassphrase, WrongRecoveryCode.
        """
        from store.vault import rotation  # noqa: PLC0415 - rarely needed

        before = presence.look(self._settings)
        given = self._client.passphrase()
        header.unseal(before, given)  # first: whoever does not know the passphrase is asked for nothing else
        typed = ask_code() if ask_code is not None and before.of_type(slots.RECOVERY) else ""
        code = recovery.from_text(typed) if typed else None
        if code is not None:
            header.unseal_with_code(before, code)
        self._client.close()
        kept: list[Slot] = []

        def reseal(key: bytes, found: Header) -> Header:
            kept.append(slots.for_passphrase(key, found.vault_id, given, self._client.cost, _now()))
            if code is not None:
                kept.append(slots.for_recovery(key, found.vault_id, code, _now()))
            kept.extend(self._keychain_slot(key, found))
            return header.Header(found.vault_id, tuple(kept))

        rotation.rotate(self._settings, lambda found: header.unseal(found, given), reseal)
        sessions.end_all(self._settings, before.vault_id)
        self._forget_in_keychain(before)
        types = {slot.type for slot in kept}
        had = {slot.type for slot in before.slots}
        return Rotated(*((name in types) if name in had else None for name in (slots.RECOVERY, slots.KEYCHAIN)))

    def erase(self) -> None:
        """Destroy the keys of the vault, then remove it and everything that restores put aside beside it.

        Needs no passphrase. An interruption leaves a vault that nobody can open, and that the next call removes.
        Raises NoVault, VaultBusy while the vault is open elsewhere, StorageFailed.
        """
        if not (self._client.has_vault or folders.kept(self._settings)):
            raise NoVault(self._settings.vault_dir)
        self._client.close()
        presence.alone(self._settings, self._erase)

    def _erase(self, settings: Settings) -> None:
        folders.tidy(settings)
        before = None
        with contextlib.suppress(VaultDamaged, VaultNewer, VaultErased):
            before = header.read(settings.header_path) if settings.header_path.exists() else None
        if settings.header_path.exists():
            header.destroy(settings.header_path)
        sessions.end_all(settings, before.vault_id if before else None)
        if before is not None:
            self._forget_in_keychain(before)
        for folder in folders.kept(settings):
            folders.remove(settings, folder)
        if whereabouts.exists(settings):  # a folder that holds no vault is somebody else's
            folders.remove(settings, settings.vault_dir)

    def _seal_with(self, chosen: bytes, how: str) -> None:
        vault = self._client.vault
        self._edit(
            lambda found: found.having(slots.for_passphrase(vault.key, vault.id, chosen, self._client.cost, _now()))
        )
        vault.note(Entry("passphrase", f"changed {how}"))

    def _edit(self, change: Callable[[Header], Header]) -> None:
        """Change the header, with nobody else changing it meanwhile."""
        with locks.turn(self._settings.vault_dir):
            header.write(self._settings.header_path, change(header.read(self._settings.header_path)))

    def _keychain_slot(self, key: bytes, found: Header) -> tuple[Slot, ...]:
        """A slot for the keychain, where there was one and the keychain still answers."""
        for old in found.of_type(slots.KEYCHAIN):
            with contextlib.suppress(KeychainFailed):
                keychain = self._client.find_keychain(str(old.fields.get("backend")))
                wrapping_key = keys.new_key()
                slot = slots.for_keychain(key, found.vault_id, keychain.name, wrapping_key, _now())
                keychain.set(slots.account(found.vault_id, slot), wrapping_key)
                return (slot,)
        return ()

    def _forget_in_keychain(self, before: Header) -> KeychainFailed | None:
        """Have the keychain forget the keys of slots that are gone; returns what kept it from doing so."""
        for old in before.of_type(slots.KEYCHAIN):
            try:
                keychain = self._client.find_keychain(str(old.fields.get("backend")))
                keychain.delete(slots.account(before.vault_id, old))
            except KeychainFailed as error:
                return error
        return None


def _row(slot: Slot) -> SlotRow:
    detail = ""
    if slot.type == slots.PASSPHRASE:
        cost = slot.cost()
        detail = f"Argon2id, {cost.memory_kib // 1024} MiB, {cost.iterations} passes, {cost.lanes} lanes"
    elif slot.type == slots.KEYCHAIN:
        detail = str(slot.fields.get("backend"))
    created = from_epoch(slot.created) if slot.created is not None else None
    return SlotRow(sanitize(slot.type), sanitize(slot.id), created, None, sanitize(detail))


def _now() -> int:
    return int(time.time())
