from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import IdentityClash
from store.vault import connections, reading, resources
from store.vault.identities import identity
from store.vault.reading import Filter
from tests.store.vault.building import record, signed_in

if TYPE_CHECKING:
    from store.records.incoming import Incoming
    from store.vault.vault import Vault


def put(vault: Vault, owner: int, *incoming: Incoming) -> int:
    with vault.transaction() as tx:
        return resources.store(tx, owner, incoming)


def found(vault: Vault, words: str) -> list[str]:
    with vault.reading() as connection:
        return [row.id for row in reading.search(connection, words, Filter())]


def rows(vault: Vault, wanted: Filter | None = None) -> list[reading.Row]:
    with vault.reading() as connection:
        return reading.rows(connection, wanted or Filter())


def test_new_records_are_counted_and_kept_whole(vault: Vault, owner: int) -> None:
    assert put(vault, owner, record("1", b'{"a":1.00}', version="3", date="2024-05", code="2951-2")) == 1
    (row,) = rows(vault)
    assert (row.type, row.id, row.version, row.kind, row.title, row.code) == (
        "Observation",
        "1",
        "3",
        "lab",
        "Sodium",
        "2951-2",
    )
    assert (row.date_text, row.connection) == ("2024-05", owner)
    with vault.reading() as connection:
        assert connection.execute("SELECT size FROM resource").fetchone() == (10,)


def test_unchanged_records_are_not_written_again(vault: Vault, owner: int) -> None:
    batch = [record(str(number), b"%d" % number) for number in range(1_200)]
    assert put(vault, owner, *batch) == 1_200
    with vault.transaction() as tx:
        before = tx.connection.total_changes
        assert resources.store(tx, owner, batch) == 0
        assert tx.connection.total_changes == before


def served(record_id: str, text: str = "same") -> bytes:
    return b'{"resourceType":"Observation","id":"%s","valueString":"%s"}' % (record_id.encode(), text.encode())


def test_what_the_vault_holds_byte_for_byte_is_told_without_reading_it(vault: Vault, owner: int) -> None:
    bodies = [served(str(number)) for number in range(1_200)]
    put(vault, owner, *(record(str(number), body) for number, body in enumerate(bodies)))
    keys = {row.id: row.pk for row in rows(vault)}
    now = [served("new"), bodies[7], served("8", "changed"), b"no resource", bodies[1_100]]
    with vault.reading() as connection:
        assert resources.unchanged(connection, owner, bodies) == {n: keys[str(n)] for n in range(1_200)}
        assert resources.unchanged(connection, owner, now) == {1: keys["7"], 4: keys["1100"]}
        assert resources.unchanged(connection, owner + 1, bodies) == {}


def test_of_two_with_one_name_none_is_told_to_be_unchanged(vault: Vault, owner: int) -> None:
    put(vault, owner, record("1", served("1")), record("2", served("2")))
    for bodies in ([served("1"), served("2"), served("1", "changed")], [served("1"), served("2"), served("1")]):
        with vault.reading() as connection:
            assert list(resources.unchanged(connection, owner, bodies)) == [1]


def test_a_changed_record_keeps_its_place_and_changes_what_search_finds(vault: Vault, owner: int) -> None:
    put(vault, owner, record("1", b"one", title="Sodium", words="serum"), record("2", b"two"))
    before = {row.id: row.pk for row in rows(vault)}
    assert put(vault, owner, record("1", b"changed", title="Potassium", words="plasma"), record("2", b"two")) == 1
    assert {row.id: row.pk for row in rows(vault)} == before
    assert found(vault, "potassium") == found(vault, "plasma") == ["1"]
    assert found(vault, "serum") == []
    assert found(vault, "sodium") == ["2"]


def test_of_two_of_the_same_identity_the_later_one_stands(vault: Vault, owner: int) -> None:
    assert put(vault, owner, record("1", b"early", title="Early"), record("1", b"late", title="Late")) == 1
    assert [row.title for row in rows(vault)] == ["Late"]
    assert found(vault, "early") == []


def test_the_same_id_at_another_portal_or_of_another_type_is_another_record(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        elsewhere = connections.save(tx, signed_in(base_url="https://other.example"))
        resources.store(tx, elsewhere, [record("1")])
        resources.store(tx, owner, [record("1"), record("1", type="Condition")])
    assert len(rows(vault)) == 3


@pytest.mark.parametrize("together", [True, False])
def test_records_that_cannot_be_told_apart_are_refused_and_nothing_is_lost(
    vault: Vault,
    owner: int,
    monkeypatch: pytest.MonkeyPatch,
    together: bool,  # noqa: FBT001 - both ways in which they meet
) -> None:
    monkeypatch.setattr(resources, "identity", lambda *_: 7)
    first, second = record("1", b"one"), record("2", b"two")
    if not together:
        put(vault, owner, first)
    with pytest.raises(IdentityClash, match="Observation/2"):
        put(vault, owner, *([first, second] if together else [second]))
    assert [row.id for row in rows(vault)] == ([] if together else ["1"])


def test_an_identity_is_the_same_in_every_run_and_fits_a_signed_integer() -> None:
    assert identity(1, "Observation", "1") == identity(1, "Observation", "1")
    several = [identity(owner, "Observation", str(number)) for owner in (1, 2) for number in range(500)]
    assert len(set(several)) == 1_000
    assert all(-(1 << 63) <= number < 1 << 63 for number in several)
    assert min(several) < 0


def test_new_records_lie_by_type_and_date(vault: Vault, owner: int) -> None:
    put(
        vault,
        owner,
        record("late", date="2024"),
        record("undated"),
        record("first", type="Condition", date="2025"),
        record("early", date="1999"),
    )
    assert [row.id for row in sorted(rows(vault), key=lambda row: row.pk)] == ["first", "undated", "early", "late"]


def test_a_record_without_a_title_is_named_later(vault: Vault, owner: int) -> None:
    put(vault, owner, record("1", b'{"x":1}', title=""), record("2", title="", code="own"), record("3"))
    with vault.transaction() as tx:
        waiting = resources.unnamed(tx.connection, owner)
        places = {tx.compressor.restore(tx.connection, dictionary, body): pk for pk, dictionary, body in waiting}
        assert set(places) == {b'{"x":1}', b"{}"}
        resources.name(tx, [(pk, "aspirin", "1191", "acetylsalicylic") for pk in places.values()])
        assert resources.unnamed(tx.connection, owner) == []
    assert {row.id: (row.title, row.code) for row in rows(vault)} == {
        "1": ("aspirin", "1191"),
        "2": ("aspirin", "own"),
        "3": ("Sodium", ""),
    }
    assert sorted(found(vault, "acetylsalicylic")) == ["1", "2"]


def test_forgetting_a_connection_forgets_its_records_and_no_others(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        elsewhere = connections.save(tx, signed_in(base_url="https://other.example"))
        resources.store(tx, owner, [record("1"), record("2")])
        resources.store(tx, elsewhere, [record("3")])
        resources.forget_connection(tx, owner)
    assert [row.id for row in rows(vault)] == found(vault, "sodium") == ["3"]


def test_search_takes_no_notice_of_accents_and_case(vault: Vault, owner: int) -> None:
    put(vault, owner, record("1", title="Röntgen des Thorax"))
    assert found(vault, "rontgen") == found(vault, "RÖNTGEN") == found(vault, "rönt*") == ["1"]
