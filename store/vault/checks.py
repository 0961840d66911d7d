"""Checks of a vault: every page, table, reference and record of it, its search index and its audit trail."""

from __future__ import annotations

import hashlib
import re
import struct
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import zstandard
from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import AuditBroken, StorageFailed, VaultDamaged, VaultErased, VaultNewer
from store.records import incoming
from store.records.searchable import words_typed
from store.vault import attachments, audit, engine, header, ordering
from store.vault.compression import NO_DICTIONARY, Compressor, unpack
from store.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from store.config import Settings
    from store.vault.engine import DbConnection

HEADER, PAGES, DATABASE, REFERENCES = "header", "pages", "database", "references"
SEARCH, RECORDS, ATTACHMENTS, AUDIT = "search", "records", "attachments", "audit"
_NAMED = 5  # findings of a part that are told one by one
_LOG_SECONDS = 2  # how long readers may keep the log from being folded in before the check goes on without
_SEARCH_TABLE = "resource_fts"
_OF_AN_INDEX = "the index "
_PAGE_BYTES = 4096
_LOG_HEAD = struct.Struct(">4I4s4s8x")  # magic, version, page size, number; two salts
_LOG_FRAME = struct.Struct(">2I4s4s8x")  # page, pages after a commit or 0; two salts


@dataclass(frozen=True)
class Check:
    """What became of the check of one part.

    `findings` are one sentence each, and say what is wrong; those of a sound part say what could not be looked at.
    """

    name: str
    is_sound: bool
    findings: tuple[str, ...]


def check(settings: Settings, vault: Vault) -> tuple[Check, ...]:
    """Check an open vault, part by part, while others may go on using it.

    Damage is a finding and raises nothing. Raises VaultLocked, VaultBusy.
    """
    return tuple(_checked(settings, vault, name, find) for name, find in _PARTS)


def concerns_indexes_only(found: Check) -> bool:
    """Whether what was found wrong with the database is gone once its indexes are made anew."""
    return all(finding.startswith(_OF_AN_INDEX) for finding in found.findings)


def unsound_records(connection: DbConnection) -> Iterator[tuple[int, str]]:
    """Each record whose body does not restore, or is not what was stored: its place, and a sentence about it."""
    known = usable_dictionaries(connection)
    compressor = Compressor()  # of its own: the vault's may remember what is no longer there
    for pk, record_id, size, digest, dictionary, frame in connection.execute(
        "SELECT pk, id, size, hash, dictionary, body FROM resource ORDER BY pk"
    ):
        if dictionary not in known:
            yield pk, f"the dictionary that record {record_id} was compressed with is gone"
            continue
        try:
            body = compressor.restore(connection, dictionary, frame)
        except (zstandard.ZstdError, TypeError, ValueError):  # the latter: a body that is no bytes
            yield pk, f"record {record_id} cannot be restored"
            continue
        if hashlib.blake2b(body, digest_size=16).digest() != digest or len(body) != size:
            yield pk, f"record {record_id} is not what was stored"


def usable_dictionaries(connection: DbConnection, table: str = "dictionary") -> set[int]:
    """The ids of the dictionaries in a table that can be used; of none, `NO_DICTIONARY`."""
    found = {NO_DICTIONARY}
    for number, content in connection.execute(f"SELECT id, content FROM {table}"):  # noqa: S608 - our own names
        try:
            unpack(content)
        except (zstandard.ZstdError, TypeError, ValueError):
            continue
        found.add(number)
    return found


def _checked(settings: Settings, vault: Vault, name: str, find: _Find) -> Check:
    with Vault(settings, vault.key, vault.id) as own:  # damage leaves a connection in no state to go on
        return _found(settings, own, name, find)


def _found(settings: Settings, vault: Vault, name: str, find: _Find) -> Check:
    try:
        findings = _shown(find(settings, vault), "more pages" if name == PAGES else "more")
    except AuditBroken as error:
        findings = error.findings
    except (VaultErased, VaultNewer) as error:
        findings = (str(error),)
    except VaultDamaged as error:
        findings = (f"it cannot be read: {error.what}",)
    except (StorageFailed, sqlcipher.Error, ValueError) as error:  # a disk that fails, or content of another shape
        findings = (f"it cannot be read: {type(error).__name__}",)
    if not findings and name == PAGES and vault.is_read_only:
        return Check(name, is_sound=True, findings=("the log was not folded in, since the vault can only be read",))
    return Check(name, not findings, findings)


def _shown(findings: Iterable[str], others: str) -> tuple[str, ...]:
    found = list(findings)
    more = len(found) - _NAMED
    return (*found[:_NAMED], f"and {more} {others}") if more > 0 else tuple(found)


@contextmanager
def _reading(settings: Settings, vault: Vault) -> Iterator[DbConnection]:
    with vault.reading() as connection:
        yield connection
        if not engine.has_read_well(connection):
            raise VaultDamaged(settings.database_path, "a page of it is not what was written")


def _header(settings: Settings, vault: Vault) -> Iterator[str]:
    found = header.read(settings.header_path)
    if found.vault_id != vault.id:
        yield "it belongs to another vault"


def _pages(settings: Settings, vault: Vault) -> list[str]:
    path = settings.database_path
    with vault.quiet() as connection:
        if not vault.is_read_only:
            _fold_log(connection)
        failed, others = _failing(connection, path)
        if failed or others:  # once more: what somebody was just writing reads well the second time
            failed_again, others = _failing(connection, path)
            failed = (failed & failed_again) - _pages_in_log(path)
    return [*others, *(f"page {number} is not what was written" for number in sorted(failed))]


def _fold_log(connection: DbConnection) -> None:
    """Fold the log into the file, as far as readers allow: the pages are checked where they lie in the file."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {_LOG_SECONDS * 1000}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlcipher.OperationalError:
        return  # readers, or a full disk, keep it as it is; what lies in the log is left out below
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(patience)}")


def _failing(connection: DbConnection, path: Path) -> tuple[set[int], list[str]]:
    """Pages whose authentication fails or that the file has no more, and sentences about anything else."""
    count = int(connection.execute("PRAGMA page_count").fetchone()[0])
    failed = set(range(path.stat().st_size // _PAGE_BYTES + 1, count + 1)) - _pages_in_log(path)
    others = [] if count else ["the file is empty"]
    for (sentence,) in connection.execute("PRAGMA cipher_integrity_check").fetchall():
        found = re.search(r"page (\d+)", sentence)
        if found:
            failed.add(int(found[1]))
        else:
            others.append("its pages could not be checked")
    return failed, others


def _pages_in_log(path: Path) -> set[int]:
    """The pages that are read from the log, and not from the file."""
    found: set[int] = set()
    waiting: set[int] = set()
    try:
        with path.with_name(f"{path.name}-wal").open("rb") as log:
            head = log.read(_LOG_HEAD.size)
            salts = _LOG_HEAD.unpack(head)[4:] if len(head) == _LOG_HEAD.size else ()
            while len(frame := log.read(_LOG_FRAME.size)) == _LOG_FRAME.size:
                number, committed, *frame_salts = _LOG_FRAME.unpack(frame)
                if tuple(frame_salts) != salts or len(log.read(_PAGE_BYTES)) != _PAGE_BYTES:
                    break
                waiting.add(number)
                if committed:
                    found |= waiting
                    waiting.clear()
    except FileNotFoundError:
        return set()
    return found


def _database(settings: Settings, vault: Vault) -> list[str]:
    with _reading(settings, vault) as connection:
        said = _integrity(connection, "")
    return list(dict.fromkeys(_sentence(row) for row in said if _SEARCH_TABLE not in row))


def _sentence(said: str) -> str:
    """What the engine says of a table, as a sentence of ours: it names places, and nothing of what is there."""
    index = re.search(r"index (\w+)", said) if "non-unique" not in said else None
    return f"{_OF_AN_INDEX}{index[1]} does not fit its table" if index else f"its structure is damaged: {said}"


def _integrity(connection: DbConnection, table: str) -> list[str]:
    """What the engine finds wrong with one table, or with all of them."""
    about = f"({table})" if table else ""
    return [row for (row,) in connection.execute(f"PRAGMA integrity_check{about}") if row != "ok"]


def _references(settings: Settings, vault: Vault) -> list[str]:
    with _reading(settings, vault) as connection:
        found = Counter((row[0], row[2]) for row in connection.execute("PRAGMA foreign_key_check"))
    return [f"{number} rows of {name} belong to a {parent} that is gone" for (name, parent), number in found.items()]


def _search(settings: Settings, vault: Vault) -> Iterator[str]:
    with _reading(settings, vault) as connection:
        if _integrity(connection, _SEARCH_TABLE):
            yield "the search index is damaged"
        records = f"{ordering.PLACE} FROM resource"
        for one, other, sentence in (
            (records, "id FROM resource_fts_docsize", "{} records are missing from the search index"),
            ("id FROM resource_fts_docsize", records, "the search index has {} records that are gone"),
        ):
            sql = f"SELECT count(*) FROM (SELECT {one} EXCEPT SELECT {other})"  # noqa: S608 - our own names
            if number := connection.execute(sql).fetchone()[0]:
                yield sentence.format(number)
        if number := sum(1 for title, text in _without_words(connection) if words_typed(title + text)):
            yield f"{number} records cannot be found by their words"


def _without_words(connection: DbConnection) -> Iterator[tuple[str, str]]:
    """Title and words of each record for which the search index has none; there may be none to have."""
    compressor = Compressor()
    connection.execute(f"CREATE VIRTUAL TABLE temp.word USING fts5vocab('main', '{_SEARCH_TABLE}', 'instance')")
    for title, dictionary, frame in connection.execute(
        f"SELECT title, dictionary, body FROM resource WHERE {ordering.PLACE} "  # noqa: S608 - our own names
        "NOT IN (SELECT doc FROM temp.word WHERE col <> 'marks')"
    ):
        try:
            found = incoming.decode(compressor.restore(connection, dictionary, frame))
        except (zstandard.ZstdError, TypeError, ValueError):  # told where the records are checked
            found = None
        yield title, found.words if found else ""


def _records(settings: Settings, vault: Vault) -> list[str]:
    with _reading(settings, vault) as connection:
        return [sentence for _, sentence in unsound_records(connection)]


def _attachments(settings: Settings, vault: Vault) -> Iterator[str]:
    with _reading(settings, vault) as connection:
        for number in attachments.unsound(connection):
            yield f"attachment {number} is not what was fetched"
        if number := attachments.orphans(connection):
            yield f"{number} parts belong to no attachment"


def _audit(settings: Settings, vault: Vault) -> list[str]:
    with _reading(settings, vault) as connection:
        return audit.verify(connection)


_Find: TypeAlias = "Callable[[Settings, Vault], Iterable[str]]"
_PARTS: tuple[tuple[str, _Find], ...] = (
    (HEADER, _header),
    (PAGES, _pages),
    (DATABASE, _database),
    (REFERENCES, _references),
    (SEARCH, _search),
    (RECORDS, _records),
    (ATTACHMENTS, _attachments),
    (AUDIT, _audit),
)
