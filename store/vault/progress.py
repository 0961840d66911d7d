"""How far each planned query of a sync has come, kept with the records it brought."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

COLUMNS = (
    "connection", "query", "type", "cursor", "since", "sweep_began", "complete_to", "full_sweep", "received", "error",
    "asked", "ended",
)  # fmt: skip
_SAVE = (
    f"INSERT INTO sync_state ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608 - our own names
    "ON CONFLICT (connection, query) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[2:])
)
_END = (
    f"INSERT INTO sync_state ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608 - our own names
    "ON CONFLICT (connection, query) DO UPDATE SET asked = excluded.asked, ended = excluded.ended, "
    "error = excluded.error"
)


EVERYTHING = "/$everything"  # how the key ends of the one query that stands for others, and not for a type of its own


class End(StrEnum):
    """How a query ended when it was last made: an empty string in a vault means that it is under way, or never was."""

    COMPLETE = "complete"
    FLAWED = "flawed"  # it was answered to its end, and something in it could not be used
    REFUSED = "refused"
    FAILED = "failed"
    REFINED = "refined"  # it was refused, and is made in another way since: the state is in `error`
    COMPARED = "compared"  # what it brings was compared with what searches bring: the types it covers are in `error`


@dataclass(frozen=True, slots=True)
class Progress:
    """One query's progress; see `tables.SyncState` for the meaning of each part."""

    connection: int
    query: str
    type: str
    cursor: str | None = None
    since: str | None = None
    sweep_began: str | None = None
    complete_to: str | None = None
    full_sweep: int | None = None
    received: int = 0
    error: str | None = None
    asked: int | None = None
    ended: str = ""


def load(connection: DbConnection, connection_id: int) -> dict[str, Progress]:
    """The progress of every query of a connection, by its key."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM sync_state WHERE connection = ?",  # noqa: S608 - our own names
        (connection_id,),
    )
    return {row[1]: Progress(*row) for row in found}


def save(tx: Transaction, progress: Progress) -> None:
    """Save the progress of one query, in the transaction of the page that made it."""
    tx.connection.execute(_SAVE, tuple(getattr(progress, column) for column in COLUMNS))


def end(tx: Transaction, ended: Progress) -> None:
    """Note when a query was made and how it ended; how far its pages have come stays as it is."""
    tx.connection.execute(_END, tuple(getattr(ended, column) for column in COLUMNS))


def forget_sweeps(tx: Transaction, connection_id: int, type_name: str) -> None:
    """Have the queries of a type ask for everything when they are made next."""
    tx.connection.execute(
        "UPDATE sync_state SET complete_to = NULL, full_sweep = NULL WHERE connection = ? AND type = ?",
        (connection_id, type_name),
    )


def add_missing(tx: Transaction, wanted: Sequence[Progress]) -> None:
    """Note queries that are to be made, where they are not noted yet."""
    names = ", ".join(COLUMNS)
    tx.connection.executemany(
        f"INSERT INTO sync_state ({names}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608 - our own names
        "ON CONFLICT (connection, query) DO NOTHING",
        [tuple(getattr(item, column) for column in COLUMNS) for item in wanted],
    )
