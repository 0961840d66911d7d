from __future__ import annotations

from typing import TYPE_CHECKING

from store.vault import connections, resources, versions
from tests.store.vault.building import record

if TYPE_CHECKING:
    from store.vault.vault import Vault


def store(vault: Vault, owner: int, body: bytes, version: str) -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record("a", body, version=version)])


def kept(vault: Vault) -> list[tuple[str | None, bytes]]:
    with vault.reading() as connection:
        (pk,) = connection.execute("SELECT pk FROM resource").fetchone()
        return [(item.version, item.body) for item in versions.of(connection, pk)]


def test_what_is_replaced_is_kept_and_what_is_unchanged_is_not(vault: Vault, owner: int) -> None:
    store(vault, owner, b"one", "1")
    store(vault, owner, b"one", "1")
    assert kept(vault) == []
    store(vault, owner, b"two", "2")
    store(vault, owner, b"three", "3")
    assert kept(vault) == [("2", b"two"), ("1", b"one")]


def test_the_oldest_of_many_versions_give_way(vault: Vault, owner: int) -> None:
    for number in range(versions.MOST + 5):
        store(vault, owner, f"body {number}".encode(), str(number))
    found = kept(vault)
    assert len(found) == versions.MOST
    assert found[0][0] == str(versions.MOST + 3)


def test_what_is_damaged_gives_way_and_is_no_version(vault: Vault, owner: int) -> None:
    store(vault, owner, b"one", "1")
    with vault.transaction() as tx:
        tx.connection.execute("UPDATE resource SET body = x'00'")
    store(vault, owner, b"two", "2")
    assert kept(vault) == []


def test_versions_go_with_their_connection(vault: Vault, owner: int) -> None:
    store(vault, owner, b"one", "1")
    store(vault, owner, b"two", "2")
    with vault.transaction() as tx:
        connections.remove(tx, owner)
        assert tx.connection.execute("SELECT count(*) FROM earlier_version").fetchone() == (0,)
