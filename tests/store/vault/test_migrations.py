from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import StorageFailed, VaultDamaged, VaultNewer
from store.records import incoming
from store.vault import audit, connections, engine, files, keys, migrations, resources, schemas, search
from store.vault import vault as vaults
from store.vault.reading import Filter
from tests.store.vault.building import PASSPHRASE, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.config import Settings

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


@pytest.fixture
def connection(path: Path) -> Iterator[Any]:
    files.create_empty(path)
    found = engine.connect(path, KEY)
    engine.prepare_new(found)
    yield found
    found.close()


@pytest.fixture
def add_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], object]], None]:
    def add(step: Callable[[Any], object]) -> None:
        steps = {**migrations.MIGRATIONS, migrations.LATEST + 1: lambda found, _: step(found)}
        monkeypatch.setattr(migrations, "MIGRATIONS", steps)
        monkeypatch.setattr(migrations, "LATEST", migrations.LATEST + 1)

    return add


def tables(connection: Any) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_steps_are_numbered_without_a_gap() -> None:
    assert list(migrations.MIGRATIONS) == list(range(1, migrations.LATEST + 1))


def test_an_empty_database_takes_every_step_and_notes_it(connection: Any, path: Path) -> None:
    assert migrations.current(connection) == 0
    migrations.migrate(connection, path, KEY)
    assert migrations.current(connection) == migrations.LATEST
    assert connection.execute("SELECT number FROM migration").fetchall() == [
        (number,) for number in range(1, migrations.LATEST + 1)
    ]
    assert {"resource", "connection", "outbox_item", "resource_fts"} <= tables(connection)


def test_a_database_of_today_is_left_alone(connection: Any, path: Path) -> None:
    migrations.migrate(connection, path, KEY)
    before = connection.total_changes
    migrations.migrate(connection, path, KEY)
    assert connection.total_changes == before


def test_a_newer_database_is_refused_and_left_alone(connection: Any, path: Path) -> None:
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(VaultNewer) as caught:
        migrations.migrate(connection, path, KEY)
    assert (caught.value.found, caught.value.known) == (99, migrations.LATEST)
    assert tables(connection) == set()


def test_an_impossible_number_is_damage(connection: Any, path: Path) -> None:
    connection.execute("PRAGMA user_version = -1")
    with pytest.raises(VaultDamaged):
        migrations.migrate(connection, path, KEY)


def test_a_step_that_fails_leaves_nothing(
    connection: Any, path: Path, add_step: Callable[[Callable[[Any], object]], None]
) -> None:
    migrations.migrate(connection, path, KEY)
    before = tables(connection)

    def fail(found: Any) -> None:
        found.execute("CREATE TABLE half (a)")
        raise KeyError

    add_step(fail)
    with pytest.raises(KeyError):
        migrations.migrate(connection, path, KEY)
    assert tables(connection) == before
    assert migrations.current(connection) == migrations.LATEST - 1
    assert not connection.in_transaction


def test_a_step_that_the_disk_refuses_is_told_so(
    connection: Any, path: Path, add_step: Callable[[Callable[[Any], object]], None]
) -> None:
    migrations.migrate(connection, path, KEY)
    connection.execute("PRAGMA max_page_count = 1").fetchall()
    add_step(lambda found: found.execute("INSERT INTO setting VALUES ('big', zeroblob(1000000))"))
    with pytest.raises(StorageFailed), engine.translated(path):
        migrations.migrate(connection, path, KEY)
    assert not connection.in_transaction


def test_a_step_that_another_process_is_taking_is_taken_once(
    connection: Any, path: Path, add_step: Callable[[Callable[[Any], object]], None]
) -> None:
    migrations.migrate(connection, path, KEY)
    other = engine.connect(path, KEY)
    failures: list[BaseException] = []

    def migrate_too() -> None:
        try:
            migrations.migrate(other, path, KEY)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    waiting = threading.Thread(target=migrate_too)

    def step(found: Any) -> None:
        found.execute("CREATE TABLE added (a)")
        if found is connection:
            waiting.start()
            waiting.join(0.3)

    add_step(step)
    migrations.migrate(connection, path, KEY)
    waiting.join()
    other.close()
    assert failures == []
    assert connection.execute("SELECT count(*) FROM migration").fetchone() == (migrations.LATEST,)


def test_an_older_vault_is_brought_up_to_date_when_it_is_opened(
    settings: Settings, add_step: Callable[[Callable[[Any], object]], None]
) -> None:
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    add_step(lambda found: found.execute("CREATE TABLE added (a)"))
    with vaults.unlock(settings, PASSPHRASE) as vault, vault.reading() as connection:
        assert "added" in tables(connection)
        assert migrations.current(connection) == migrations.LATEST
        assert audit.verify(connection) == []
    assert (settings.vault_dir / f"before-schema-{migrations.LATEST}.backup").is_file()


def test_an_index_of_the_step_before_is_made_anew(settings: Settings) -> None:
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault, vault.transaction() as tx:
        owner = connections.save(tx, signed_in())
        body = b'{"resourceType":"Condition","id":"c","code":{"text":"Gout of the big toe"},"recordedDate":"2024-05"}'
        found = incoming.decode(body)
        assert found
        resources.store(tx, owner, [found])
        tx.connection.execute("DROP TABLE resource_fts")
        for statement in schemas.EIGHTH:
            tx.connection.execute(statement)
        tx.connection.execute("DELETE FROM migration WHERE number > 8")
        tx.connection.execute("PRAGMA user_version = 8")
    with vaults.unlock(settings, PASSPHRASE) as vault, vault.reading() as connection:
        assert migrations.current(connection) == migrations.LATEST
        assert [row.id for row in search.newest_of(connection, '"toe"', Filter(limit=2)).rows] == ["c"]


def test_a_trail_that_was_begun_under_the_vault_key_goes_on_when_its_key_moves_into_the_vault(
    connection: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(migrations, "MIGRATIONS", {number: migrations.MIGRATIONS[number] for number in (1, 2)})
        migrations.migrate(connection, path, KEY)
    audit.begin(connection, keys.subkey(KEY, "audit"))
    audit.append(connection, audit.Entry("read", "1", actor="patient"))
    connection.execute("DELETE FROM setting")
    migrations.migrate(connection, path, KEY)
    assert audit.verify(connection) == []
    assert audit.head(connection).number == 1


def test_a_trail_without_a_line_gets_a_key_that_nobody_can_derive(connection: Any, path: Path) -> None:
    migrations.migrate(connection, path, KEY)
    assert audit.key_of(connection) != keys.subkey(KEY, "audit")
    assert audit.verify(connection) == []
