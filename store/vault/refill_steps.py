"""The steps that refill requests have taken, as a portal told of them: kept, since a record has only its last state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction


class Kept(NamedTuple):
    """One step: the status, the portal's words on it, and since when, a FHIR date or nothing."""

    status: str
    detail: str
    at: str


def read(connection: DbConnection, owner: int, task_id: str) -> tuple[Kept, ...]:
    """The steps of one request, oldest first."""
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (_name(owner, task_id),)).fetchone()
    return tuple(Kept(*step) for step in json.loads(row[0])) if row else ()


def keep(tx: Transaction, owner: int, task_id: str, steps: Sequence[Kept]) -> None:
    """Keep the steps of one request, in the place of those that were known."""
    tx.connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_name(owner, task_id), json.dumps(steps, ensure_ascii=False)),
    )


def forget_connection(tx: Transaction, owner: int) -> None:
    """Remove what is known of the requests of a connection."""
    tx.connection.execute("DELETE FROM setting WHERE name GLOB ?", (_name(owner, "*"),))


def _name(owner: int, task_id: str) -> str:
    return f"refill steps {owner} {task_id}"
