"""Conflicts: changes of the patient's that overlap with changes of the portal's, until somebody decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.vault.compression import unpack

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

COLUMNS = (
    "id", "connection", "item", "target", "base", "mine", "theirs", "version", "created", "resolution",
)  # fmt: skip
_PACKED = frozenset({"base", "mine", "theirs"})
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM change_conflict"  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Conflict:
    """One conflict; see `tables.Conflict`. `created` is in seconds since 1970 UTC."""

    id: str
    connection: int
    item: str
    target: str
    base: bytes
    mine: bytes
    theirs: bytes
    version: str
    created: int
    resolution: str = ""


def add(tx: Transaction, conflict: Conflict) -> None:
    """Note a conflict; one that the same item had before is past."""
    from store.vault.tables import Conflict as Row  # noqa: PLC0415 - listing conflicts must not load the ORM

    for other in of_item(tx.connection, conflict.item):
        close(tx, other.id, "past")
    tx.session.add(Row(**{column: getattr(conflict, column) for column in COLUMNS}))
    tx.flush()


def close(tx: Transaction, conflict_id: str, resolution: str) -> None:
    """Note how a conflict was decided."""
    from store.vault.tables import Conflict as Row  # noqa: PLC0415 - as in add

    found = tx.session.get_one(Row, conflict_id)
    found.resolution = resolution
    tx.session.add(found)
    tx.flush()


def waiting(connection: DbConnection, connections: tuple[int, ...] | None = None) -> list[Conflict]:
    """The conflicts that nobody has decided yet, of connections or of the whole vault, oldest first."""
    where = "resolution = ''"
    if connections is not None:
        where += f" AND connection IN ({','.join('?' * len(connections))})"
    found = connection.execute(f"{_SELECT} WHERE {where} ORDER BY created, id", connections or ()).fetchall()
    return list(map(_read, found))


def of_item(connection: DbConnection, item_id: str) -> list[Conflict]:
    """The open conflicts of one item of the outbox: one, or none."""
    found = connection.execute(f"{_SELECT} WHERE resolution = '' AND item = ? ORDER BY created, id", (item_id,))
    return list(map(_read, found))


def _read(row: tuple[object, ...]) -> Conflict:
    pairs = zip(COLUMNS, row, strict=True)
    return Conflict(**{name: unpack(value) if name in _PACKED else value for name, value in pairs})  # type: ignore[arg-type] # the columns are tied to the table by a test
