from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from store.vault import conflicts, outbox, tables
from store.vault.conflicts import COLUMNS, Conflict
from store.vault.outbox import Item, State

if TYPE_CHECKING:
    from store.vault.vault import Vault


def put(vault: Vault, owner: int, *names: str) -> Conflict:
    made = Conflict(names[0], owner, "item", "Patient/p1", b"base", b"mine", b"theirs" * 50, "2", 100)
    with vault.transaction() as tx:
        outbox.add(tx, Item("item", owner, "change", "Ada", "Patient", "r", b"{}", State.CONFLICT, 1, 1))
        for name in names:
            conflicts.add(tx, replace(made, id=name))
    return made


def test_a_conflict_comes_back_as_it_was_put_in(vault: Vault, owner: int) -> None:
    made = put(vault, owner, "c1")
    with vault.reading() as connection:
        assert conflicts.waiting(connection) == conflicts.of_item(connection, "item") == [made]
        assert conflicts.waiting(connection, (owner + 1,)) == conflicts.of_item(connection, "other") == []


def test_a_new_conflict_of_an_item_takes_the_place_of_the_one_before(vault: Vault, owner: int) -> None:
    put(vault, owner, "c1", "c2")
    with vault.reading() as connection:
        assert [found.id for found in conflicts.waiting(connection)] == ["c2"]


def test_a_conflict_that_is_decided_waits_no_more(vault: Vault, owner: int) -> None:
    put(vault, owner, "c1")
    with vault.transaction() as tx:
        conflicts.close(tx, "c1", "mine")
    with vault.reading() as connection:
        assert conflicts.waiting(connection) == []
        assert connection.execute("SELECT resolution FROM change_conflict").fetchall() == [("mine",)]


def test_the_plain_sql_knows_every_column() -> None:
    assert tuple(tables.Conflict.model_fields) == COLUMNS == tuple(field.name for field in fields(Conflict))
