"""The directory of portals to search in: a plain SQLite file beside the vault, of what vendors publish.

It is public, has to work before there is a vault, and says nothing of its reader: what is searched for is not kept.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import DirectoryDamaged, VaultDamaged
from store.records.states import STATES
from store.records.text import Safe
from store.vault import engine, files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from store.records.brands import Found
    from store.vault.engine import DbConnection

_FORMAT = 1
_TABLES = (
    (
        "CREATE TABLE directory (id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, etag TEXT NOT NULL, "
        "fetched INTEGER NOT NULL, portals INTEGER NOT NULL)"
    ),
    (
        "CREATE TABLE portal (id INTEGER PRIMARY KEY AUTOINCREMENT, directory INTEGER NOT NULL, name TEXT NOT NULL, "
        "aliases TEXT NOT NULL, brand TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL, "
        "postal_code TEXT NOT NULL, url TEXT NOT NULL, page TEXT NOT NULL)"
    ),
    (
        "CREATE VIRTUAL TABLE portal_words USING fts5(name, aliases, place, content='', contentless_delete=1, "
        'detail=column, tokenize="unicode61 remove_diacritics 2")'
    ),
    "CREATE VIRTUAL TABLE portal_terms USING fts5vocab(portal_words, 'row')",
    "CREATE TABLE word (word TEXT PRIMARY KEY, backwards TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX word_backwards ON word (backwards)",
)
_COLUMNS = "portal.id, name, aliases, brand, city, state, postal_code, url, page, source"
_JOINT = "\n"  # between aliases: no text on one line has it
_MOST_RANKED = 200
_SHORTEST_WITH_SLIP = 4
_MOST_ALTERNATIVES = 12


@dataclass(frozen=True, slots=True)
class Listed:
    """One portal of the directory. `source` is where its directory came from."""

    number: int
    name: Safe
    aliases: tuple[Safe, ...]
    brand: Safe
    city: Safe
    state: Safe
    postal_code: Safe
    url: Safe
    page: Safe
    source: Safe


def words_of(typed: str) -> tuple[str, ...]:
    """The words of what was typed, in small letters and without accents, as the index has them."""
    plain = unicodedata.normalize("NFKD", typed.lower())
    return tuple(re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign))))


def etag(path: Path, source: str) -> str:
    """The ETag under which a directory was fetched last; empty when it was not, had none, or is damaged."""
    if not _is_usable(path):
        return ""
    with _reading(path) as connection:
        rows = connection.execute("SELECT etag FROM directory WHERE source = ?", (source,)) if connection else ()
        return next((row[0] for row in rows), "")


def sources(path: Path) -> list[tuple[str, int, int]]:
    """Every directory that was imported: its source, when, and how many portals it has."""
    with _reading(path) as connection:
        if connection is None:
            return []
        return list(connection.execute("SELECT source, fetched, portals FROM directory ORDER BY source"))


def replace(path: Path, source: str, etag_: str, fetched: int, found: Sequence[Found]) -> None:
    """Put a directory in, in the place of what came from the same source, all or nothing. Raises StorageFailed."""
    with _writing(path) as connection:
        _drop(connection, source)
        owner = connection.execute(
            "INSERT INTO directory (source, etag, fetched, portals) VALUES (?, ?, ?, ?)",
            (source, etag_, fetched, len(found)),
        ).lastrowid
        top = connection.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'portal'").fetchone()
        numbered = list(enumerate(found, start=int(top[0]) + 1))
        connection.executemany(
            "INSERT INTO portal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_row(number, owner, item) for number, item in numbered),
        )
        connection.executemany(
            "INSERT INTO portal_words (rowid, name, aliases, place) VALUES (?, ?, ?, ?)",
            (_words(number, item) for number, item in numbered),
        )
        _spell(connection)


def forget(path: Path, source: str) -> bool:
    """Take a directory out; False when there is none of that source. Raises StorageFailed."""
    if not path.exists():
        return False
    with _writing(path) as connection:
        was_there = _drop(connection, source)
        _spell(connection)
    return was_there


def find(path: Path, number: int) -> Listed | None:
    """The portal of a number."""
    with _reading(path) as connection:
        if connection is None:
            return None
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM portal JOIN directory ON directory.id = portal.directory WHERE portal.id = ?",  # noqa: S608 - our own names
            (number,),
        )
        return next(map(_listed, rows), None)


def search(path: Path, typed: str, limit: int) -> list[Listed]:
    """Portals that have every word, or words that begin so; where there are none, with one slip in each word.

    The best first: those whose name is or begins with what was typed, then by how rare the words are.
    """
    words = words_of(typed)
    if not words:
        return []
    with _reading(path) as connection:
        if connection is None:
            return []
        found = _matching(connection, [[word] for word in words])
        if not found:
            found = _matching(connection, [[word, *_close(connection, word)] for word in words])
    typed_name = " ".join(words)
    found.sort(key=lambda pair: (*_weight(pair[1], typed_name, words), pair[0]))
    return [item for _, item in found[:limit]]


def _matching(connection: DbConnection, options: list[list[str]]) -> list[tuple[float, Listed]]:
    match = " AND ".join("(" + " OR ".join(map(_term, group)) + ")" for group in options)
    ranked = (
        "SELECT rowid AS number, rank AS weight FROM portal_words WHERE portal_words MATCH ? "
        "AND rank MATCH 'bm25(10.0, 6.0, 3.0)' ORDER BY rank LIMIT ?"
    )
    sql = (
        f"SELECT weight, {_COLUMNS} FROM ({ranked}) AS hit JOIN portal ON portal.id = hit.number "  # noqa: S608 - our own names
        "JOIN directory ON directory.id = portal.directory"
    )
    return [(row[0], _listed(row[1:])) for row in connection.execute(sql, (match, _MOST_RANKED))]


def _term(word: str) -> str:
    return f'"{word}"*' if len(word) > 1 else f'"{word}"'  # half of all portals have a word with any one letter


def _weight(item: Listed, typed: str, words: tuple[str, ...]) -> tuple[int, int]:
    """How far a name is from what was typed, and by how many words it is longer."""
    name = words_of(item.name)
    others = [" ".join(words_of(alias)) for alias in (*item.aliases, item.brand)]
    whole = " ".join(name)
    steps = (
        whole == typed,
        typed in others,
        whole.startswith(typed),
        set(words) <= set(name),
        all(any(part.startswith(word) for part in name) for word in words),
    )
    return steps.index(True) if True in steps else len(steps), len(name)


def _close(connection: DbConnection, word: str) -> list[str]:
    """Words of the index that are one slip away: a letter more, less, another one, or two changed about."""
    if len(word) < _SHORTEST_WITH_SLIP:
        return []
    half = (len(word) - 1) // 2  # one slip leaves the beginning or the end of this length as it is
    found: dict[str, None] = {}
    for column, part in (("word", word[:half]), ("backwards", word[::-1][:half])):
        rows = connection.execute(
            f"SELECT word FROM word WHERE {column} >= ? AND {column} < ? AND length(word) BETWEEN ? AND ?",  # noqa: S608 - our own names
            (part, f"{part}\U0010ffff", len(word) - 1, len(word) + 1),
        )
        found.update((other, None) for (other,) in rows if is_one_slip(word, other))
    return list(found)[:_MOST_ALTERNATIVES]


def is_one_slip(one: str, other: str) -> bool:
    """Whether two words differ in one letter, one letter too many, or two neighbours that changed places."""
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    same = min(len(one), len(other)) if same is None else same
    rest, others = one[same:], other[same:]
    if rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]:
        return one != other
    return rest[:2] == others[1::-1] and rest[2:] == others[2:]


def _row(number: int, owner: int, item: Found) -> tuple[object, ...]:
    return (
        number, owner, item.name, _JOINT.join(item.aliases), item.brand, item.city, item.state, item.postal_code,
        item.url, item.page,
    )  # fmt: skip


def _words(number: int, item: Found) -> tuple[object, ...]:
    state = STATES.get(item.state.upper(), "")
    return (
        number,
        item.name,
        f"{' '.join(item.aliases)} {item.brand}",
        f"{item.city} {item.state} {state} {item.postal_code}",
    )


def _drop(connection: DbConnection, source: str) -> bool:
    row = connection.execute("SELECT id FROM directory WHERE source = ?", (source,)).fetchone()
    if row is None:
        return False
    connection.execute("DELETE FROM portal_words WHERE rowid IN (SELECT id FROM portal WHERE directory = ?)", row)
    connection.execute("DELETE FROM portal WHERE directory = ?", row)
    connection.execute("DELETE FROM directory WHERE id = ?", row)
    return True


def _spell(connection: DbConnection) -> None:
    """Note every word of the index, forwards and backwards."""
    terms: Iterable[tuple[str]] = connection.execute("SELECT term FROM portal_terms").fetchall()
    connection.execute("DELETE FROM word")
    connection.executemany("INSERT INTO word VALUES (?, ?)", ((term, term[::-1]) for (term,) in terms))


def _listed(row: Sequence[object]) -> Listed:
    number, name, aliases, *others = row
    split = tuple(Safe(alias) for alias in str(aliases).split(_JOINT) if alias)
    return Listed(int(str(number)), Safe(name), split, *(Safe(text) for text in others))


@contextmanager
def _reading(path: Path) -> Iterator[DbConnection | None]:
    """The file for reading; None where there is none of this format. Raises DirectoryDamaged."""
    if not path.exists():
        yield None
        return
    with _translated(path), closing(_opened(path, "mode=ro")) as connection:
        yield connection if _format(connection) == _FORMAT else None


@contextmanager
def _writing(path: Path) -> Iterator[DbConnection]:
    """The file within one transaction; a damaged one, or one of another format, is made anew, and imported again."""
    files.make_private_folder(path.parent, exist_ok=True)
    if not _is_usable(path):
        with files.refusals(path):
            path.unlink(missing_ok=True)
        files.create_empty(path)
    with _translated(path), closing(_opened(path, "mode=rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _format(connection) != _FORMAT:
                for statement in _TABLES:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_FORMAT}")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _is_usable(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with _translated(path), closing(_opened(path, "mode=ro")) as connection:
            return _format(connection) == _FORMAT
    except DirectoryDamaged:
        return False


def _format(connection: DbConnection) -> int:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        with engine.translated(path):
            yield
    except VaultDamaged as error:
        raise DirectoryDamaged(path) from error


def _opened(path: Path, how: str) -> DbConnection:
    engine.check_version()
    connection = sqlcipher.connect(engine.address(path, how), uri=True, timeout=10, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection
