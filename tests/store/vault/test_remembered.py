"""What views remember is what they would read: whoever has written meanwhile, and however."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from store.vault import connections, engine, paging, reading, remembered, resources
from store.vault import vault as vaults
from store.vault.audit import Entry
from store.vault.kinds import every_noun
from store.vault.reading import Filter
from tests.store.vault.building import PASSPHRASE, record, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.config import Settings
    from store.vault.engine import DbConnection
    from store.vault.vault import Vault


def put(vault: Vault, owner: int, name: str, kind: str = "lab") -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record(name, kind=kind, date="2024-01-01")])


def seen(vault: Vault) -> tuple[set[str], int, list[str]]:
    """The kinds, how many records there are, and the names of the portals."""
    with vault.reading() as connection:
        number, _ = paging.count(connection, Filter(connections=reading.every_connection(connection)))
        return set(every_noun(connection)), number, [owner.name for owner in reading.owners(connection)]


def elsewhere(work: Callable[[], None]) -> None:
    """Do something in another thread, which has a connection of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@contextmanager
def listening(connection: DbConnection) -> Iterator[list[str]]:
    """The statements that are run on a connection; not what SQLite runs by itself."""
    heard: list[str] = []
    connection.set_trace_callback(heard.append)
    try:
        yield heard
    finally:
        connection.set_trace_callback(None)


def test_what_is_small_is_read_once(vault: Vault, owner: int) -> None:
    put(vault, owner, "a")
    before = seen(vault)
    with listening(vault.connection()) as heard:
        assert seen(vault) == before
    assert [one for one in heard if one.startswith("SELECT")] == []


def test_own_writes_are_seen(vault: Vault, owner: int) -> None:
    assert seen(vault) == (set(), 0, ["portal.example"])
    put(vault, owner, "a")
    assert seen(vault) == ({"lab"}, 1, ["portal.example"])
    put(vault, owner, "b", "vital")
    assert seen(vault) == ({"lab", "vital"}, 2, ["portal.example"])
    with vault.transaction() as tx:
        connections.save(tx, signed_in(name="second", base_url="https://second.example/fhir"))
    assert seen(vault)[2] == ["portal.example", "second"]


def test_writes_of_another_thread_are_seen(vault: Vault, owner: int) -> None:
    seen(vault)
    elsewhere(lambda: put(vault, owner, "a", "vital"))
    assert seen(vault) == ({"vital"}, 1, ["portal.example"])


def test_writes_of_another_process_are_seen(vault: Vault, owner: int, settings: Settings) -> None:
    seen(vault)
    with vaults.unlock(settings, PASSPHRASE) as other:  # another opening, as another process has it
        put(other, owner, "a")
    assert seen(vault)[:2] == ({"lab"}, 1)


def test_a_view_goes_on_with_what_was_there_when_it_began(vault: Vault, owner: int) -> None:
    seen(vault)
    with vault.reading() as connection:
        elsewhere(lambda: put(vault, owner, "a"))
        assert seen(vault)[:2] == (set(), 0)
        assert connection.execute("SELECT count(*) FROM resource").fetchone() == (0,)  # which nobody remembers
    assert seen(vault)[:2] == ({"lab"}, 1)


def test_a_transaction_sees_its_own_writes(vault: Vault, owner: int) -> None:
    seen(vault)
    with vault.transaction() as tx:
        resources.store(tx, owner, [record("a")])
        assert seen(vault)[:2] == ({"lab"}, 1)
        tx.connection.execute("DELETE FROM resource")
        assert seen(vault)[1] == 0


def test_what_was_rolled_back_is_not_remembered(vault: Vault, owner: int) -> None:
    def fails() -> None:
        with vault.transaction() as tx:
            resources.store(tx, owner, [record("a")])
            assert seen(vault)[:2] == ({"lab"}, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert seen(vault)[:2] == (set(), 0)


def test_a_write_past_the_vault_is_noticed(vault: Vault, owner: int) -> None:
    put(vault, owner, "a")
    seen(vault)
    vault.connection().execute("UPDATE connection SET name = 'other'")
    assert seen(vault)[2] == ["other"]


@pytest.mark.parametrize("action", ["read", "export"])
def test_a_line_of_the_audit_trail_leaves_what_is_remembered(vault: Vault, owner: int, action: str) -> None:
    put(vault, owner, "a")
    before = seen(vault)
    vault.note(Entry(action, "Observation/a"))
    with listening(vault.connection()) as heard:
        assert seen(vault) == before
    assert [one for one in heard if one.startswith("SELECT")] == []
    put(vault, owner, "b")
    assert seen(vault)[1] == before[1] + 1


def test_a_transaction_after_a_view_that_sqlite_has_ended_goes_by_nothing(vault: Vault, owner: int) -> None:
    put(vault, owner, "a")
    with vault.reading() as connection:
        assert every_noun(connection) == {"lab"}
        connection.execute("ROLLBACK")  # as SQLite does by itself when a disk fails
        with vault.transaction() as tx:
            resources.store(tx, owner, [record("b", kind="vital")])
            assert every_noun(tx.connection) == {"lab", "vital"}


def test_no_more_is_remembered_than_so_much(vault: Vault, owner: int) -> None:
    put(vault, owner, "a")
    with vault.reading() as connection:
        for until in range(1_000):
            paging.count(connection, Filter(connections=(owner,), until=until))
        held: remembered.Remembered = connection.remembered
        assert 0 < len(held._found) <= remembered._MOST


def test_nothing_is_remembered_once_the_vault_is_closed(vault: Vault, owner: int) -> None:
    put(vault, owner, "a")
    with vault.reading() as connection:
        held: remembered.Remembered = connection.remembered
        reading.owners(connection)
    assert held._found
    vault.close()
    assert not held._found


def test_what_a_failed_view_has_read_is_not_remembered(vault: Vault, owner: int) -> None:
    def fails() -> None:
        with vault.reading() as connection:
            held.append(connection.remembered)
            assert reading.owners(connection)
            raise RuntimeError  # as when a page was not what had been written

    held: list[remembered.Remembered] = []
    put(vault, owner, "a")
    with pytest.raises(RuntimeError):
        fails()
    assert not held[0]._found


def test_a_view_that_outlives_the_vault_leaves_nothing(vault: Vault, owner: int) -> None:
    put(vault, owner, "a")
    view = vault.reading()
    connection = view.__enter__()
    held: remembered.Remembered = connection.remembered
    vault._key = b""  # as closing it does, from another thread
    reading.owners(connection)
    view.__exit__(None, None, None)
    assert not held._found


def test_outside_a_view_nothing_is_remembered(vault: Vault) -> None:
    connection = vault.connection()
    assert isinstance(connection, engine.Database)
    answers = iter((1, 2))
    assert [remembered.once(connection, "x", lambda: next(answers)) for _ in range(2)] == [1, 2]
    with vault.reading() as view:
        assert view is connection
        assert [remembered.once(view, "x", lambda: 3) for _ in range(2)] == [3, 3]
    assert connection.remembered is None
