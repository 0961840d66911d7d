"""Words of what is attached to records, kept beside what they were read from, so that search knows them for good.

They are kept as an attachment is, at an address that no portal can give: a backup, a check and a repair take them so.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.vault import attachments
from store.vault.attachments import PART_BYTES, WORDS, Arrival

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

MAX_CHARACTERS = 200_000
_CHUNK = 200
_NEXT = f"{WORDS}:"  # after all digits


def keep(tx: Transaction, connection_id: int, pk: int, words: str) -> None:
    """Keep the words of what is attached to a record, in the place of those that were kept; an empty text has none."""
    address = _address(pk)
    content = words[:MAX_CHARACTERS].encode("utf-8", "replace")
    arrival = Arrival(connection_id, address)
    for start in range(0, len(content), PART_BYTES):
        arrival.add(tx, content[start : start + PART_BYTES])
    arrival.complete(tx, "text/plain", int(time.time()))


def words_of(connection: DbConnection, owners: Collection[int], places: Iterable[int]) -> dict[int, str]:
    """The words that are kept for some records of these connections, by the records' keys."""
    if not has_any(connection, owners):
        return {}
    found: dict[int, str] = {}
    wanted = list(places)
    for start in range(0, len(wanted), _CHUNK):
        addresses = {_address(pk): pk for pk in wanted[start : start + _CHUNK]}
        rows = connection.execute(
            f"SELECT id, address FROM attachment WHERE connection IN ({_marks(owners)}) "  # noqa: S608 - question marks
            f"AND fetched > 0 AND address IN ({_marks(addresses)})",
            (*owners, *addresses),
        ).fetchall()
        for own, address in rows:
            parts = attachments.parts(connection, own)
            found[addresses[address]] = b"".join(part or b"" for part in parts).decode("utf-8", "replace")
    return found


def known(connection: DbConnection, connection_id: int) -> frozenset[int]:
    """The keys of the records of a connection for which words are kept."""
    rows = connection.execute(
        "SELECT address FROM attachment WHERE connection = ? AND address >= ? AND address < ? AND fetched > 0",
        (connection_id, WORDS, _NEXT),
    )
    return frozenset(int(address.removeprefix(WORDS)) for (address,) in rows)


def has_any(connection: DbConnection, owners: Collection[int]) -> bool:
    """Whether any words are kept of these connections at all: a quick look."""
    among = f"connection IN ({_marks(owners)}) AND address >= ? AND address < ?"
    sql = f"SELECT EXISTS (SELECT 1 FROM attachment WHERE {among})"  # noqa: S608 - as above
    return bool(connection.execute(sql, (*owners, WORDS, _NEXT)).fetchone()[0])


def drop_orphans(connection: DbConnection) -> None:
    """Remove the words of records that are gone, before another record gets one of their keys."""
    chosen = f"FROM attachment WHERE address GLOB '{WORDS}*' AND substr(address, {len(WORDS) + 1}) NOT IN "
    chosen += "(SELECT CAST(pk AS TEXT) FROM resource)"
    connection.execute(f"DELETE FROM attachment_part WHERE attachment IN (SELECT id {chosen})")  # noqa: S608 - as above
    connection.execute(f"DELETE {chosen}")


def joined(words: str, attached: str | None) -> str:
    """What search takes of a record with the words of what is attached to it."""
    return f"{words}\n{attached}" if attached else words


def _address(pk: int) -> str:
    return f"{WORDS}{pk}"


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
