from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import AuditBroken, InvalidInput
from store.vault import audit
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.client import Client


@pytest.fixture
def noted(client: Client) -> Client:
    with client.open_or_create().transaction() as tx:
        for number in range(4):
            tx.audit(Entry("read", f"Observation/{number}", "Patient/p1"), at=1_764_000_000 + number)
        tx.audit(Entry("sync", "\x1b[31m3 records"), at=1_764_000_010)
    return client


def change(client: Client, statement: str) -> None:
    with client.vault.transaction() as tx:
        tx.connection.execute(statement)


def test_lines_are_listed_newest_first_and_cut_with_their_total(noted: Client) -> None:
    found = noted.audit.list(limit=2)
    assert ([row.number for row in found.items], found.total) == ([5, 4], 5)
    assert [row.number for row in noted.audit.list("read", since=1_764_000_002).items] == [4, 3]
    assert "\x1b" not in str(found.items[0].what)


def test_a_whole_trail_is_told_with_its_head(noted: Client) -> None:
    found = noted.audit.verify()
    assert (found.lines, found.salvaged) == (5, 0)
    assert str(found.head).startswith("5:")
    assert noted.audit.verify(str(found.head)) == found


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit_entry SET what = 'x' WHERE number = 2", "line 2 was changed"),
        ("DELETE FROM audit_entry WHERE number = 2", "line 2 is missing"),
        ("DELETE FROM audit_entry WHERE number > 3", "lines 4 to 5 are missing at the end"),
    ],
)
def test_each_finding_is_told_with_its_line(noted: Client, statement: str, finding: str) -> None:
    change(noted, statement)
    with pytest.raises(AuditBroken) as caught:
        noted.audit.verify()
    assert caught.value.findings == (finding,)


def test_a_head_that_was_kept_is_compared(noted: Client) -> None:
    head = str(noted.audit.verify().head)
    with noted.vault.transaction() as tx:
        key = audit.key_of(tx.connection)
        tx.connection.execute("DELETE FROM audit_entry WHERE number = 5")
        audit.begin(tx.connection, key)
    noted.audit.verify()
    with pytest.raises(AuditBroken):
        noted.audit.verify(head)
    with pytest.raises(InvalidInput):
        noted.audit.verify("no head")


def test_a_trail_that_was_salvaged_says_from_where_it_is_verified(noted: Client) -> None:
    change(noted, "UPDATE audit_entry SET what = 'x' WHERE number = 2")
    with noted.vault.transaction() as tx:
        audit.mark_salvaged(tx.connection)
    assert noted.audit.verify().salvaged == 5


def test_an_export_holds_every_line_and_is_noted_after_them(noted: Client) -> None:
    rows, head = noted.audit.export()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert head == f"5:{rows[-1].mac}"
    (newest,) = noted.audit.list(limit=1).items
    assert (newest.number, newest.action) == (6, "export")
    noted.audit.verify(head)


def test_a_mac_that_is_no_bytes_is_shown_as_nothing(noted: Client) -> None:
    change(noted, "UPDATE audit_entry SET mac = 'text' WHERE number = 5")
    assert str(noted.audit.list(limit=1).items[0].mac) == ""
