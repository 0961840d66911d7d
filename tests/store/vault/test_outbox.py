from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import NoResultFound
from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import WrongState
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
        assert [found.id for found in outbox.items(connection, (owner,))] == ["c", "a", "b"]
        assert outbox.items(connection, (owner + 1,)) == []


@pytest.mark.parametrize("state", State)
def test_only_what_the_portal_has_not_answered_waits(vault: Vault, owner: int, state: State) -> None:
    put(vault, replace(item(owner), state=state))
    with vault.reading() as connection:
        waits = bool(outbox.waiting(connection, (owner,)))
    assert waits is (state in {State.QUEUED, State.SENDING, State.UNKNOWN})


def test_every_sending_counts_as_an_attempt(vault: Vault, owner: int) -> None:
    put(vault, item(owner))
    for state in (State.SENDING, State.UNKNOWN, State.SENDING, State.CONFIRMED):
        with vault.transaction() as tx:
            outbox.move(tx, "1", state)
    found = only(vault)
    assert (found.state, found.attempts) == (State.CONFIRMED, 2)
    assert found.updated > 100


def test_a_result_stays_and_a_reason_and_a_time_are_the_latest(vault: Vault, owner: int) -> None:
    put(vault, item(owner))
    with vault.transaction() as tx:
        outbox.move(tx, "1", State.SENDING)
        outbox.move(tx, "1", State.REJECTED, reason="too early", result="Task/9", not_before=500)
    assert (only(vault).result, only(vault).reason, only(vault).not_before) == ("Task/9", "too early", 500)
    with vault.transaction() as tx:
        moved = outbox.move(tx, "1", State.QUEUED)
    assert (only(vault).result, only(vault).reason, only(vault).not_before) == ("Task/9", "", 0)
    assert moved == only(vault)


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_a_request_moves_only_as_the_table_says(vault: Vault, owner: int, before: State, after: State) -> None:
    put(vault, replace(item(owner), state=before))
    if after in outbox.MOVES[before]:
        with vault.transaction() as tx:
            outbox.move(tx, "1", after)
        assert only(vault).state == after
        return
    with pytest.raises(WrongState, match=f"{before} cannot become {after}"), vault.transaction() as tx:
        outbox.move(tx, "1", after)
    assert only(vault).state == before


def test_the_table_knows_every_state_and_lets_nothing_forget_that_it_may_have_arrived() -> None:
    assert set(outbox.MOVES) == set(State)
    assert State.QUEUED not in outbox.MOVES[State.UNKNOWN]
    assert outbox.MOVES[State.CONFIRMED] == outbox.MOVES[State.CANCELLED] == frozenset()
    assert [state for state, after in outbox.MOVES.items() if State.SENDING in after] == [State.QUEUED, State.UNKNOWN]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("interaction", ["create", "update"])
def test_only_what_cannot_have_arrived_is_rewritten_unless_its_version_guards_it(
    vault: Vault, owner: int, state: State, interaction: str
) -> None:
    before = replace(item(owner), state=state, interaction=interaction, attempts=3, base=b"old", version="1")
    put(vault, before)
    may = state in {State.DRAFT, State.QUEUED} or (state is State.UNKNOWN and interaction == "update")
    if may:
        with vault.transaction() as tx:
            outbox.rewrite(tx, "1", b"new", base=b"newer", version="2")
        found = only(vault)
        assert (found.body, found.base, found.version, found.attempts) == (b"new", b"newer", "2", 0)
        return
    with pytest.raises(WrongState), vault.transaction() as tx:
        outbox.rewrite(tx, "1", b"new")
    assert only(vault) == before


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
