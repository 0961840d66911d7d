"""Up to where somebody has looked at the records of each kind, so that what came after is told to be new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store.vault.kinds import every_noun
from store.vault.reading import News

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction


def news(connection: DbConnection, connections: Iterable[int]) -> tuple[News, ...]:
    """What is new in each of some connections, by kind; of kinds that were never looked at, all."""
    nouns = every_noun(connection)
    found = []
    for owner in connections:
        seen = _seen(connection, owner)
        for key, version in set(seen.values()) | {(0, 0)}:
            kinds = tuple(sorted(noun for noun in nouns if seen.get(noun, (0, 0)) == (key, version)))
            if kinds:
                found.append(News(owner, kinds, key, version))
    return tuple(found)


def top(connection: DbConnection, owner: int) -> tuple[int, int]:
    """The highest keys of a connection's records and of their earlier versions: all there is to be seen now."""
    (key,) = connection.execute("SELECT max(pk) FROM resource WHERE connection = ?", (owner,)).fetchone()
    (version,) = connection.execute("SELECT max(pk) FROM earlier_version WHERE connection = ?", (owner,)).fetchone()
    return key or 0, version or 0


def remember(tx: Transaction, owner: int, kinds: tuple[str, ...], seen: tuple[int, int]) -> None:
    """Note that the records of some kinds (of all, where none is named) were looked at up to these keys."""
    nouns = kinds or tuple(every_noun(tx.connection))
    known = _seen(tx.connection, owner) | dict.fromkeys(nouns, seen)
    tx.connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_name(owner), msgspec.json.encode(known).decode()),
    )


def forget_connection(tx: Transaction, owner: int) -> None:
    """Forget what was looked at in a connection."""
    tx.connection.execute("DELETE FROM setting WHERE name = ?", (_name(owner),))


def _seen(connection: DbConnection, owner: int) -> dict[str, tuple[int, int]]:
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (_name(owner),)).fetchone()
    return msgspec.json.decode(row[0], type=dict[str, tuple[int, int]]) if row else {}


def _name(owner: int) -> str:
    return f"looked_at_{owner}"
