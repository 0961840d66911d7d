from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.vault import audit, connections, reading, resources
from store.vault.reading import Filter
from tests.store.vault.building import record, signed_in

if TYPE_CHECKING:
    from store.vault.vault import Vault


@pytest.fixture
def filled(vault: Vault, owner: int) -> Vault:
    with vault.transaction() as tx:
        elsewhere = connections.save(tx, signed_in(name="other", base_url="https://other.example"))
        resources.store(
            tx,
            owner,
            [
                record("old", b"old", date="2020", code="a", status="final"),
                record("new", b"new", date="2024", code="b", status="final", flag="high", version="2"),
                record("undated", b"undated", kind="vital", status="preliminary"),
                record("asthma", b"asthma", type="Condition", kind="condition", title="Asthma", date="2022"),
            ],
        )
        resources.store(tx, elsewhere, [record("new", b"elsewhere", date="2023", code="a")])
    return vault


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Filter(), ["new", "new", "asthma", "old", "undated"]),
        (Filter(limit=2), ["new", "new"]),
        (Filter(limit=0), []),
        (Filter(kinds=("vital", "condition")), ["asthma", "undated"]),
        (Filter(types=("Condition",)), ["asthma"]),
        (Filter(statuses=("preliminary",)), ["undated"]),
        (Filter(code="a"), ["new", "old"]),
        (Filter(flag="high"), ["new"]),
        (Filter(flag="high", connections=(2,)), []),
        (Filter(record_id="old", kinds=("lab",)), ["old"]),
        (Filter(record_id="' OR 1=1 --"), []),
    ],
)
def test_a_filter_narrows_and_the_newest_come_first(filled: Vault, wanted: Filter, ids: list[str]) -> None:
    with filled.reading() as connection:
        found = reading.rows(connection, wanted)
        assert [row.id for row in found] == ids
        assert [(row, body) for row, body in reading.records(filled, connection, wanted)] == [
            (row, b"elsewhere" if row.connection == 2 else row.id.encode()) for row in found
        ]
        if wanted.limit is None:
            assert reading.count(connection, wanted) == len(ids)


def test_records_are_counted_by_kind(filled: Vault) -> None:
    with filled.reading() as connection:
        assert reading.counts_by_kind(connection) == {"condition": 1, "lab": 3, "vital": 1}
        assert reading.counts_by_kind(connection, (2,)) == {"lab": 1}
        assert reading.types(connection, Filter()) == ["Condition", "Observation"]
        assert reading.types(connection, Filter(kinds=("lab",))) == ["Observation"]


def test_search_is_narrowed_as_lists_are(filled: Vault) -> None:
    with filled.reading() as connection:
        assert [row.id for row in reading.search(connection, "sodium", Filter())] == ["new", "new", "old", "undated"]
        assert [row.id for row in reading.search(connection, "sodium", Filter(kinds=("lab",), limit=1))] == ["new"]
        assert reading.search(connection, "sodium", Filter(types=("Condition",))) == []


def test_connections_come_oldest_first_and_never_show_their_tokens(filled: Vault) -> None:
    with filled.reading() as connection:
        found = reading.connections(connection)
    assert [row.name for row in found] == ["portal.example", "other"]
    assert found[0].access_token == "access-secret"
    assert "secret" not in repr(found)


def test_the_newest_audit_lines_come_first(filled: Vault) -> None:
    with filled.transaction() as tx:
        for number in range(3):
            tx.audit(audit.Entry("read", str(number)))
    with filled.reading() as connection:
        assert [(line[0], line[5]) for line in reading.audit_lines(connection, 2)] == [(3, "2"), (2, "1")]
