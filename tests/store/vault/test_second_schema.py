"""The step from the first schema to the second, on a vault that release 0.1.0 made."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from store.vault import engine, header, migrations, reading, tables
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.config import Settings
    from store.vault.vault import Vault

RELEASED = Path(__file__).with_name("released") / "0.1.0"
_ADDED = {"asked", "ended", "interaction", "target", "version", "base", "thread", "not_before"}  # by later schemas
SEARCHED = ("sodium", "condition", "aspirin", "mmol", "final")


def schema(connection: Any) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    ).fetchall()
    return found


def everything(connection: Any, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table, in the columns that the first release had."""
    names = sorted(column.name for column in tables.metadata.tables[table].columns if column.name not in _ADDED)
    listed = ", ".join(f'"{name}"' for name in names)
    found: list[tuple[Any, ...]] = connection.execute(f"SELECT {listed} FROM {table}").fetchall()  # noqa: S608 - our own tables
    return found


@pytest.fixture
def released(settings: Settings) -> Settings:
    settings.vault_dir.parent.mkdir(mode=0o700)
    settings.vault_dir.mkdir(mode=0o700)
    for file in RELEASED.iterdir():
        shutil.copyfile(file, settings.vault_dir / file.name)
        (settings.vault_dir / file.name).chmod(0o600)
    return settings


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Any]:
    """The released vault's database, opened beside and not brought up to date."""
    copy = tmp_path / "old.db"
    shutil.copyfile(RELEASED / "vault.db", copy)
    connection = engine.connect(copy, header.unseal(header.read(RELEASED / "vault.json"), PASSPHRASE))
    yield connection
    connection.close()


def test_the_first_step_still_makes_what_the_first_release_made(old: Any, tmp_path: Path) -> None:
    connection = engine.connect(_empty(tmp_path / "new.db"), bytes(32))
    migrations.MIGRATIONS[1](connection, bytes(32))
    assert schema(connection) == schema(old)
    connection.close()


def test_an_old_vault_becomes_what_a_new_one_is(released: Settings, tmp_path: Path) -> None:
    migrations.new_database(tmp_path / "new.db", bytes(32))
    connection = engine.connect(tmp_path / "new.db", bytes(32))
    with vaults.unlock(released, PASSPHRASE) as vault, vault.reading() as converted:
        assert schema(converted) == schema(connection)
    connection.close()


def test_every_table_is_declared_as_it_is_made(vault: Vault) -> None:
    dialect = create_engine("sqlite://").dialect
    with vault.reading() as connection:
        made = {name: _plain(sql) for _, name, _, sql in schema(connection) if sql}
    for table in tables.metadata.sorted_tables:
        assert _plain(str(CreateTable(table).compile(dialect=dialect))) == made[table.name]
        for index in table.indexes:
            assert _plain(str(CreateIndex(index).compile(dialect=dialect))) == made[str(index.name)]


def test_a_released_vault_keeps_every_record_byte_for_byte(released: Settings, old: Any) -> None:
    raw = dict(old.execute("SELECT id, content FROM dictionary"))
    columns = ", ".join(f"resource.{name}" for name in reading.ROW_COLUMNS)
    before = old.execute(f"SELECT {columns}, dictionary, body, hash, size, h FROM resource ORDER BY pk").fetchall()  # noqa: S608 - our own names
    with vaults.unlock(released, PASSPHRASE) as vault, vault.reading() as connection:
        found = sorted(reading.records(vault, connection, reading.Filter()), key=lambda item: item[0].pk)
        assert [row for row, _ in found] == [reading.Row(*row[:-5]) for row in before]
        assert [body for _, body in found] == [_restored(raw, row[-5], row[-4]) for row in before]
        kept = connection.execute("SELECT hash, size, h FROM resource ORDER BY pk").fetchall()
        assert kept == [row[-3:] for row in before]
        assert len(found) == 323
        for word in SEARCHED:
            rowids = old.execute("SELECT rowid FROM resource_fts WHERE resource_fts MATCH ?", (word,)).fetchall()
            assert {row.pk for row in reading.search(connection, word, reading.Filter())} == {pk for (pk,) in rowids}


def test_a_released_vault_keeps_everything_else(released: Settings, old: Any) -> None:
    before = {table: everything(old, table) for table in ("outbox_item", "sync_state", "audit_entry", "setting")}
    (connected,) = reading_raw(old)
    with vaults.unlock(released, PASSPHRASE) as vault, vault.reading() as connection:
        (owner,) = reading.connections(connection)
        assert tuple(getattr(owner, name) for name in reading.CONNECTION_COLUMNS) == connected
        assert everything(connection, "outbox_item") == before["outbox_item"]
        assert sorted(everything(connection, "sync_state")) == sorted(before["sync_state"])
        assert everything(connection, "audit_entry")[: len(before["audit_entry"])] == before["audit_entry"]
        assert set(before["setting"]) <= set(everything(connection, "setting"))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_record_that_cannot_be_read_is_still_found_by_its_title(old: Any) -> None:
    for pk, body in ((1, b"\xff"), (2, b'{"resourceType":"OperationOutcome"}')):
        frame = zstandard.ZstdCompressor().compress(body)
        old.execute("UPDATE resource SET dictionary = 0, body = ?, title = 'Sphygmogram' WHERE pk = ?", (frame, pk))
    migrations.MIGRATIONS[2](old, b"")
    found = old.execute("SELECT rowid FROM resource_fts WHERE resource_fts MATCH ?", ("sphygm*",)).fetchall()
    assert {pk for (pk,) in found} == {1, 2}


def reading_raw(connection: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = connection.execute(
        f"SELECT {', '.join(reading.CONNECTION_COLUMNS)} FROM connection"  # noqa: S608 - our own names
    ).fetchall()
    return found


def _restored(dictionaries: dict[int, bytes], number: int, frame: bytes) -> bytes:
    known = zstandard.ZstdCompressionDict(dictionaries[number]) if number else None
    return bytes(zstandard.ZstdDecompressor(dict_data=known).decompress(frame))


def _plain(sql: str) -> str:
    return "".join(sql.split())


def _empty(path: Path) -> Path:
    path.touch(mode=0o600)
    return path
