from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from store.vault import reading, resources
from store.vault import vault as vaults
from store.vault.compression import Compressor
from tests.store.vault.building import PASSPHRASE, record

if TYPE_CHECKING:
    from store.config import Settings
    from store.vault.vault import Vault

BODIES = {
    str(number): (
        b'{"resourceType":"Observation","id":"%d","status":"final","code":{"coding":[{"system":"http://loinc.org",'
        b'"code":"2951-2","display":"Sodium"}]},"valueQuantity":{"value":%d.00,"unit":"mmol/L"}}' % (number, number)
    )
    for number in range(400)
}


def fill(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record(name, body) for name, body in BODIES.items()])


def bodies(vault: Vault) -> dict[str, bytes]:
    with vault.reading() as connection:
        return {row.id: body for row, body in reading.records(vault, connection, reading.Filter())}


def train(vault: Vault) -> tuple[bool, int]:
    with vault.transaction() as tx:
        return tx.compressor.train_if_due(tx.connection), tx.compressor.recompress(tx.connection)


def size(vault: Vault) -> int:
    with vault.reading() as connection:
        return int(connection.execute("SELECT sum(length(body)) FROM resource").fetchone()[0])


def test_bodies_come_back_byte_for_byte_before_and_after_training(vault: Vault, owner: int, settings: Settings) -> None:
    fill(vault, owner)
    assert bodies(vault) == BODIES
    before = size(vault)
    assert train(vault) == (True, 400)
    assert bodies(vault) == BODIES
    assert size(vault) < before / 2
    vault.close()
    with vaults.unlock(settings, PASSPHRASE) as again:
        assert bodies(again) == BODIES


def test_a_second_training_changes_nothing(vault: Vault, owner: int) -> None:
    fill(vault, owner)
    train(vault)
    assert train(vault) == (False, 0)


def test_new_records_use_the_dictionary_that_there_is(vault: Vault, owner: int, settings: Settings) -> None:
    fill(vault, owner)
    with vaults.unlock(settings, PASSPHRASE) as other:
        assert bodies(other) == BODIES
        train(vault)
        with other.transaction() as tx:
            resources.store(tx, owner, [record("new", b'{"id":"new"}')])
        with other.reading() as connection:
            assert connection.execute("SELECT DISTINCT dictionary FROM resource").fetchall() == [(1,)]
        assert bodies(vault) == bodies(other) == {**BODIES, "new": b'{"id":"new"}'}


def test_few_records_are_not_worth_a_dictionary(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record("1", BODIES["1"])])
    assert train(vault) == (False, 0)


def test_records_too_small_to_learn_from_make_no_dictionary(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record(str(number), b"{}") for number in range(300)])
    assert train(vault) == (False, 0)


@pytest.mark.parametrize("body", [b"", b"\x00", b"{}", bytes(100_000), "é".encode() * 1000])
def test_any_body_comes_back(vault: Vault, body: bytes) -> None:
    with vault.transaction() as tx:
        used, (frame,) = tx.compressor.compress(tx.connection, [body])
        assert tx.compressor.restore(tx.connection, used, frame) == body


def test_a_dictionary_that_was_taken_back_is_never_used(vault: Vault, owner: int) -> None:
    fill(vault, owner)

    def fail() -> None:
        with vault.transaction() as tx:
            assert tx.compressor.train_if_due(tx.connection)
            resources.store(tx, owner, [record("1", b"changed")])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with vault.transaction() as tx:
        resources.store(tx, owner, [record("after", b"{}")])
    assert bodies(vault) == {**BODIES, "after": b"{}"}


def test_threads_restore_bodies_side_by_side(vault: Vault, owner: int) -> None:
    fill(vault, owner)
    train(vault)
    found: list[dict[str, bytes]] = []
    threads = [threading.Thread(target=lambda: found.append(bodies(vault))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [BODIES] * 4


def test_a_compressor_learns_of_the_dictionary_from_the_database(vault: Vault, owner: int) -> None:
    fill(vault, owner)
    train(vault)
    with vault.reading() as connection:
        used, frame = connection.execute("SELECT dictionary, body FROM resource WHERE id = '7'").fetchone()
        assert Compressor().restore(connection, used, frame) == BODIES["7"]
