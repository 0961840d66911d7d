"""Connections that are closed while other threads use them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from store.errors import VaultLocked

if TYPE_CHECKING:
    from store.vault.vault import Vault

_LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"


def test_a_vault_that_is_closed_stops_what_other_threads_read(vault: Vault) -> None:
    begun, ended = threading.Barrier(5), []

    def read() -> None:
        try:
            with vault.reading() as connection:
                begun.wait()
                connection.execute(_LONG).fetchall()
        except VaultLocked as error:
            ended.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    time.sleep(0.05)
    vault.close()
    for thread in threads:
        thread.join(20)
    assert len(ended) == 4


def test_closing_at_any_moment_ends_readers_and_writers_in_order(vault: Vault) -> None:
    unforeseen: list[BaseException] = []
    until = threading.Event()

    def use(number: int) -> None:
        try:
            while not until.is_set():
                with vault.reading() as connection:
                    connection.execute("SELECT * FROM sqlite_master").fetchall()
                if number == 0:
                    with vault.transaction() as tx:
                        tx.connection.execute("INSERT OR REPLACE INTO setting VALUES ('x', 'y')")
                vault.let_go()
        except VaultLocked:
            pass
        except BaseException as error:  # noqa: BLE001 - what must not come
            unforeseen.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    vault.close()
    until.set()
    for thread in threads:
        thread.join(20)
    assert unforeseen == []


def test_a_closed_vault_gives_no_connection(vault: Vault) -> None:
    vault.close()
    with pytest.raises(VaultLocked), vault.reading():
        pass
    vault.close()


def test_a_thread_may_close_the_vault_inside_its_own_view(vault: Vault) -> None:
    with vault.reading() as connection:
        connection.execute("SELECT 1").fetchall()
        vault.close()
