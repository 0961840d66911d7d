from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from store.config import Settings
from store.errors import VaultBusy, VaultDamaged
from store.records import incoming
from store.vault import (
    audit,
    checks,
    connections,
    engine,
    folders,
    keys,
    outbox,
    presence,
    progress,
    reading,
    resources,
)
from store.vault import vault as vaults
from store.vault.ordering import PLACE
from store.vault.repair import Repaired, Saved, repair
from store.vault.vault import Vault
from tests.store.vault.building import PASSPHRASE, signed_in, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.vault.header import Header

PAGE_BYTES = 4096
KEYS = {
    "outbox_item": "id",
    "change_conflict": "id",
    "reminder_rule": "id",
    "reminder_delivery": "connection",
    "setting": "name",
    "audit_entry": "number",
    "connection": "id",
    "kind": "id",
    "dictionary": "id",
    "dictionary_copy": "id",
    "resource": "pk",
}
REPAIRING = """
import os
from store.vault.repair import repair
repair(settings, lambda _: bytes.fromhex(os.environ["TEST_KEY"]))
"""


@dataclass(frozen=True)
class Stored:
    """A vault that rests, every row of it, and the first page of each table and index."""

    folder: Path
    key: bytes
    rows: dict[str, dict[Any, tuple[Any, ...]]]
    roots: dict[str, int]
    pages: int


def build(folder: Path, records: int) -> Stored:
    settings = Settings(folder, folder / "config.toml")
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        with vault.transaction() as tx:
            owner = connections.save(tx, signed_in())
            found = [incoming.decode(body(number)) for number in range(records)]
            resources.store(tx, owner, [item for item in found if item])
            for number in range(40):
                name, request = f"item-{number:02}", b'{"note":"%s"}' % (b"x" * number * 150)
                outbox.add(tx, outbox.Item(name, owner, "refill", "x", "Task", f"r{number}", request, "queued", 1, 1))
            for number in range(200):
                tx.audit(audit.Entry("read", f"Observation/{number}"))
            progress.save(tx, progress.Progress(owner, "Observation", "Observation", complete_to="2026-01-01"))
            tx.compressor.train_if_due(tx.connection)
            tx.compressor.recompress(tx.connection)
        key = vault.key
    connection = engine.connect(settings.database_path, key)
    rows = {name: {row[0]: row for row in connection.execute(f"SELECT * FROM {name}")} for name in KEYS}  # noqa: S608 - our own names
    roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
    connection.close()
    return Stored(folder, key, rows, roots, settings.database_path.stat().st_size // PAGE_BYTES)


def body(number: int) -> bytes:
    own = os.urandom(20 + number * 9 % 2000 * (number % 3 == 0)).hex().encode()
    shared = b"".join(b'"element %d":"what every result of this laboratory says",' % n for n in range(number % 17))
    return b'{"resourceType":"Observation","id":"o%d",%s"code":{"text":"Sodium %d"},"valueString":"%s"}' % (
        number,
        shared,
        number,
        own,
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return build(tmp_path_factory.mktemp("repair") / "vault", 200)


@pytest.fixture
def at(stored: Stored, settings: Settings) -> Settings:
    put(stored, settings)
    return settings


def put(stored: Stored, settings: Settings) -> None:
    shutil.rmtree(settings.vault_dir.parent, ignore_errors=True)
    shutil.copytree(stored.folder, settings.vault_dir)


def flip(path: Path, page: int, offset: int = 1000) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES + offset)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 4]))


def with_key(stored: Stored) -> Callable[[Header], bytes]:
    return lambda _: stored.key


@contextlib.contextmanager
def opened(stored: Stored, settings: Settings) -> Iterator[Vault]:
    with Vault(settings, stored.key, presence.look(settings).vault_id) as vault:
        yield vault


def change(stored: Stored, settings: Settings, *statements: str) -> None:
    with opened(stored, settings) as vault:
        vault.connection().execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            vault.connection().execute(statement)


def unsound(stored: Stored, settings: Settings) -> list[str]:
    with opened(stored, settings) as vault:
        return [part.name for part in checks.check(settings, vault) if not part.is_sound]


def rows(stored: Stored, settings: Settings, name: str) -> dict[Any, tuple[Any, ...]]:
    with opened(stored, settings) as vault, vault.reading() as connection:
        return {row[0]: row for row in connection.execute(f"SELECT * FROM {name}")}  # noqa: S608 - our own names


def readable(stored: Stored, settings: Settings, name: str) -> set[Any]:
    """The rows of a damaged table that can be read one by one, each with a connection of its own."""
    found = set()
    for key in stored.rows[name]:
        connection = engine.connect(settings.database_path, stored.key)
        with contextlib.suppress(sqlcipher.Error):
            sql = f"SELECT * FROM {name} WHERE {KEYS[name]} = ?"  # noqa: S608 - our own names
            if connection.execute(sql, (key,)).fetchone() == stored.rows[name][key]:
                found.add(key)
        connection.close()
    return found


def mended(stored: Stored, settings: Settings) -> Repaired:
    """Repair, and make sure that the vault is sound after it and that there is nothing more to repair."""
    done = repair(settings, with_key(stored))
    assert unsound(stored, settings) == []
    before = settings.database_path.read_bytes()
    assert repair(settings, with_key(stored)) == Repaired()
    assert settings.database_path.read_bytes() == before
    vaults.unlock(settings, PASSPHRASE).close()
    return done


def lost(done: Repaired) -> dict[str, int]:
    return {table.table: table.lost for table in done.tables if table.lost}


def test_a_sound_vault_is_left_as_it_is(stored: Stored, at: Settings) -> None:
    before = {path.name: path.read_bytes() for path in at.vault_dir.iterdir() if path.is_file()}
    assert repair(at, with_key(stored)) == Repaired()
    after = {path.name: path.read_bytes() for path in at.vault_dir.iterdir() if path.name in before}
    assert after == before
    assert folders.kept(at) == ()


def test_a_vault_that_somebody_has_open_is_not_repaired(
    stored: Stored, at: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.vault.repair.ALONE_SECONDS", 0.05)
    with vaults.unlock(at, PASSPHRASE), pytest.raises(VaultBusy):
        repair(at, with_key(stored))


@pytest.mark.parametrize("share", range(6))
def test_only_what_lay_on_the_damaged_page_is_lost(stored: Stored, settings: Settings, share: int) -> None:
    for page in range(2 + share, stored.pages + 1, 30):
        put(stored, settings)
        flip(settings.database_path, page)
        could_be_read = {name: readable(stored, settings, name) for name in ("outbox_item", "resource", "audit_entry")}
        try:
            done = mended(stored, settings)
        except VaultDamaged as error:
            assert "only a backup helps" in str(error)  # noqa: PT017 - the list of tables may lie on that page
            continue
        assert "pages" in done.mended
        for name, keys_there in could_be_read.items():
            saved = rows(stored, settings, name)
            assert keys_there <= saved.keys()
            if name != "audit_entry":  # which goes on
                assert saved.items() <= stored.rows[name].items()
            assert len(stored.rows[name]) - len(saved) <= 40


@pytest.mark.parametrize("name", ["resource", "audit_entry", "sqlite_autoindex_resource_1", "resource_fts_data"])
def test_the_first_page_of_a_large_table_costs_none_of_its_rows(stored: Stored, at: Settings, name: str) -> None:
    flip(at.database_path, stored.roots[name])
    done = mended(stored, at)
    assert lost(done) == {}
    for table in ("resource", "outbox_item", "connection", "dictionary"):
        assert rows(stored, at, table) == stored.rows[table]
    assert stored.rows["audit_entry"].items() <= rows(stored, at, "audit_entry").items()
    with opened(stored, at) as vault, vault.reading() as connection:
        assert audit.salvaged(connection) == 0
        assert len(reading.search(connection, "sodium", reading.Filter())) == 200


def test_the_first_page_of_the_outbox_costs_what_lay_on_it(stored: Stored, at: Settings) -> None:
    flip(at.database_path, stored.roots["outbox_item"])
    done = mended(stored, at)
    (outbox_item, *_) = done.tables
    assert outbox_item.table == "outbox_item"
    assert outbox_item.saved + outbox_item.lost == 40
    assert 0 < outbox_item.lost <= 12
    assert rows(stored, at, "outbox_item").items() <= stored.rows["outbox_item"].items()


def test_a_lost_connection_is_stood_in_for_and_nothing_of_it_made_up(stored: Stored, at: Settings) -> None:
    flip(at.database_path, stored.roots["connection"])
    done = mended(stored, at)
    assert lost(done) == {"connection": 1}
    assert rows(stored, at, "outbox_item") == stored.rows["outbox_item"]
    assert rows(stored, at, "resource") == stored.rows["resource"]
    with opened(stored, at) as vault, vault.reading() as connection:
        (found,) = reading.connections(connection)
    assert (found.name, found.base_url, found.patient, found.access_token) == ("lost-1", "", "", None)


def test_kinds_that_are_lost_are_read_from_the_records(stored: Stored, at: Settings) -> None:
    flip(at.database_path, stored.roots["kind"])
    mended(stored, at)
    assert [row[1:] for row in rows(stored, at, "kind").values()] == [row[1:] for row in stored.rows["kind"].values()]
    assert len(rows(stored, at, "resource")) == 200


@pytest.mark.parametrize("table", ["dictionary", "dictionary_copy"])
def test_a_dictionary_and_its_copy_stand_in_for_each_other(stored: Stored, at: Settings, table: str) -> None:
    flip(at.database_path, stored.roots[table])
    assert mended(stored, at).records_lost == 0
    assert len(rows(stored, at, "resource")) == 200
    contents = [
        {key: row[1] for key, row in rows(stored, at, name).items()} for name in ("dictionary", "dictionary_copy")
    ]
    assert contents[0] == contents[1] != {}


def test_records_whose_dictionary_is_lost_are_lost_and_asked_for_again(stored: Stored, at: Settings) -> None:
    assert stored.rows["dictionary"]
    flip(at.database_path, stored.roots["dictionary"])
    flip(at.database_path, stored.roots["dictionary_copy"])
    done = mended(stored, at)
    assert done.records_lost > 100
    assert done.records_lost == lost(done)["resource"]
    assert rows(stored, at, "sync_state") == {}


def test_a_trail_whose_key_is_lost_goes_on_under_a_new_one(stored: Stored, at: Settings) -> None:
    flip(at.database_path, stored.roots["setting"])
    mended(stored, at)
    with opened(stored, at) as vault, vault.reading() as connection:
        assert audit.salvaged(connection) == 200
        assert audit.lines(connection, audit.Filter(action="repair"))[0].number == 201
        assert audit.count(connection) >= 201


def test_lines_of_the_trail_that_are_lost_are_counted_in_a_line_of_it(stored: Stored, at: Settings) -> None:
    page = next(
        page
        for page in range(2, stored.pages + 1)
        if page != stored.roots["audit_entry"] and is_broken_by(stored, at, page, "audit_entry")
    )
    flip(at.database_path, page)
    gone = set(stored.rows["audit_entry"]) - readable(stored, at, "audit_entry")
    done = mended(stored, at)
    assert lost(done) == {"audit_entry": len(gone)}
    with opened(stored, at) as vault, vault.reading() as connection:
        (line,) = audit.lines(connection, audit.Filter(action="repair"))
        assert f"{len(gone)} of them lines of this trail" in line.what
        assert audit.salvaged(connection) == line.number - 1


def is_broken_by(stored: Stored, settings: Settings, page: int, name: str) -> bool:
    flip(settings.database_path, page)
    try:
        with contextlib.closing(engine.connect(settings.database_path, stored.key)) as connection:
            connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - our own names
    except (VaultDamaged, sqlcipher.Error) as error:
        return not isinstance(error, VaultDamaged)
    finally:
        flip(settings.database_path, page)
    return False


def test_a_file_that_was_cut_short_gives_what_is_before_the_cut(stored: Stored, at: Settings) -> None:
    os.truncate(at.database_path, (stored.pages - 30) * PAGE_BYTES + 100)
    done = mended(stored, at)
    assert done.kept is not None
    assert rows(stored, at, "outbox_item").items() <= stored.rows["outbox_item"].items()
    assert rows(stored, at, "resource").items() <= stored.rows["resource"].items()
    assert len(rows(stored, at, "resource")) >= 100


def test_pages_of_zeros_are_never_taken_for_content(stored: Stored, settings: Settings) -> None:
    for page in range(20, stored.pages, 25):
        put(stored, settings)
        with settings.database_path.open("r+b") as file:
            file.seek((page - 1) * PAGE_BYTES)
            file.write(bytes(PAGE_BYTES))
        with contextlib.suppress(VaultDamaged):
            mended(stored, settings)
            for name in ("outbox_item", "resource"):
                assert rows(stored, settings, name).items() <= stored.rows[name].items()


@pytest.mark.parametrize("size", [None, 0])
def test_a_vault_whose_first_page_is_lost_is_left_to_a_backup(stored: Stored, at: Settings, size: int | None) -> None:
    flip(at.database_path, 1) if size is None else os.truncate(at.database_path, size)
    before = at.database_path.read_bytes()
    with pytest.raises(VaultDamaged, match="only a backup helps"):
        repair(at, with_key(stored))
    assert at.database_path.read_bytes() == before
    assert not [path for path in at.vault_dir.parent.iterdir() if path.name not in {"vault", "vault.lock"}]


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM resource_fts WHERE rowid = (SELECT {PLACE} FROM resource WHERE pk = 7)",  # noqa: S608 - our own names
        "INSERT INTO resource_fts (rowid, words) VALUES (5000, 'ghost')",
        "DELETE FROM resource_fts_data",
        "DELETE FROM resource_fts_data WHERE id = (SELECT max(id) FROM resource_fts_data)",
        "DELETE FROM resource_fts_docsize",
        "UPDATE resource_fts_data SET block = x'00ff'",
    ],
)
def test_a_search_index_is_made_anew_in_place(stored: Stored, at: Settings, statement: str) -> None:
    change(stored, at, statement)
    done = mended(stored, at)
    assert done == Repaired(mended=("search",))
    assert rows(stored, at, "resource") == stored.rows["resource"]
    with opened(stored, at) as vault, vault.reading() as connection:
        assert len(reading.search(connection, "sodium", reading.Filter())) == 200
        assert reading.search(connection, "ghost", reading.Filter()) == []


def test_an_index_that_does_not_fit_is_made_anew_in_place(stored: Stored, at: Settings) -> None:
    with opened(stored, at) as vault:
        vault.connection().execute("PRAGMA writable_schema = ON")
        other = "sql = replace(sql, '= ''''', '<> ''''')"
        vault.connection().execute(f"UPDATE sqlite_master SET {other} WHERE name = 'resource_without_title'")  # noqa: S608 - our own words
    assert unsound(stored, at) == ["database"]
    assert mended(stored, at) == Repaired(mended=("database",))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE resource SET body = x'00ff' WHERE pk = 7",
        "UPDATE resource SET hash = zeroblob(16) WHERE pk = 7",
        "UPDATE resource SET dictionary = 99 WHERE pk = 7",
    ],
)
def test_a_record_that_is_not_what_was_stored_goes_and_is_asked_for_again(
    stored: Stored, at: Settings, statement: str
) -> None:
    change(stored, at, statement)
    assert mended(stored, at) == Repaired(mended=("records",), records_lost=1)
    assert rows(stored, at, "resource") == {key: row for key, row in stored.rows["resource"].items() if key != 7}
    assert rows(stored, at, "sync_state") == {}


@pytest.mark.parametrize("table", ["resource", "outbox_item"])
def test_what_belongs_to_no_connection_gets_one_without_an_address(stored: Stored, at: Settings, table: str) -> None:
    change(stored, at, f"UPDATE {table} SET connection = 9")  # noqa: S608 - our own names
    assert mended(stored, at) == Repaired(mended=("references",))
    assert len(rows(stored, at, table)) == len(stored.rows[table])
    with opened(stored, at) as vault, vault.reading() as connection:
        assert [found.name for found in reading.connections(connection)] == ["portal.example", "lost-9"]


def test_a_trail_that_was_changed_is_told_and_not_made_to_look_whole(stored: Stored, at: Settings) -> None:
    change(stored, at, "DELETE FROM audit_entry WHERE number = 7")
    assert repair(at, with_key(stored)) == Repaired(left=("audit",))
    assert unsound(stored, at) == ["audit"]


def test_the_damaged_vault_is_kept_and_failed_unlocks_come_along(stored: Stored, at: Settings) -> None:
    at.attempts_path.write_text('{"at": 5, "slot": "passphrase"}\n')
    at.attempts_path.chmod(0o600)
    flip(at.database_path, stored.roots["resource"])
    damaged = at.database_path.read_bytes()
    done = repair(at, with_key(stored))
    assert done.kept is not None
    assert folders.kept(at) == (done.kept,)
    assert (done.kept / "vault.db").read_bytes() == damaged
    assert (done.kept / "vault.json").read_bytes() == at.header_path.read_bytes()
    assert not list(at.vault_dir.glob("damaged*"))
    vaults.unlock(at, PASSPHRASE).close()
    with opened(stored, at) as vault, vault.reading() as connection:
        assert audit.count(connection, audit.Filter(action="unlock failed")) == 1


@pytest.mark.parametrize(
    "point",
    ["checked", "copied", *(f"table:{number}" for number in range(1, 8)), "saved", "verified"],
)
def test_a_salvage_that_is_killed_leaves_the_old_vault(stored: Stored, at: Settings, point: str) -> None:
    flip(at.database_path, stored.roots["resource"])
    before = at.database_path.read_bytes()
    kill_at(stored, at, f"repair.{point}")
    assert at.database_path.read_bytes() == before
    mended(stored, at)
    assert rows(stored, at, "resource") == stored.rows["resource"]
    assert folders.is_tidy(at)


@pytest.mark.parametrize("point", ["folder.ready", "folder.aside", "folder.exchanged"])
def test_an_exchange_that_is_killed_leaves_one_of_both(stored: Stored, at: Settings, point: str) -> None:
    flip(at.database_path, stored.roots["resource"])
    kill_at(stored, at, point)
    with contextlib.suppress(VaultDamaged):  # the old one does not open
        vaults.unlock(at, PASSPHRASE).close()
    repair(at, with_key(stored))
    assert unsound(stored, at) == []
    assert rows(stored, at, "resource") == stored.rows["resource"]
    assert len(folders.kept(at)) == 1


@pytest.mark.parametrize("point", ["repair.checked", "vault.commit", "vault.committed", "repair.mended"])
def test_a_repair_in_place_that_is_killed_is_done_or_not(stored: Stored, at: Settings, point: str) -> None:
    change(stored, at, "DELETE FROM resource_fts_docsize")
    kill_at(stored, at, point)
    assert unsound(stored, at) == (["search"] if point in {"repair.checked", "vault.commit"} else [])
    mended(stored, at)


def kill_at(stored: Stored, settings: Settings, point: str) -> None:
    with start(REPAIRING, settings, PORTAL_FAILPOINT=point, TEST_KEY=stored.key.hex()) as process:
        assert process.wait() < 0


def test_what_was_saved_is_told_in_the_order_in_which_it_was(stored: Stored, at: Settings) -> None:
    flip(at.database_path, stored.roots["resource"])
    done = repair(at, with_key(stored))
    assert done.tables[0] == Saved("outbox_item", 40, 0)
    assert [table.table for table in done.tables] == list(KEYS)
