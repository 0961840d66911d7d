"""Repair of a damaged vault: what can be derived is made anew in place, or what can be read is saved into a new one."""

from __future__ import annotations

import itertools
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2 as sqlcipher

from store import failpoints
from store.errors import VaultDamaged
from store.vault import (
    attached,
    attachments,
    audit,
    checks,
    compression,
    copying,
    engine,
    files,
    folders,
    header,
    locks,
    migrations,
    ordering,
    stand_ins,
    work_copy,
)
from store.vault.presence import ALONE_SECONDS
from store.vault.resources import reread
from store.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from store.config import Settings
    from store.vault.checks import Check
    from store.vault.engine import DbConnection
    from store.vault.header import Header

_ORDER = (
    "outbox_item", "change_conflict", "reminder_rule", "reminder_delivery", "setting", "audit_entry", "connection",
    "kind", "dictionary", "dictionary_copy", "resource",
)  # fmt: skip
_INDEXES = {"outbox_item": 2, "connection": 1, "resource": 1}  # the number of one that holds the keys of the rows, too
_ANY_REQUEST = "????????-????-????-????-????????????"  # an entry of the outbox's index, which is shaped like a setting
_BATCH = 1000  # rows
_SHAPES: dict[str, type] = {"INTEGER": int, "BIGINT": int, "VARCHAR": str, "BLOB": bytes}
_STAND_IN = "audit_entry"  # the table in whose place single pages are read: it has no index
_WIDTH = 30  # columns to read a page with: more than any table has, so that rows of other tables show
_LEFT = frozenset({checks.HEADER, checks.AUDIT})  # nobody can make these anew


@dataclass(frozen=True)
class Saved:
    """Rows of one table that were saved, and those that are known to be lost."""

    table: str
    saved: int
    lost: int


@dataclass(frozen=True)
class Repaired:
    """What a repair did. `mended` and `left` are names of checks; `tables` is empty when the vault was mended in place.

    `records_lost` come back with the next sync, which asks for everything. `kept` is where the damaged vault lies.
    """

    mended: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    tables: tuple[Saved, ...] = ()
    records_lost: int = 0
    kept: Path | None = None


def repair(settings: Settings, find_key: Callable[[Header], bytes]) -> Repaired:
    """Check the vault and mend what is damaged; a sound one is left as it is. Nobody else may have it open.

    `find_key` opens the header. An interruption leaves the old vault or the new one, whole.
    Raises VaultBusy, StorageFailed, VaultDamaged when only a backup helps, and what `find_key` raises.
    """
    hold = locks.take(settings.lock_path, ALONE_SECONDS)
    try:
        folders.tidy(settings)
        found = header.read(settings.header_path)
        with Vault(settings, find_key(found), found.vault_id) as vault:
            _refuse_earlier(settings, vault)
            before = checks.check(settings, vault)
            failpoints.reach("repair.checked")
            broken = _names(before)
            if set(broken) <= _LEFT:
                return Repaired(left=broken)
            if not _is_derivable(before):
                return _salvage(settings, vault, found, broken)
            lost = _mend_in_place(vault)
            failpoints.reach("repair.mended")
            after = _names(checks.check(settings, vault))
            return Repaired(tuple(name for name in broken if name not in after), after, records_lost=lost)
    finally:
        hold.release()


def _refuse_earlier(settings: Settings, vault: Vault) -> None:
    number = migrations.LATEST
    with suppress(VaultDamaged):
        number = migrations.current(vault.connection())
    migrations.check(number, settings.database_path)
    if number != migrations.LATEST:
        raise VaultDamaged(settings.database_path, "it is empty, or of an earlier release, and only a backup helps")


def _names(found: Sequence[Check]) -> tuple[str, ...]:
    return tuple(part.name for part in found if not part.is_sound)


def _is_derivable(found: Sequence[Check]) -> bool:
    """Whether all that is damaged can be made anew from what is there."""
    parts = {part.name: part for part in found}
    return parts[checks.PAGES].is_sound and checks.concerns_indexes_only(parts[checks.DATABASE])


def _mend_in_place(vault: Vault) -> int:
    """Mend what can be derived, in one transaction; returns how many records are lost."""
    with vault.transaction() as tx:
        tx.connection.execute("PRAGMA defer_foreign_keys = ON")
        tx.connection.execute("REINDEX")  # first: what follows goes by the indexes
        lost = _mend(tx.connection)
        tx.audit(audit.Entry("repair", f"in place, {lost} records lost"))
    return lost


def _mend(connection: DbConnection) -> int:
    """Make anew what is derived from the records' bodies, and drop what cannot be restored."""
    stand_ins.for_dictionaries(connection)
    unsound = [(pk,) for pk, _ in checks.unsound_records(connection)]
    connection.execute("DELETE FROM absence")  # the next sync finds out again
    connection.executemany("DELETE FROM resource WHERE pk = ?", unsound)
    attachments.drop_unsound(connection)  # the next fetch brings them again
    stand_ins.for_connections(connection)
    reread(connection, compression.Compressor())
    kindless = "FROM resource WHERE kind NOT IN (SELECT id FROM kind)"  # no kind could be read from their bodies
    connection.execute(f"DELETE FROM resource_fts WHERE rowid IN (SELECT {ordering.PLACE} {kindless})")  # noqa: S608 - our own words
    lost = len(unsound) + int(connection.execute(f"DELETE {kindless}").rowcount)
    attached.drop_orphans(connection)
    connection.execute("DELETE FROM earlier_version WHERE resource NOT IN (SELECT pk FROM resource)")
    if lost:
        connection.execute("DELETE FROM sync_state")
    return lost


def _salvage(settings: Settings, vault: Vault, found: Header, broken: tuple[str, ...]) -> Repaired:
    """Save what can be read of a damaged vault into a new one, and let that take its place."""
    key, actor = vault.key, vault.actor
    vault.close()
    with folders.building(settings) as folder:
        new = replace(settings, vault_dir=folder)
        damaged = work_copy.make(settings.database_path, folder / "damaged.db", key)
        failpoints.reach("repair.copied")
        path = new.database_path
        migrations.new_database(path, key)
        with closing(_Source(damaged, key)) as old, closing(engine.connect(path, key)) as made, engine.translated(path):
            tables = _save(old, made, actor)
        for copied in folder.glob(f"{damaged.name}*"):
            copied.unlink()
        for noted in settings.vault_dir.glob(f"{settings.attempts_path.name}*"):
            with files.refusals(noted):
                files.replace(folder / noted.name, noted.read_bytes())
        header.write(new.header_path, found)
        failpoints.reach("repair.saved")
        copying.verify(path, key)
        with Vault(new, key, found.vault_id) as opened:
            unsound = _names(checks.check(new, opened))
        if set(unsound) - {checks.HEADER}:
            raise VaultDamaged(settings.database_path, "what could be read of it does not make a vault")
        failpoints.reach("repair.verified")
        kept = folders.exchange(settings, folder, keeps_old=True)
    return Repaired(tuple(name for name in broken if name not in unsound), unsound, tables, tables[-1].lost, kept)


class _Table:
    """A table as the new vault declares it; where its rows have numbers, these are its first column."""

    def __init__(self, target: DbConnection, name: str) -> None:
        found = target.execute(f"PRAGMA table_info({name})").fetchall()
        self.name = name
        self.columns = [column[1] for column in found]
        self.shapes = [(_SHAPES[kind], *(() if is_set else (type(None),))) for _, _, kind, is_set, *_ in found]
        self.has_rowid = not target.execute("SELECT wr FROM pragma_table_list(?)", (name,)).fetchone()[0]

    def row(self, rowid: int | None, values: Sequence[Any]) -> tuple[Any, ...] | None:
        """A row that was read from a single page; None when it cannot be one of this table."""
        width = len(self.columns)
        if (self.has_rowid and values[0] is not None) or any(value is not None for value in values[width:]):
            return None
        row = (rowid, *values[1:width]) if self.has_rowid else tuple(values[:width])
        return row if all(map(isinstance, row, self.shapes)) else None


class _Source:
    """A damaged database, read as far as it goes: each table whole, and where that fails page by page.

    A page is read by making it the root of a table that stands in, which it then is, whatever became of the pages
    above it: so nothing is lost but what lies on a damaged page itself. The copy that is read from is written to.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self.connection = engine.connect(path, key)

    def close(self) -> None:
        self.connection.close()

    def rows(self, table: _Table) -> Iterator[tuple[Any, ...]]:
        """Every row that can be read, some of them twice."""
        with suppress(sqlcipher.Error):
            cursor = self.connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.name} NOT INDEXED")  # noqa: S608 - our own names
            while (batch := cursor.fetchmany(_BATCH)) and engine.has_read_well(self.connection):
                yield from batch
            if not batch and engine.has_read_well(self.connection):
                return
        self._reopen()
        for number in range(2, self._number("PRAGMA page_count") + 1):
            for rowid, *values in self._on_page(number, has_rowid=table.has_rowid):
                if row := table.row(rowid, values):
                    yield row

    def keys(self, index: str) -> set[Any]:
        """The keys of rows that stand in an index, as far as it can be read."""
        found = set()
        with suppress(sqlcipher.Error):
            self._look_at(self._number("SELECT rootpage FROM sqlite_master WHERE name = ?", index), has_rowid=False)
            for (key,) in self.connection.execute(f"SELECT c1 FROM {_STAND_IN}"):  # noqa: S608 - our own name
                found.add(key)
        self._reopen()
        return found

    def _on_page(self, number: int, *, has_rowid: bool) -> Iterator[tuple[Any, ...]]:
        """The rows of the tree that begins at a page, after their numbers; those that go on on a lost page are not."""
        sql = f"SELECT {'rowid' if has_rowid else 'NULL'}, * FROM {_STAND_IN}"  # noqa: S608 - our own names
        try:
            self._look_at(number, has_rowid=has_rowid)
            count = self._number(f"SELECT count(*) FROM {_STAND_IN}")  # noqa: S608 - our own name
        except sqlcipher.Error:  # another sort of page, or one with a lost page below
            self._reopen()
            for order in () if has_rowid else (" ORDER BY c0 ASC", " ORDER BY c0 DESC"):  # upper pages hold rows, too
                yield from self._each(number, f"{sql}{order}", None)
            return
        if not has_rowid or count < _BATCH:  # no page holds more; above the others, only places are written down
            yield from self._each(number, sql, count)

    def _each(self, number: int, sql: str, count: int | None) -> Iterator[tuple[Any, ...]]:
        """Row by row; without a count, those before the first that fails."""
        for place in itertools.count() if count is None else range(count):
            try:
                if not self.connection.in_transaction:
                    self._look_at(number, has_rowid="rowid" in sql)
                found = self.connection.execute(f"{sql} LIMIT 1 OFFSET {place}").fetchall()
            except sqlcipher.Error:
                found = []
            if found and engine.has_read_well(self.connection):
                yield found[0]
                continue
            self._reopen()
            if count is None:
                return

    def _look_at(self, number: int, *, has_rowid: bool) -> None:
        """Make a page the root of the table that stands in, inside a transaction that is never committed."""
        if not self.connection.in_transaction:
            self.connection.execute("BEGIN")
        self.connection.execute("PRAGMA writable_schema = ON")
        columns = ", ".join(f"c{place}" for place in range(_WIDTH))
        sql = f"CREATE TABLE {_STAND_IN} ({columns}" + (")" if has_rowid else ", PRIMARY KEY (c0)) WITHOUT ROWID")
        change = "UPDATE sqlite_master SET rootpage = ?, sql = ? WHERE name = ?"
        self.connection.execute(change, (number, sql, _STAND_IN))
        self.connection.execute("PRAGMA writable_schema = RESET")

    def _number(self, sql: str, *values: object) -> int:
        return int(self.connection.execute(sql, values).fetchone()[0])

    def _reopen(self) -> None:
        """Begin anew: a page that fails leaves a connection in no state to go on."""
        self.close()
        self.connection = engine.connect(self._path, self._key)


def _save(source: _Source, target: DbConnection, actor: str) -> tuple[Saved, ...]:
    """Fill a new database with what can be read of the damaged one, and write down what is lost."""
    target.execute("PRAGMA foreign_keys = OFF")
    for name in _ORDER:
        table = _Table(target, name)
        verb = "REPLACE" if name == "setting" else "IGNORE"  # the trail's own key and head, for those of a new vault
        columns, marks = ", ".join(table.columns), ", ".join("?" * len(table.columns))
        target.execute("BEGIN IMMEDIATE")
        target.executemany(f"INSERT OR {verb} INTO {name} ({columns}) VALUES ({marks})", source.rows(table))  # noqa: S608 - our own names
        target.execute("COMMIT")
        failpoints.reach("repair.table")
    target.execute("BEGIN IMMEDIATE")
    target.execute("DELETE FROM setting WHERE value IN (SELECT id FROM outbox_item) OR name GLOB ?", (_ANY_REQUEST,))
    stand_ins.for_dictionaries(target)
    tables = [_counted(source, target, name) for name in _ORDER]
    unsound = _mend(target)
    tables[-1] = replace(tables[-1], saved=tables[-1].saved - unsound, lost=tables[-1].lost + unsound)
    lines = next(table.lost for table in tables if table.table == "audit_entry")
    if audit.verify(target):
        audit.mark_salvaged(target)
    saved, lost = sum(table.saved for table in tables), sum(table.lost for table in tables)
    what = f"{saved} rows saved, {lost} known to be lost, {lines} of them lines of this trail"
    audit.append(target, audit.Entry("repair", what, actor=actor))
    target.execute("COMMIT")
    return tuple(tables)


def _counted(source: _Source, target: DbConnection, name: str) -> Saved:
    """How many rows of a table there are, and how many others an index, a reference or a number tells of."""
    key = _Table(target, name).columns[0]
    there = {row[0] for row in target.execute(f"SELECT {key} FROM {name}")}  # noqa: S608 - our own names
    known = source.keys(f"sqlite_autoindex_{name}_{_INDEXES[name]}") if name in _INDEXES else set()
    if name == "audit_entry":
        written = target.execute("SELECT value FROM setting WHERE name = 'audit_head'").fetchone()[0]
        known = set(range(1, int(written.partition(":")[0]) + 1))
    return Saved(name, len(there), len(known - there))
