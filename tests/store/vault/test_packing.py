"""Packing: what a sync brought takes less, and reads the same."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from store.records import incoming
from store.vault import compression, connections, packing, reading, resources
from store.vault.reading import Filter
from tests.store.vault.building import record, signed_in

if TYPE_CHECKING:
    from store.records.incoming import Incoming
    from store.vault.vault import Vault


def lab(number: int, **more: object) -> Incoming:
    body = {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium"}]},
        "valueQuantity": {"value": number, "unit": "mmol/L", "system": "http://unitsofmeasure.org"},
        "note": [{"text": random.Random(number).randbytes(20).hex()}],
        **more,
    }
    found = incoming.decode(json.dumps(body).encode())
    assert found
    return found


def put(vault: Vault, owner: int, *items: Incoming) -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, items)


def bodies(vault: Vault) -> dict[str, bytes]:
    with vault.reading() as connection:
        return {row.id: body for row, body in reading.records(vault, connection, Filter())}


def written(vault: Vault) -> list[bytes]:
    """What the files of the vault's database hold."""
    return [path.read_bytes() for path in sorted(vault.path.parent.glob(f"{vault.path.name}*"))]


def parts(vault: Vault) -> int:
    """How many parts the search index has."""
    with vault.reading() as connection:
        return int(connection.execute("SELECT count(DISTINCT segid) FROM resource_fts_idx").fetchone()[0])


def dictionaries(vault: Vault) -> list[tuple[int, int]]:
    with vault.reading() as connection:
        found: list[tuple[int, int]] = connection.execute("SELECT id, records FROM dictionary").fetchall()
    return found


def test_a_packed_vault_has_no_gaps_and_the_same_records(vault: Vault, owner: int) -> None:
    items = [lab(number) for number in range(800)]
    put(vault, owner, *items)
    with vault.reading() as connection:
        before = connection.execute("PRAGMA page_count").fetchone()[0]
    packing.pack(vault)
    with vault.reading() as connection:
        assert connection.execute("PRAGMA page_count").fetchone()[0] < before * 0.7
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert len(reading.search(connection, "sodium", Filter())) == 800
    assert bodies(vault) == {item.id: item.body for item in items}


def test_nothing_is_written_when_there_is_nothing_to_pack(vault: Vault, owner: int) -> None:
    put(vault, owner, *(lab(number) for number in range(100)))
    packing.pack(vault)
    known = dictionaries(vault)
    vault.checkpoint()
    before = written(vault)
    packing.pack(vault)
    assert written(vault) == before
    assert dictionaries(vault) == known == [(1, 100)]


def test_the_parts_of_the_search_index_are_joined_once_there_are_some(vault: Vault, owner: int) -> None:
    for start in range(0, 120, 20):
        put(vault, owner, *(lab(number) for number in range(start, start + 20)))
    assert parts(vault) == 6
    packing.pack(vault)
    assert parts(vault) == 1
    for start in range(120, 160, 20):
        put(vault, owner, *(lab(number) for number in range(start, start + 20)))
    packing.pack(vault)
    assert parts(vault) == 3  # not the whole index for each sync
    with vault.reading() as connection:
        assert len(reading.search(connection, "sodium", Filter())) == 160
        assert connection.execute("PRAGMA integrity_check(resource_fts)").fetchall() == [("ok",)]


def test_an_index_too_large_for_one_transaction_is_joined_in_several(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "_PAGES_AT_ONCE", 1)
    for start in range(0, 600, 100):
        put(vault, owner, *(lab(number) for number in range(start, start + 100)))
    packing.pack(vault)
    assert parts(vault) == 1
    with vault.reading() as connection:
        assert len(reading.search(connection, "sodium", Filter())) == 600


def test_a_vault_that_has_grown_learns_anew_and_drops_what_nothing_needs(vault: Vault, owner: int) -> None:
    items = [lab(number) for number in range(100)]
    put(vault, owner, *items)
    packing.pack(vault)
    more = [lab(number, method={"text": f"{number:x} indirect ion selective electrode"}) for number in range(100, 900)]
    put(vault, owner, *more)
    packing.pack(vault)
    assert dictionaries(vault) == [(2, 900)]
    assert bodies(vault) == {item.id: item.body for item in [*items, *more]}


def test_a_first_sync_learns_while_it_goes_on(vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_EARLY", 100)
    put(vault, owner, *(lab(number) for number in range(60)))
    assert dictionaries(vault) == []
    put(vault, owner, *(lab(number) for number in range(60, 300)))
    assert dictionaries(vault) == [(1, 300)]
    with vault.reading() as connection:
        assert connection.execute("SELECT count(*) FROM resource WHERE dictionary = 1").fetchone() == (240,)
    packing.pack(vault)
    with vault.reading() as connection:
        assert connection.execute("SELECT count(*) FROM resource WHERE dictionary = 1").fetchone() == (300,)


def test_a_large_first_batch_is_learned_from_before_it_is_stored(vault: Vault, owner: int) -> None:
    put(vault, owner, *(lab(number) for number in range(2_500)))
    assert dictionaries(vault) == [(1, 2_500)]
    with vault.reading() as connection:
        assert connection.execute("SELECT count(*) FROM resource WHERE dictionary = 0").fetchone() == (0,)
        found = {found.id for found, _ in reading.records(vault, connection, reading.Filter())}
    assert len(found) == 2_500


def test_a_large_vault_repacks_only_what_has_no_dictionary_and_leaves_small_gaps(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "_LEARNED", 50)
    monkeypatch.setattr(packing, "_WORTH", 2)
    monkeypatch.setattr(resources, "_EARLY", 100)
    put(vault, owner, *(lab(number) for number in range(100)))
    put(vault, owner, *(lab(number) for number in range(100, 400)))
    packing.pack(vault)
    with vault.reading() as connection:
        assert connection.execute("SELECT DISTINCT dictionary FROM resource").fetchall() == [(1,)]
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] >= 0
    assert not compression.is_due(1_000_000, 51)


def test_a_dictionary_that_saves_nothing_is_not_kept_and_not_tried_again_soon(vault: Vault, owner: int) -> None:
    put(vault, owner, *(lab(number) for number in range(60)))
    packing.pack(vault)
    put(vault, owner, *(lab(number) for number in range(60, 260)))
    packing.pack(vault)
    assert [number for number, _ in dictionaries(vault)] == [1]
    assert dictionaries(vault)[0][1] == 260


@pytest.mark.parametrize(
    ("count", "learned_from", "due"),
    [(49, 0, False), (50, 0, True), (399, 100, False), (400, 100, True), (4_000_000, 5_001, False)],
)
def test_training_is_due_at_first_and_whenever_the_vault_is_four_times_as_large(
    count: int, learned_from: int, *, due: bool
) -> None:
    assert compression.is_due(count, learned_from) is due


def test_records_are_read_anew_from_their_own_bytes(vault: Vault, owner: int) -> None:
    put(vault, owner, *(lab(number) for number in range(600)), record("odd", b"\xff", title="Odd one"))
    medicine = b'{"resourceType":"MedicationRequest","id":"m","medicationReference":{"reference":"Medication/1"}}'
    found = incoming.decode(medicine)
    assert found
    put(vault, owner, found)
    with vault.transaction() as tx:
        ((pk, *_),) = resources.unnamed(tx.connection, owner)
        resources.name(tx, [(pk, "aspirin", "1191", "")])
    before = rows(vault)
    with vault.transaction() as tx:
        tx.connection.execute(
            "UPDATE resource SET status = 'wrong', title = CASE pk WHEN ? THEN title ELSE '?' END", (pk,)
        )
        tx.connection.execute("UPDATE resource SET title = 'Odd one', status = 'final' WHERE id = 'odd'")
        tx.connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('delete-all')")
        assert resources.reread(tx.connection, tx.compressor) == 602
    assert rows(vault) == before
    with vault.reading() as connection:
        assert len(reading.search(connection, "sodium", Filter())) == 600
        assert [row.id for row in reading.search(connection, "aspirin", Filter())] == ["m"]
        assert [row.id for row in reading.search(connection, "odd", Filter())] == ["odd"]


def rows(vault: Vault) -> list[reading.Row]:
    with vault.reading() as connection:
        return reading.rows(connection, Filter())


def test_a_record_is_found_by_its_id_at_any_portal_and_of_any_type(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        elsewhere = connections.save(tx, signed_in(name="other", base_url="https://other.example"))
        resources.store(tx, owner, [record("same"), record("same", type="Condition", kind="condition")])
        resources.store(tx, elsewhere, [record("same"), record("other")])
    with vault.reading() as connection:
        assert len(reading.rows(connection, Filter(record_id="same"))) == 3
        assert len(reading.rows(connection, Filter(record_id="same", types=("Observation",)))) == 2
        assert len(reading.rows(connection, Filter(record_id="same", connections=(elsewhere,)))) == 1
        assert reading.rows(connection, Filter(record_id="same", types=("Goal",))) == []
        plan = connection.execute("EXPLAIN QUERY PLAN SELECT pk FROM resource WHERE h IN (1) AND id = 'a'").fetchall()
        assert "USING INDEX" in str(plan)


def test_what_cannot_be_learned_from_is_tried_once_and_not_with_every_page(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(resources, "_EARLY", 0)
    monkeypatch.setattr(compression, "_best_dictionary", lambda samples: tried.append(len(samples)))
    for start in range(0, 260, 20):
        put(vault, owner, *(lab(number) for number in range(start, start + 20)))
    packing.pack(vault)
    assert tried == [60, 240]
    assert dictionaries(vault) == []


def test_records_that_are_gone_are_not_counted(vault: Vault, owner: int) -> None:
    put(vault, owner, *(lab(number) for number in range(60)))
    with vault.transaction() as tx:
        tx.connection.execute("DELETE FROM resource WHERE pk < 50")
    packing.pack(vault)
    assert dictionaries(vault) == []
