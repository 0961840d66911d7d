"""Whether the vault is whole, what can be mended of it, and what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from store.errors import VaultUnsound
from store.vault import checks, header, repair, statistics
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.config import Settings
    from store.vault.checks import Check
    from store.vault.repair import Repaired
    from store.vault.statistics import Statistics
    from store.vault.vault import Vault


class Door(Protocol):
    """What this needs of the client."""

    settings: Settings

    @property
    def vault(self) -> Vault:
        """The vault, opened."""

    def check_there(self) -> None:
        """Make sure that there is a vault."""

    def passphrase(self) -> bytes:
        """The passphrase."""

    def close(self) -> None:
        """Lock the vault."""


class Checks:
    """Checks and repairs of one vault."""

    def __init__(self, client: Door) -> None:
        self._client = client

    def run(self) -> tuple[Check, ...]:
        """Check every part of the vault; it may be in use meanwhile. Damage is a finding and raises nothing."""
        found = checks.check(self._client.settings, self._client.vault)
        if all(part.is_sound for part in found):
            self._client.vault.note(Entry("check", "sound"))
        return found

    def repair(self) -> Repaired:
        """Mend what can be mended; the passphrase is asked for, and nobody else may have the vault open.

        What lies on damaged pages is lost, and the damaged vault is kept beside. Raises VaultDamaged when only a
        backup helps, VaultBusy, WrongPassphrase, NoVault.
        """
        self._client.check_there()
        given = self._client.passphrase()
        self._client.close()
        return repair.repair(self._client.settings, lambda found: header.unseal(found, given))

    def statistics(self) -> Statistics:
        """What the vault holds, and how much room it takes."""
        return statistics.statistics(self._client.settings, self._client.vault)


def raise_unsound(found: tuple[Check, ...]) -> None:
    """Raise VaultUnsound when a check found damage, with a sentence for each finding."""
    findings = tuple(
        f"{part.name}: {finding}" for part in found if not part.is_sound for finding in (part.findings or ("damaged",))
    )
    if findings:
        raise VaultUnsound(findings)
