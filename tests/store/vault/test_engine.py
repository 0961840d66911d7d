from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import EngineUnsafe, NoVault, PortalError, StorageFailed, VaultBusy, VaultDamaged
from store.vault import engine, files

if TYPE_CHECKING:
    from pathlib import Path

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault.db"
    files.create_empty(path)
    connection = engine.connect(path, KEY)
    engine.prepare_new(connection)
    connection.execute("CREATE TABLE note (words TEXT)")
    connection.execute("INSERT INTO note VALUES ('lisinopril')")
    connection.close()
    return path


def test_an_engine_that_could_corrupt_a_vault_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlcipher, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(EngineUnsafe, match=r"3\.51\.3"):
        engine.connect(tmp_path / "vault.db", KEY)
    assert not (tmp_path / "vault.db").exists()


def test_every_connection_follows_the_rules(path: Path) -> None:
    connection = engine.connect(path, KEY)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2, "trusted_schema": 0}
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    timeout = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.close()
    assert found == wanted
    assert timeout >= 30_000


def test_the_key_opens_and_another_one_does_not(path: Path) -> None:
    connection = engine.connect(path, KEY)
    assert connection.execute("SELECT words FROM note").fetchall() == [("lisinopril",)]
    connection.close()
    with pytest.raises(VaultDamaged):
        engine.connect(path, OTHER)


def test_another_key_says_nothing_on_the_terminal(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(VaultDamaged):
        engine.connect(path, OTHER)
    assert capfd.readouterr() == ("", "")


def test_the_stock_library_cannot_read_it(path: Path) -> None:
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute("SELECT * FROM sqlite_master").fetchall()
    connection.close()
    assert not path.read_bytes().startswith(b"SQLite")


@pytest.mark.parametrize("content", [b"not a database" * 1000, bytes(8192)])
def test_a_file_that_is_no_database_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.db"
    path.write_bytes(content)
    with pytest.raises(VaultDamaged) as caught:
        engine.connect(path, KEY)
    assert caught.value.path == path
    assert path.read_bytes() == content


def test_one_changed_bit_is_found_on_reading(path: Path) -> None:
    whole = path.read_bytes()

    def read() -> None:
        with engine.translated(path), contextlib.closing(engine.connect(path, KEY)) as connection:
            connection.execute("SELECT * FROM note").fetchall()

    for place in range(100, len(whole), 1009):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises(VaultDamaged):
            read()


def test_a_missing_folder_is_a_disk_that_refuses(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed), engine.translated(tmp_path):
        engine.connect(tmp_path / "gone" / "vault.db", KEY)


def engine_error(name: str, kind: type[Exception]) -> Exception:
    error = kind("words of the engine")
    error.sqlite_errorname = name  # type: ignore[attr-defined]  # the engine sets it so
    return error


@pytest.mark.parametrize(
    ("name", "translation"),
    [
        ("SQLITE_BUSY", VaultBusy),
        ("SQLITE_BUSY_SNAPSHOT", VaultBusy),
        ("SQLITE_LOCKED", VaultBusy),
        ("SQLITE_FULL", StorageFailed),
        ("SQLITE_READONLY_DBMOVED", StorageFailed),
        ("SQLITE_IOERR", StorageFailed),
        ("SQLITE_IOERR_WRITE", StorageFailed),
        ("SQLITE_IOERR_READ", StorageFailed),
        ("SQLITE_IOERR_SHMSIZE", StorageFailed),
        ("SQLITE_IOERR_DIR_FSYNC", StorageFailed),
        ("SQLITE_CANTOPEN", StorageFailed),
        ("SQLITE_CORRUPT_VTAB", VaultDamaged),
        ("SQLITE_NOTADB", VaultDamaged),
        ("SQLITE_IOERR_SHORT_READ", VaultDamaged),
        ("SQLITE_IOERR_DATA", VaultDamaged),
    ],
)
def test_an_error_of_the_engine_is_told_in_our_words(tmp_path: Path, name: str, translation: type[PortalError]) -> None:
    with pytest.raises(translation) as caught, engine.translated(tmp_path / "vault.db"):
        raise engine_error(name, sqlcipher.OperationalError)
    assert isinstance(caught.value.__cause__, sqlcipher.OperationalError)


def test_a_mistake_of_our_own_is_not_dressed_up(tmp_path: Path) -> None:
    with pytest.raises(sqlcipher.OperationalError), engine.translated(tmp_path):
        raise engine_error("SQLITE_ERROR", sqlcipher.OperationalError)


def test_our_own_errors_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(NoVault), engine.translated(tmp_path):
        raise NoVault(tmp_path)
