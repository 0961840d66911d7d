from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from store.config import Settings
from store.errors import StorageFailed, VaultDamaged, VaultLocked
from store.records import incoming
from store.vault import audit, checks, connections, engine, header, keys, outbox, resources
from store.vault import vault as vaults
from store.vault.ordering import PLACE
from store.vault.vault import Vault
from tests.store.vault.building import PASSPHRASE, signed_in, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.vault.engine import DbConnection

PAGE_BYTES = 4096
PARTS = ["header", "pages", "database", "references", "search", "records", "attachments", "audit"]
WRITING = """
from store.vault import connections, resources
from tests.store.vault.building import record, signed_in
with vaults.unlock(settings, b"correct horse battery staple") as vault:
    with vault.transaction() as tx:
        owner = connections.save(tx, signed_in(patient="p2"))
    print("ready", flush=True)
    for number in range(100_000):
        with vault.transaction() as tx:
            resources.store(tx, owner, [record(f"w{number % 50}-{n}", b"%d" % number * 300) for n in range(20)])
"""
READING = """
import time
with vaults.unlock(settings, b"correct horse battery staple") as vault, vault.reading() as connection:
    connection.execute("SELECT count(*) FROM resource").fetchone()
    print("ready", flush=True)
    time.sleep(60)
"""


@dataclass(frozen=True)
class Stored:
    folder: Path
    key: bytes
    vault_id: str


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    folder = tmp_path_factory.mktemp("checks") / "vault"
    settings = Settings(folder, folder / "config.toml")
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        fill(vault)
        return Stored(folder, vault.key, vault.id)


def fill(vault: Vault) -> None:
    with vault.transaction() as tx:
        owner = connections.save(tx, signed_in())
        found = [incoming.decode(body(number)) for number in range(300)]
        resources.store(tx, owner, [item for item in found if item])
        for number in range(40):
            name, request = f"item-{number:02}", b'{"note":"%s"}' % (b"x" * number * 150)
            outbox.add(tx, outbox.Item(name, owner, "refill", "x", "Task", f"r{number}", request, "queued", 1, 1))
        for number in range(200):
            tx.audit(audit.Entry("read", f"Observation/{number}"))
        tx.compressor.train_if_due(tx.connection)
        tx.compressor.recompress(tx.connection)


def body(number: int) -> bytes:
    own = os.urandom(20 + number * 9 % 2000 * (number % 3 == 0)).hex().encode()
    shared = b"".join(b'"element %d":"what every result of this laboratory says",' % n for n in range(number % 17))
    return b'{"resourceType":"Observation","id":"o%d",%s"code":{"text":"Sodium %d"},"valueString":"%s"}' % (
        number,
        shared,
        number,
        own,
    )


@pytest.fixture
def at(stored: Stored, settings: Settings) -> Settings:
    shutil.copytree(stored.folder, settings.vault_dir)
    return settings


@pytest.fixture
def opened(stored: Stored, at: Settings) -> Iterator[Vault]:
    with Vault(at, stored.key, stored.vault_id) as vault:
        yield vault


def flip(path: Path, page: int, offset: int = 1000) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES + offset)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 4]))


def unsound(settings: Settings, vault: Vault) -> dict[str, tuple[str, ...]]:
    return {part.name: part.findings for part in checks.check(settings, vault) if not part.is_sound}


def change(vault: Vault, *statements: str) -> None:
    connection: DbConnection = vault.connection()
    connection.execute("PRAGMA foreign_keys = OFF")
    for statement in statements:
        assert connection.execute(statement).rowcount


def test_a_sound_vault_is_sound_in_every_part(opened: Vault, at: Settings) -> None:
    found = checks.check(at, opened)
    assert [(part.name, part.is_sound, part.findings) for part in found] == [(name, True, ()) for name in PARTS]


def test_an_empty_vault_is_sound(vault: Vault, settings: Settings) -> None:
    assert unsound(settings, vault) == {}


def test_a_locked_vault_is_not_called_sound(vault: Vault, settings: Settings) -> None:
    vault.close()
    with pytest.raises(VaultLocked):
        checks.check(settings, vault)


@pytest.mark.parametrize("share", range(4))
def test_a_bit_that_changed_is_found_on_whatever_page_it_is(stored: Stored, at: Settings, share: int) -> None:
    pages = at.database_path.stat().st_size // PAGE_BYTES
    for page in range(1 + share, pages + 1, 12):
        flip(at.database_path, page)
        with Vault(at, stored.key, stored.vault_id) as vault:
            found = unsound(at, vault)
            assert "pages" in found
            assert page == 1 or found["pages"] == (f"page {page} is not what was written",)
        flip(at.database_path, page)


def test_of_many_damaged_pages_a_handful_is_named(stored: Stored, at: Settings) -> None:
    for page in range(30, 50):
        flip(at.database_path, page)
    with Vault(at, stored.key, stored.vault_id) as vault:
        found = unsound(at, vault)["pages"]
    assert found == (*(f"page {page} is not what was written" for page in range(30, 35)), "and 15 more pages")


def test_a_page_of_zeros_is_found(stored: Stored, at: Settings) -> None:
    with at.database_path.open("r+b") as file:
        file.seek(60 * PAGE_BYTES)
        file.write(bytes(PAGE_BYTES))
    with Vault(at, stored.key, stored.vault_id) as vault:
        assert unsound(at, vault)["pages"] == ("page 61 is not what was written",)


def test_damage_of_one_part_leaves_the_others_checked(stored: Stored, at: Settings, opened: Vault) -> None:
    root = opened.connection().execute("SELECT rootpage FROM sqlite_master WHERE name = 'sync_state'").fetchone()[0]
    opened.close()
    flip(at.database_path, root)
    with Vault(at, stored.key, stored.vault_id) as vault:
        assert set(unsound(at, vault)) == {"pages", "database", "references"}


@pytest.mark.parametrize("size", [0, 1, 100, PAGE_BYTES, 20 * PAGE_BYTES, 20 * PAGE_BYTES + 7, -PAGE_BYTES, -1])
def test_a_file_that_was_cut_short_is_found(stored: Stored, at: Settings, size: int) -> None:
    whole = at.database_path.stat().st_size
    os.truncate(at.database_path, size if size >= 0 else whole + size)
    with Vault(at, stored.key, stored.vault_id) as vault:
        assert "pages" in unsound(at, vault)


def test_a_file_that_is_cut_short_while_it_is_open_is_found(at: Settings, opened: Vault) -> None:
    assert unsound(at, opened) == {}
    os.truncate(at.database_path, at.database_path.stat().st_size - 3 * PAGE_BYTES)
    assert "pages" in unsound(at, opened)


@pytest.mark.parametrize(
    ("part", "statement"),
    [
        ("search", f"DELETE FROM resource_fts WHERE rowid = (SELECT {PLACE} FROM resource WHERE pk = 7)"),  # noqa: S608 - our own names
        ("search", "INSERT INTO resource_fts (rowid, words) VALUES (5000, 'x')"),
        ("search", "DELETE FROM resource_fts_data WHERE id = (SELECT max(id) FROM resource_fts_data)"),
        ("search", f"DELETE FROM resource_fts_docsize WHERE id = (SELECT {PLACE} FROM resource WHERE pk = 9)"),  # noqa: S608 - as above
        ("search", "UPDATE resource_fts_data SET block = x'00ff'"),
        ("records", "UPDATE resource SET body = x'00ff' WHERE pk = 7"),
        ("records", "UPDATE resource SET body = 'text' WHERE pk = 7"),
        ("records", "UPDATE resource SET body = (SELECT body FROM resource WHERE pk = 8) WHERE pk = 7"),
        ("records", "UPDATE resource SET hash = zeroblob(16) WHERE pk = 7"),
        ("records", "UPDATE resource SET size = size + 1 WHERE pk = 7"),
        ("records", "UPDATE resource SET dictionary = 99 WHERE pk = 7"),
        ("records", "UPDATE dictionary SET content = x'00'"),
        ("references", "UPDATE resource SET connection = 9 WHERE pk = 7"),
        ("references", "UPDATE resource SET kind = 99 WHERE pk = 7"),
        ("references", "UPDATE outbox_item SET connection = 9 WHERE id = 'item-03'"),
        ("audit", "DELETE FROM audit_entry WHERE number = 7"),
        ("audit", "DELETE FROM audit_entry WHERE number > 150"),
        ("audit", "UPDATE audit_entry SET what = 'x' WHERE number = 7"),
        ("audit", "DELETE FROM setting WHERE name = 'audit_key'"),
        ("audit", "DELETE FROM setting WHERE name = 'audit_head'"),
        ("audit", "UPDATE setting SET value = 'x' WHERE name = 'audit_key'"),
    ],
)
def test_a_change_behind_the_programs_back_is_found_where_it_is(
    opened: Vault, at: Settings, part: str, statement: str
) -> None:
    change(opened, statement)
    assert list(unsound(at, opened)) == [part]


def test_an_index_that_does_not_fit_its_table_is_named(opened: Vault, at: Settings) -> None:
    opened.connection().execute("PRAGMA writable_schema = ON")
    other = "sql = replace(sql, '= ''''', '<> ''''')"
    change(opened, f"UPDATE sqlite_master SET {other} WHERE name = 'resource_without_title'")  # noqa: S608 - our own words
    found = unsound(at, opened)
    assert found == {"database": ("the index resource_without_title does not fit its table",)}


def test_findings_name_no_more_than_ids(opened: Vault, at: Settings) -> None:
    change(opened, "UPDATE resource SET hash = zeroblob(16)")
    found = unsound(at, opened)["records"]
    assert len(found) == 6
    assert found[-1] == "and 295 more"
    assert all("Sodium" not in finding for finding in found)


def test_a_header_that_is_gone_or_names_a_slot_twice_is_found(opened: Vault, at: Settings) -> None:
    found = header.read(at.header_path)
    header.write(at.header_path, header.Header(found.vault_id, found.slots * 2))
    assert unsound(at, opened) == {"header": ("it cannot be read: two key slots in it have one id",)}
    header.write(at.header_path, header.Header("another", found.slots))
    assert unsound(at, opened) == {"header": ("it belongs to another vault",)}
    at.header_path.unlink()
    assert list(unsound(at, opened)) == ["header"]


def test_there_is_no_false_alarm_while_another_process_writes(at: Settings, opened: Vault) -> None:
    with start(WRITING, at) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            found = [unsound(at, opened) for _ in range(12)]
            assert process.poll() is None
        finally:
            process.kill()
    assert found == [{}] * 12


@pytest.mark.parametrize("commit", [1, 3, 40])
@pytest.mark.parametrize("point", ["vault.commit", "vault.committed"])
def test_there_is_no_false_alarm_after_a_kill(stored: Stored, at: Settings, point: str, commit: int) -> None:
    with start(WRITING, at, PORTAL_FAILPOINT=f"{point}:{commit}") as process:
        assert process.wait() < 0
    with Vault(at, stored.key, stored.vault_id) as vault:
        assert unsound(at, vault) == {}


def test_a_reader_that_keeps_the_log_from_being_folded_in_raises_no_alarm(
    at: Settings, opened: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_LOG_SECONDS", 0)
    with start(READING, at) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            change(opened, "UPDATE resource SET title = title || ' again'")
            assert unsound(at, opened) == {}
            assert at.database_path.with_name("vault.db-wal").stat().st_size > 0
        finally:
            process.kill()


def test_a_vault_that_can_only_be_read_is_checked_and_says_what_was_left_out(
    at: Settings, opened: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = engine.connect

    def refuse(path: Path, key: bytes, *, read_only: bool = False) -> DbConnection:
        if not read_only:
            raise StorageFailed(path, "read-only file system")
        return connect(path, key, read_only=True)

    change(opened, "UPDATE resource SET title = title || ' again'")  # it lies in the log
    monkeypatch.setattr(engine, "connect", refuse)
    found = checks.check(at, opened)
    assert [part.is_sound for part in found] == [True] * len(PARTS)
    assert found[1].findings == ("the log was not folded in, since the vault can only be read",)
    monkeypatch.undo()
    opened.checkpoint()
    monkeypatch.setattr(engine, "connect", refuse)
    flip(at.database_path, 60)
    assert "pages" in unsound(at, opened)


def test_a_damaged_log_is_found_or_left_out_whole(stored: Stored, at: Settings) -> None:
    with start(WRITING, at, PORTAL_FAILPOINT="vault.committed:6") as process:
        assert process.wait() < 0
    log = at.database_path.with_name("vault.db-wal")
    content, whole = log.read_bytes(), at.database_path.read_bytes()
    for place in range(40, len(content), len(content) // 15):
        log.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        at.database_path.write_bytes(whole)
        with Vault(at, stored.key, stored.vault_id) as vault:
            assert unsound(at, vault) == {}


def test_a_log_that_is_damaged_while_it_is_in_use_is_found(at: Settings, opened: Vault) -> None:
    change(opened, "UPDATE resource SET title = title || ' again'")
    log = at.database_path.with_name("vault.db-wal")
    flip(log, 3)
    assert unsound(at, opened) != {}


def test_zeros_that_stand_for_a_lost_page_are_not_taken_for_content(stored: Stored, at: Settings) -> None:
    sql = "SELECT body FROM outbox_item WHERE id = 'item-39'"
    handed_out = 0
    for page in range(2, at.database_path.stat().st_size // PAGE_BYTES + 1):
        flip(at.database_path, page)
        with (
            contextlib.suppress(VaultDamaged, sqlcipher.Error),
            contextlib.closing(engine.connect(at.database_path, stored.key)) as one,
        ):
            is_whole = one.execute(sql).fetchone()[0] == b'{"note":"%s"}' % (b"x" * 39 * 150)
            assert engine.has_read_well(one) == is_whole
            handed_out += not is_whole
        flip(at.database_path, page)
    assert handed_out
