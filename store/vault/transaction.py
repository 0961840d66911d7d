"""A write transaction of the vault: plain SQL, SQLModel and the audit trail on one connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.vault import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection as SqlConnection
    from sqlmodel import Session

    from store.vault.compression import Compressor
    from store.vault.engine import DbConnection


class Transaction:
    """One write transaction: all of it lasts, or none of it."""

    def __init__(
        self,
        connection: DbConnection,
        compressor: Compressor,
        actor: str,
        check: Callable[[DbConnection, int], None] | None = None,
    ) -> None:
        self.connection = connection
        self.compressor = compressor
        self._actor = actor
        self._check = check
        self._session: Session | None = None
        self._bound: SqlConnection | None = None

    @property
    def session(self) -> Session:
        """An SQLModel session inside this transaction, for the small tables."""
        if self._session is None:
            # Deferred: importing the ORM takes longer than most commands do, and most never write.
            from store.vault.orm import session_on  # noqa: PLC0415

            self._session = session_on(self.connection)
            self._bound = self._session.connection()
        return self._session

    def check_write(self, connection_id: int) -> None:
        """Make sure that something may be written for a patient. Raises what whoever has the vault open decides."""
        if self._check is not None:
            self._check(self.connection, connection_id)

    def audit(self, entry: audit.Entry, at: int | None = None) -> None:
        """Append a line to the audit trail, to last or vanish with this transaction.

        Beside who has the vault open, it says as whom they act at the portal, where that is not the patient.
        """
        actor = entry.actor or self._actor
        acts_as = entry.acts_as or audit.acts_as(self.connection, entry.subject)
        if acts_as and acts_as != entry.subject:
            actor = f"{actor} as {acts_as}"
        audit.append(self.connection, replace(entry, actor=actor), at)

    def flush(self) -> None:
        """Send what the session holds to the database."""
        if self._session is not None:
            self._session.flush()

    def end(self) -> None:
        """Let go of the session."""
        if self._session is not None and self._bound is not None:
            self._session.close()
            self._bound.close()
