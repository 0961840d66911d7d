from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.vault import audit
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.vault.vault import Vault


@pytest.fixture
def written(vault: Vault) -> Vault:
    for number in range(5):
        with vault.transaction() as tx:
            tx.audit(Entry("read", f"Observation/{number}", subject="Patient/p1"))
    return vault


def broken_after(vault: Vault, *changes: str) -> int | None:
    with vault.transaction() as tx:
        for change in changes:
            tx.connection.execute(change)
    with vault.reading() as connection:
        return audit.broken_at(connection, vault.audit_key)


def test_a_trail_that_nobody_touched_is_whole(written: Vault) -> None:
    assert broken_after(written) is None


def test_an_empty_trail_is_whole(vault: Vault) -> None:
    assert broken_after(vault) is None


@pytest.mark.parametrize(
    "change",
    [
        "what = 'Observation/9'",
        "action = 'write'",
        "actor = 'clinic'",
        "subject = 'Patient/p2'",
        "at = at + 1",
        "mac = zeroblob(32)",
        "mac = 'text'",
        "what = x'00ff'",
    ],
)
def test_an_edited_line_is_found(written: Vault, change: str) -> None:
    assert broken_after(written, f"UPDATE audit_entry SET {change} WHERE number = 3") == 3  # noqa: S608 - our own changes


def test_a_deleted_line_is_found_at_the_next_one(written: Vault) -> None:
    assert broken_after(written, "DELETE FROM audit_entry WHERE number = 3") == 4


def test_a_deleted_line_is_found_when_the_numbers_are_closed_up(written: Vault) -> None:
    assert (
        broken_after(
            written,
            "DELETE FROM audit_entry WHERE number = 3",
            "UPDATE audit_entry SET number = 3 WHERE number = 4",
            "UPDATE audit_entry SET number = 4 WHERE number = 5",
        )
        == 3
    )


def test_a_trail_without_its_beginning_is_found(written: Vault) -> None:
    assert broken_after(written, "DELETE FROM audit_entry WHERE number = 1") == 2


def test_lines_that_changed_places_are_found(written: Vault) -> None:
    assert (
        broken_after(
            written,
            "UPDATE audit_entry SET number = 99 WHERE number = 2",
            "UPDATE audit_entry SET number = 2 WHERE number = 3",
            "UPDATE audit_entry SET number = 3 WHERE number = 99",
        )
        == 2
    )


def test_a_line_that_was_put_in_without_the_key_is_found(written: Vault) -> None:
    columns = "at, actor, subject, action, what, mac"
    copied = f"INSERT INTO audit_entry ({columns}) SELECT {columns} FROM audit_entry WHERE number = 5"  # noqa: S608 - our own columns
    assert broken_after(written, copied) == 6


def test_another_key_finds_the_first_line_broken(written: Vault) -> None:
    with written.reading() as connection:
        assert audit.broken_at(connection, bytes(32)) == 1
