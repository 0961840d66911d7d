from __future__ import annotations

import os
import sqlite3
import stat
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlcipher3 import dbapi2 as sqlcipher
from sqlmodel import select

from store.errors import (
    NoVault,
    PortalError,
    StorageFailed,
    VaultBusy,
    VaultDamaged,
    VaultExists,
    VaultLocked,
    VaultNewer,
    VaultUnsafe,
    WrongPassphrase,
)
from store.vault import audit, engine, files, header, keys, locks, migrations, reading, resources, whereabouts
from store.vault import vault as vaults
from store.vault.tables import Setting
from tests.store.vault.building import PASSPHRASE, record, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.vault.vault import Vault

MARKER = "Lisinopril-7f3a"
COUNTING = """
with vaults.unlock(settings, b"correct horse battery staple") as vault:
    print("ready", flush=True)
    for _ in range(40):
        with vault.transaction() as tx:
            value = tx.connection.execute("SELECT value FROM setting WHERE name = 'count'").fetchone()[0]
            tx.connection.execute("UPDATE setting SET value = ? WHERE name = 'count'", (str(int(value) + 1),))
"""
FILLING = """
import resource
vault = vaults.unlock(settings, b"correct horse battery staple")
size = settings.database_path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40_000, resource.RLIM_INFINITY))
try:
    with vault.transaction() as tx:
        for number in range(400):
            tx.connection.execute("INSERT INTO setting VALUES (?, ?)", (f"big {number}", "x" * 5_000))
except PortalError as error:
    print(type(error).__name__)
with vault.reading() as connection:
    print(connection.execute("SELECT count(*) FROM setting WHERE name NOT LIKE 'audit_%'").fetchone()[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with vault.transaction() as tx:
    tx.connection.execute("INSERT INTO setting VALUES ('after', '')")
vault.close()
"""
CREATING_ON_A_FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    vaults.create(settings, b"correct horse battery staple", keys.FLOOR)
except PortalError as error:
    print(type(error).__name__)
"""
CREATING = 'vaults.create(settings, b"correct horse battery staple", keys.FLOOR)'


def put(vault: Vault, name: str, value: str = "") -> None:
    with vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting VALUES (?, ?)", (name, value))


def names(vault: Vault) -> list[str]:
    with vault.reading() as connection:
        return [
            name
            for (name,) in connection.execute("SELECT name FROM setting WHERE name NOT LIKE 'audit_%' ORDER BY name")
        ]


def contents(settings: Settings) -> dict[str, tuple[int, bytes]]:
    paths = [path for path in settings.vault_dir.iterdir() if path != settings.attempts_path]
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def beside(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.vault_dir.parent.iterdir())


def test_what_is_written_is_there_when_the_vault_is_opened_again(settings: Settings) -> None:
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        put(vault, "kept")
        made = vault.id
    with vaults.unlock(settings, PASSPHRASE) as vault:
        assert names(vault) == ["kept"]
        assert vault.id == made


def test_there_is_only_one_vault_in_a_place(vault: Vault, settings: Settings) -> None:
    put(vault, "kept")
    with pytest.raises(VaultExists) as caught:
        vaults.create(settings, b"another", keys.FLOOR)
    assert caught.value.path == settings.vault_dir
    assert names(vault) == ["kept"]


@pytest.mark.parametrize("left", ["vault.json", "vault.db"])
def test_half_a_vault_is_neither_opened_nor_made_anew(settings: Settings, left: str) -> None:
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    for path in settings.vault_dir.iterdir():
        if path.name != left:
            path.unlink()
    with pytest.raises(VaultDamaged):
        vaults.unlock(settings, PASSPHRASE)
    with pytest.raises(VaultExists):
        vaults.create(settings, PASSPHRASE, keys.FLOOR)
    assert [path.name for path in settings.vault_dir.iterdir()] == [left]


def test_where_there_is_no_vault_none_is_opened(settings: Settings) -> None:
    assert not whereabouts.exists(settings)
    with pytest.raises(NoVault):
        vaults.unlock(settings, PASSPHRASE)
    assert not settings.vault_dir.exists()


def test_a_vault_takes_the_place_of_an_empty_folder_and_of_no_other(settings: Settings) -> None:
    settings.vault_dir.mkdir(parents=True)
    (settings.vault_dir / "mine.txt").touch()
    with pytest.raises(VaultExists):
        vaults.create(settings, PASSPHRASE, keys.FLOOR)
    assert beside(settings) == ["vault", "vault.lock"]
    (settings.vault_dir / "mine.txt").unlink()
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    assert beside(settings) == ["vault", "vault.lock"]


def test_of_two_creations_at_once_one_stands(settings: Settings) -> None:
    at_once = threading.Barrier(2)
    made: list[Vault] = []
    refused: list[PortalError] = []

    def create() -> None:
        at_once.wait()
        try:
            made.append(vaults.create(settings, PASSPHRASE, keys.FLOOR))
        except PortalError as error:
            refused.append(error)

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), [type(error) for error in refused]) == (1, [VaultExists])
    put(made[0], "kept")
    made[0].close()
    with vaults.unlock(settings, PASSPHRASE) as vault:
        assert names(vault) == ["kept"]
    assert beside(settings) == ["vault", "vault.lock"]


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (files, "create_empty"),
        (engine, "connect"),
        (engine, "prepare_new"),
        (migrations, "migrate"),
        (header, "seal"),
        (header, "write"),
        (files, "sync_folder"),
    ],
)
def test_a_creation_that_fails_in_the_middle_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    def fail(*_: object) -> None:
        raise StorageFailed(settings.vault_dir, "no space left on device")

    monkeypatch.setattr(module, step, fail)
    with pytest.raises(StorageFailed):
        vaults.create(settings, PASSPHRASE, keys.FLOOR)
    assert set(beside(settings)) <= {"vault.lock"}
    assert not whereabouts.exists(settings)


def test_a_creation_that_is_killed_leaves_no_vault(settings: Settings) -> None:
    with start(CREATING, settings, PORTAL_FAILPOINT="migration.commit") as process:
        assert process.wait() < 0
    assert not whereabouts.exists(settings)
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()


def test_a_creation_on_a_full_disk_leaves_no_vault(settings: Settings) -> None:
    with start(CREATING_ON_A_FULL_DISK, settings) as process:
        told, _ = process.communicate()
    assert told.split() == ["StorageFailed"]
    assert not whereabouts.exists(settings)
    assert set(beside(settings)) <= {"vault.lock"}


def test_a_full_disk_stops_a_change_and_harms_nothing_that_was_there(vault: Vault, settings: Settings) -> None:
    put(vault, "before")
    vault.close()
    with start(FILLING, settings) as process:
        told, _ = process.communicate()
    assert told.split() == ["StorageFailed", "1"]
    with vaults.unlock(settings, PASSPHRASE) as again:
        assert names(again) == ["after", "before"]


@pytest.mark.parametrize("through_session", [True, False])
def test_a_vault_that_may_not_grow_refuses_a_change_in_one_word(vault: Vault, through_session: bool) -> None:  # noqa: FBT001 - both ways to write
    vault.connection().execute("PRAGMA max_page_count = 1").fetchall()

    def write() -> None:
        with vault.transaction() as tx:
            if through_session:
                tx.session.add(Setting(name="big", value="x" * 500_000))
            else:
                tx.connection.execute("INSERT INTO setting VALUES ('big', ?)", ("x" * 500_000,))

    with pytest.raises(StorageFailed, match="the disk is full"):
        write()
    assert names(vault) == []


def test_every_file_is_only_the_owners(settings: Settings) -> None:
    before = os.umask(0)
    try:
        with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
            put(vault, "something")
            found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in settings.vault_dir.iterdir()}
            folder = stat.S_IMODE(settings.vault_dir.stat().st_mode)
    finally:
        os.umask(before)
    assert found == dict.fromkeys(
        ["turn.lock", "vault.db", "vault.db-shm", "vault.db-wal", "vault.json", "write.lock"], 0o600
    )
    assert folder == 0o700


@pytest.mark.parametrize("which", ["", "vault.json", "vault.db"])
def test_a_vault_that_others_may_read_is_not_opened(settings: Settings, which: str) -> None:
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    path = settings.vault_dir / which
    path.chmod(path.stat().st_mode | 0o040)
    with pytest.raises(VaultUnsafe):
        vaults.unlock(settings, PASSPHRASE)


def test_nothing_of_the_patient_is_on_the_disk_in_clear(settings: Settings) -> None:
    spelled = {MARKER.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be")}

    def is_leaked() -> bool:
        return any(word in path.read_bytes() for path in settings.vault_dir.rglob("*") for word in spelled)

    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        put(vault, MARKER, MARKER)
        with vault.transaction() as tx:
            tx.audit(audit.Entry("read", MARKER))
        assert not is_leaked()
        vault.checkpoint()
        assert not is_leaked()
    assert not is_leaked()
    assert b"SQLite format" not in settings.database_path.read_bytes()


def test_a_wrong_passphrase_changes_nothing(settings: Settings) -> None:
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        put(vault, "in the log")
        hot = contents(settings)
        with pytest.raises(WrongPassphrase):
            vaults.unlock(settings, b"guess")
        assert contents(settings) == hot
    cold = contents(settings)
    with pytest.raises(WrongPassphrase):
        vaults.unlock(settings, b"guess")
    assert contents(settings) == cold
    assert len(settings.attempts_path.read_bytes().splitlines()) == 2


def test_a_database_under_another_key_is_damaged(settings: Settings) -> None:
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    header.write(settings.header_path, header.seal(keys.new_key(), PASSPHRASE, keys.FLOOR, 0))
    before = settings.database_path.read_bytes()
    with pytest.raises(VaultDamaged):
        vaults.unlock(settings, PASSPHRASE)
    assert settings.database_path.read_bytes() == before


def test_a_database_of_a_newer_program_is_refused(vault: Vault, settings: Settings) -> None:
    vault.connection().execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    vault.close()
    with pytest.raises(VaultNewer):
        vaults.unlock(settings, PASSPHRASE)


def test_an_error_takes_back_everything(vault: Vault, owner: int) -> None:
    bodies = [record(str(number), b'{"id":"%d","code":{"text":"Sodium"}}' % number * 4) for number in range(400)]

    def fail() -> None:
        with vault.transaction() as tx:
            resources.store(tx, owner, bodies)
            assert tx.compressor.train_if_due(tx.connection)
            tx.compressor.recompress(tx.connection)
            tx.session.add(Setting(name="a", value="b"))
            tx.audit(audit.Entry("sync", "400"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with vault.reading() as connection:
        for table in ("resource", "dictionary", "audit_entry"):
            found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own tables
            assert found == (0,), table
        assert audit.verify(connection) == []
    assert names(vault) == []
    with vault.reading() as connection:
        assert reading.search(connection, "sodium", reading.Filter()) == []
    with vault.transaction() as tx:
        resources.store(tx, owner, bodies[:1])
    with vault.reading() as connection:
        ((_, body),) = reading.records(vault, connection, reading.Filter())
        assert body == bodies[0].body


def test_the_session_and_plain_sql_are_one_transaction(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting VALUES ('plain', '1')")
        assert tx.session.get_one(Setting, "plain").value == "1"
        tx.session.add(Setting(name="mapped", value="2"))
        tx.session.commit()
        found = tx.connection.execute("SELECT value FROM setting WHERE name = 'mapped'").fetchall()
        assert found == [("2",)]
        tx.session.rollback()
        assert {row.name for row in tx.session.exec(select(Setting))} >= {"plain", "mapped"}
    assert names(vault) == ["mapped", "plain"]


def test_what_the_session_still_holds_is_written_at_the_end(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.session.add(Setting(name="held", value=""))
    assert names(vault) == ["held"]


def test_a_refused_row_is_told_by_the_engine_and_without_its_values(vault: Vault) -> None:
    put(vault, "taken")

    def take_again() -> None:
        with vault.transaction() as tx:
            tx.session.add(Setting(name="taken", value=MARKER))

    with pytest.raises(sqlcipher.IntegrityError) as caught:
        take_again()
    assert MARKER not in str(caught.value)
    put(vault, "next")
    assert names(vault) == ["next", "taken"]


def test_a_view_stays_at_its_moment_whatever_others_write(vault: Vault, settings: Settings) -> None:
    put(vault, "before")
    with vaults.unlock(settings, PASSPHRASE) as other, vault.reading() as connection:
        count = "SELECT count(*) FROM setting WHERE name NOT LIKE 'audit_%'"
        assert connection.execute(count).fetchone() == (1,)
        put(other, "meanwhile")
        assert connection.execute(count).fetchone() == (1,)
    assert names(vault) == ["before", "meanwhile"]


def test_reading_inside_a_transaction_sees_what_it_wrote(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting VALUES ('mine', '')")
        assert names(vault) == ["mine"]
    assert names(vault) == ["mine"]


def test_threads_write_one_after_the_other(vault: Vault) -> None:
    put(vault, "count", "0")

    def count() -> None:
        for _ in range(25):
            with vault.transaction() as tx:
                found = tx.session.get_one(Setting, "count")
                found.value = str(int(found.value) + 1)
                tx.session.add(found)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with vault.reading() as connection:
        assert connection.execute("SELECT value FROM setting WHERE name = 'count'").fetchall() == [("50",)]


def test_processes_write_one_after_the_other(vault: Vault, settings: Settings) -> None:
    put(vault, "count", "0")
    with start(COUNTING, settings) as one, start(COUNTING, settings) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    with vault.reading() as connection:
        assert connection.execute("SELECT value FROM setting WHERE name = 'count'").fetchall() == [("80",)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_vault_that_another_holds_for_too_long_is_busy(
    vault: Vault, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "turn", partial(locks.turn, seconds=0.05))
    with vaults.unlock(settings, PASSPHRASE) as other, vault.transaction(), pytest.raises(VaultBusy):
        put(other, "late")
    put(vault, "later")


def test_a_checkpoint_folds_the_log_into_the_database(vault: Vault, settings: Settings) -> None:
    put(vault, "something", "x" * 100_000)
    log = settings.database_path.with_name("vault.db-wal")
    assert log.stat().st_size > 0
    vault.checkpoint()
    assert log.stat().st_size == 0
    assert names(vault) == ["something"]


@pytest.mark.parametrize("use", [lambda vault: put(vault, "x"), names, lambda vault: vault.checkpoint()])
def test_a_closed_vault_is_locked(vault: Vault, use: Callable[[Vault], object]) -> None:
    vault.close()
    with pytest.raises(VaultLocked):
        use(vault)


def test_a_reader_may_outlive_the_lock(vault: Vault) -> None:
    with vault.reading():
        vault.close()


def test_closing_twice_is_harmless_and_forgets_the_key(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.audit(audit.Entry("read", "1"))
    vault.close()
    vault.close()
    assert vault._key == b""
    with pytest.raises(VaultLocked):
        _ = vault.key


def test_a_page_that_was_changed_on_the_disk_is_found(vault: Vault, settings: Settings) -> None:
    put(vault, "big", "x" * 100_000)
    vault.close()
    whole = bytearray(settings.database_path.read_bytes())
    for at in range(4096 + 50, len(whole), 4096):
        whole[at] ^= 1
    settings.database_path.write_bytes(whole)
    with pytest.raises(VaultDamaged):
        names(vaults.unlock(settings, PASSPHRASE))


def test_a_vault_cut_short_is_damaged_and_never_filled_anew(vault: Vault, settings: Settings) -> None:
    put(vault, "kept", "x" * 50_000)
    vault.close()
    whole = settings.database_path.read_bytes()
    for length in (0, 100, 4096, len(whole) // 2, len(whole) - 4096):
        settings.database_path.write_bytes(whole[:length])
        with pytest.raises(VaultDamaged), vaults.unlock(settings, PASSPHRASE) as found, found.reading() as connection:
            connection.execute("SELECT * FROM setting").fetchall()
        assert settings.database_path.read_bytes() == whole[:length]


def test_the_stock_library_cannot_open_a_vault(settings: Settings) -> None:
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    connection = sqlite3.connect(settings.database_path)
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute("SELECT count(*) FROM setting")
    connection.close()
