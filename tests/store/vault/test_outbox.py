from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import NoResultFound
from sqlcipher3 import dbapi2 as sqlcipher

from store.vault import outbox
from store.vault.outbox import Item, State

if TYPE_CHECKING:
    from store.vault.vault import Vault


def item(owner: int, name: str = "1", **parts: int) -> Item:
    return Item(
        id=name,
        connection=owner,
        kind="refill",
        title="aspirin",
        type="Task",
        request_id=f"request-{name}",
        body=b'{"resourceType":"Task"}',
        state=State.QUEUED,
        created=parts.get("created", 100),
        updated=100,
        focus="MedicationRequest/m1",
    )


def put(vault: Vault, *wanted: Item) -> None:
    with vault.transaction() as tx:
        for one in wanted:
            outbox.add(tx, one)


def only(vault: Vault) -> Item:
    with vault.reading() as connection:
        (found,) = outbox.items(connection)
    return found


def test_an_item_comes_back_as_it_was_put_in(vault: Vault, owner: int) -> None:
    put(vault, item(owner))
    assert only(vault) == item(owner)


def test_items_come_oldest_first_and_by_connection(vault: Vault, owner: int) -> None:
    put(vault, item(owner, "b", created=200), item(owner, "c", created=100), item(owner, "a", created=200))
    with vault.reading() as connection:
        assert [found.id for found in outbox.items(connection)] == ["c", "a", "b"]
        assert [found.id for found in outbox.items(connection, owner)] == ["c", "a", "b"]
        assert outbox.items(connection, owner + 1) == []


@pytest.mark.parametrize("state", State)
def test_only_what_the_portal_has_not_answered_waits(vault: Vault, owner: int, state: State) -> None:
    put(vault, replace(item(owner), state=state))
    with vault.reading() as connection:
        waits = bool(outbox.waiting(connection, owner))
    assert waits is (state in {State.QUEUED, State.SENDING, State.UNKNOWN})


def test_every_sending_counts_as_an_attempt(vault: Vault, owner: int) -> None:
    put(vault, item(owner))
    for state in (State.SENDING, State.UNKNOWN, State.SENDING, State.CONFIRMED):
        with vault.transaction() as tx:
            outbox.move(tx, "1", state)
    found = only(vault)
    assert (found.state, found.attempts) == (State.CONFIRMED, 2)
    assert found.updated > 100


def test_a_result_stays_and_a_reason_is_the_latest(vault: Vault, owner: int) -> None:
    put(vault, item(owner))
    with vault.transaction() as tx:
        outbox.move(tx, "1", State.REJECTED, reason="too early", result="Task/9")
        outbox.move(tx, "1", State.QUEUED)
    assert (only(vault).result, only(vault).reason) == ("Task/9", "")


def test_one_request_is_never_put_in_twice(vault: Vault, owner: int) -> None:
    put(vault, item(owner))
    with pytest.raises(sqlcipher.IntegrityError):
        put(vault, replace(item(owner, "2"), request_id="request-1"))
    assert only(vault).id == "1"


def test_an_item_belongs_to_a_connection_that_exists(vault: Vault, owner: int) -> None:
    with pytest.raises(sqlcipher.IntegrityError):
        put(vault, item(owner + 1))


def test_an_item_that_does_not_exist_cannot_be_moved(vault: Vault) -> None:
    with pytest.raises(NoResultFound), vault.transaction() as tx:
        outbox.move(tx, "gone", State.QUEUED)
