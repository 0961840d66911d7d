"""The audit trail for reading: who did what with whose records, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.errors import AuditBroken
from store.records.dates import FhirDate, from_epoch
from store.records.text import Safe, sanitize
from store.services.values import Listing
from store.vault import audit, reading

if TYPE_CHECKING:
    from store.services.scope import Scope
    from store.vault.vault import Vault


@dataclass(frozen=True)
class AuditRow:
    """One line of the trail. `mac` is in hexadecimal digits, and chains it to the line before."""

    number: int
    at: FhirDate
    actor: Safe
    subject: Safe
    action: Safe
    what: Safe
    mac: Safe


@dataclass(frozen=True)
class Verified:
    """A trail that is as it was written: how many lines, and its head, `NUMBER:HEX`, to keep elsewhere.

    `salvaged` is the number of the last line that was saved from a damaged vault and cannot be verified, or 0.
    """

    lines: int
    head: Safe
    salvaged: int


class AuditTrail:
    """The audit trail of one vault."""

    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self._scope = scope

    def meant(self) -> tuple[str, ...] | None:
        """The subjects whose lines are meant, as `list` takes them; None where nobody was chosen, for every line."""
        with self._vault.reading() as connection:
            every, found = reading.owners(connection), self._scope.owners(connection)
        return None if len(found) == len(every) else tuple(f"Patient/{owner.patient}" for owner in found)

    def list(
        self,
        action: str = "",
        since: int | None = None,
        limit: int | None = None,
        *,
        skip: int = 0,
        subjects: tuple[str, ...] | None = None,
    ) -> Listing[AuditRow]:
        """Lines newest first: of one action, since a time in seconds since 1970 UTC, about some subjects.

        The first `skip` of them are left out, for lists that are read a part at a time.
        """
        wanted = audit.Filter(action=action, since=since, limit=limit, skip=skip, subjects=subjects)
        with self._vault.reading() as connection:
            found = audit.lines(connection, wanted)
            total = audit.count(connection, wanted)
        return Listing(tuple(map(_row, found)), total)

    def actions(self) -> dict[str, int]:
        """The actions that the trail tells of, and how many lines there are of each."""
        with self._vault.reading() as connection:
            return {sanitize(action): number for action, number in audit.actions(connection)}

    def verify(self, head: str | None = None) -> Verified:
        """Make sure that no line was changed, moved, removed or cut off; also against a head that was kept.

        Raises AuditBroken, with a sentence for each finding, and InvalidInput for a head that is none.
        """
        kept = audit.parse_head(head) if head else None
        with self._vault.reading() as connection:
            findings = audit.verify(connection, kept)
            found = Verified(audit.count(connection), sanitize(str(audit.head(connection))), audit.salvaged(connection))
        if findings:
            raise AuditBroken(tuple(findings))
        return found

    def export(self) -> tuple[tuple[AuditRow, ...], str]:
        """Every line, oldest first, and the head; noted in the trail itself, after the lines that are exported."""
        with self._vault.reading() as connection:
            rows = tuple(map(_row, reversed(audit.lines(connection))))
            head = str(audit.head(connection))
        self._vault.note(audit.Entry("export", f"audit trail, {len(rows)} lines"))
        return rows, head


def _row(line: audit.Line) -> AuditRow:
    return AuditRow(
        number=line.number,
        at=from_epoch(line.at),
        actor=sanitize(line.actor),
        subject=sanitize(line.subject),
        action=sanitize(line.action),
        what=sanitize(line.what),
        mac=sanitize(line.mac.hex() if isinstance(line.mac, bytes) else ""),
    )
