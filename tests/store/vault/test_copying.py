from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import StorageFailed, VaultDamaged
from store.vault import copying, engine, files, resources
from tests.store.vault.building import record

if TYPE_CHECKING:
    from pathlib import Path

    from store.vault.vault import Vault

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def filled(vault: Vault, owner: int) -> Vault:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record(str(number), b'{"id":"%d"}' % number) for number in range(300)])
    return vault


def test_a_copy_holds_the_same_under_a_key_of_its_own(filled: Vault, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    copying.copy(filled.connection(), target, OTHER)
    with filled.reading() as connection:
        assert copying.verify(target, OTHER) == copying.digests(connection, "main")
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(VaultDamaged):
        engine.connect(target, filled.key)
    with contextlib.closing(engine.connect(target, OTHER)) as made:
        found = made.execute("SELECT count(*) FROM resource_fts WHERE resource_fts MATCH 'sodium'").fetchone()
        assert found == filled.connection().execute("SELECT count(*) FROM resource").fetchone()


def test_a_change_to_the_copy_leaves_what_was_copied_alone(filled: Vault, tmp_path: Path) -> None:
    def change(connection: Any, schema: str) -> None:
        connection.execute(f"DELETE FROM {schema}.resource")  # noqa: S608 - our own name

    copying.copy(filled.connection(), tmp_path / "copy.db", OTHER, change)
    assert copying.verify(tmp_path / "copy.db", OTHER)["resource"].startswith("0 ")
    with filled.reading() as connection:
        assert copying.digests(connection, "main")["resource"].startswith("300 ")


def test_a_copy_that_differs_is_found(filled: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = copying.digests
    monkeypatch.setattr(copying, "digests", lambda found, schema: {**real(found, schema), "setting": schema})
    with pytest.raises(VaultDamaged):
        copying.copy(filled.connection(), tmp_path / "copy.db", OTHER)
    monkeypatch.undo()
    assert not filled.connection().in_transaction
    assert [row[1] for row in filled.connection().execute("PRAGMA database_list")] == ["main"]


def test_a_copy_takes_nobodys_place(filled: Vault, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"mine")
    with pytest.raises(StorageFailed):
        copying.copy(filled.connection(), tmp_path / "copy.db", OTHER)
    assert (tmp_path / "copy.db").read_bytes() == b"mine"


def test_a_disk_without_room_is_told_before_anything_is_written(
    filled: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "missing_room", lambda *_: 5 << 20)
    with pytest.raises(StorageFailed) as caught:
        copying.copy(filled.connection(), tmp_path / "copy.db", OTHER)
    assert caught.value.missing == 5 << 20
    assert list(tmp_path.glob("copy.db*")) == []


def test_one_changed_bit_in_a_copy_is_found(filled: Vault, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    copying.copy(filled.connection(), target, OTHER)
    whole = target.read_bytes()
    for place in range(200, len(whole), len(whole) // 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        target.write_bytes(changed)
        with pytest.raises(VaultDamaged):
            copying.verify(target, OTHER)


def test_a_damaged_page_of_what_is_to_be_copied_is_told_of(filled: Vault, tmp_path: Path) -> None:
    copying.copy(filled.connection(), tmp_path / "source.db", OTHER)
    with contextlib.closing(engine.connect(tmp_path / "source.db", OTHER)) as source:
        page = source.execute("SELECT rootpage FROM sqlite_master WHERE name = 'resource'").fetchone()[0]
        page_bytes = int(source.execute("PRAGMA page_size").fetchone()[0])
    whole = bytearray((tmp_path / "source.db").read_bytes())
    whole[(page - 1) * page_bytes + page_bytes // 2] ^= 1
    (tmp_path / "source.db").write_bytes(whole)
    with contextlib.closing(engine.connect(tmp_path / "source.db", OTHER)) as source:
        with pytest.raises(VaultDamaged, match=r"source\.db is damaged.*a page of it is not what was written"):
            copying.copy(source, tmp_path / "copy.db", OTHER)
        assert not source.in_transaction


def test_an_export_that_fails_over_sound_pages_is_no_damage(filled: Vault) -> None:
    with pytest.raises(sqlcipher.OperationalError):
        copying._export(filled.connection())  # there is nothing attached to write it to


def test_a_copy_with_other_rows_is_found(filled: Vault, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    copying.copy(filled.connection(), target, OTHER)
    wanted = copying.verify(target, OTHER)
    with contextlib.closing(engine.connect(target, OTHER)) as made:
        made.execute("UPDATE resource SET size = size + 1 WHERE pk = (SELECT min(pk) FROM resource)")
    with pytest.raises(VaultDamaged):
        copying.verify(target, OTHER, wanted)
