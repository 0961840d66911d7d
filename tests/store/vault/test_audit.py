from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import AuditBroken, InvalidInput
from store.vault import audit
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.vault.vault import Vault

COLUMNS = "at, actor, subject, action, what, mac"


@pytest.fixture
def written(vault: Vault) -> Vault:
    for number in range(5):
        with vault.transaction() as tx:
            tx.audit(Entry("read", f"Observation/{number}", subject="Patient/p1"), at=1_764_000_000 + number)
    return vault


def change(vault: Vault, *changes: str) -> None:
    with vault.transaction() as tx:
        for statement in changes:
            tx.connection.execute(statement)


def findings(vault: Vault, *changes: str, kept: audit.Head | None = None) -> list[str]:
    change(vault, *changes)
    with vault.reading() as connection:
        return audit.verify(connection, kept)


def head(vault: Vault) -> audit.Head:
    with vault.reading() as connection:
        return audit.head(connection)


def test_a_trail_that_nobody_touched_is_whole(written: Vault) -> None:
    assert findings(written) == []
    assert findings(written, kept=head(written)) == []


def test_an_empty_trail_is_whole(vault: Vault) -> None:
    assert findings(vault) == []
    assert head(vault) == audit.Head(0, b"")


@pytest.mark.parametrize(
    "edit",
    [
        "what = 'Observation/9'",
        "action = 'write'",
        "actor = 'clinic'",
        "subject = 'Patient/p2'",
        "at = at + 1",
        "what = x'00ff'",
    ],
)
@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_edited_line_is_found(written: Vault, edit: str, number: int) -> None:
    statement = f"UPDATE audit_entry SET {edit} WHERE number = {number}"  # noqa: S608 - our own changes
    assert findings(written, statement) == [f"line {number} was changed"]


@pytest.mark.parametrize("mac", ["zeroblob(32)", "'text'"])
def test_an_edited_mac_is_found_with_the_line_that_hangs_on_it(written: Vault, mac: str) -> None:
    found = findings(written, f"UPDATE audit_entry SET mac = {mac} WHERE number = 3")  # noqa: S608 - as above
    assert found == ["line 3 was changed", "line 4 was changed"]


def test_a_deleted_line_is_found_by_its_number(written: Vault) -> None:
    assert findings(written, "DELETE FROM audit_entry WHERE number = 3") == ["line 3 is missing"]


def test_a_deleted_line_is_found_when_the_numbers_are_closed_up(written: Vault) -> None:
    found = findings(
        written,
        "DELETE FROM audit_entry WHERE number = 3",
        "UPDATE audit_entry SET number = 3 WHERE number = 4",
        "UPDATE audit_entry SET number = 4 WHERE number = 5",
    )
    assert found == ["line 3 was changed", "line 5 is missing at the end"]


def test_a_trail_without_its_beginning_is_found(written: Vault) -> None:
    assert findings(written, "DELETE FROM audit_entry WHERE number <= 2") == ["lines 1 to 2 are missing"]


@pytest.mark.parametrize(
    ("first", "finding"), [(5, "line 5 is missing at the end"), (3, "lines 3 to 5 are missing at the end")]
)
def test_a_trail_without_its_end_is_found(written: Vault, first: int, finding: str) -> None:
    assert findings(written, f"DELETE FROM audit_entry WHERE number >= {first}") == [finding]  # noqa: S608 - as above


def test_a_trail_without_any_line_is_found(written: Vault) -> None:
    assert findings(written, "DELETE FROM audit_entry") == ["lines 1 to 5 are missing at the end"]


def test_lines_that_changed_places_are_found(written: Vault) -> None:
    found = findings(
        written,
        "UPDATE audit_entry SET number = 99 WHERE number = 2",
        "UPDATE audit_entry SET number = 2 WHERE number = 3",
        "UPDATE audit_entry SET number = 3 WHERE number = 99",
    )
    assert found == [f"line {number} belongs in another place" for number in (2, 3, 4)]


def test_a_line_that_was_put_in_without_the_key_is_found(written: Vault) -> None:
    found = findings(
        written,
        f"INSERT INTO audit_entry ({COLUMNS}) SELECT {COLUMNS} FROM audit_entry WHERE number = 5",  # noqa: S608 - as above
    )
    assert found == ["line 6 belongs in another place", "line 6 is not written by this program"]


def test_a_line_that_was_made_up_at_the_end_is_found(written: Vault) -> None:
    found = findings(written, f"INSERT INTO audit_entry ({COLUMNS}) VALUES (0, '', '', 'read', '', zeroblob(32))")  # noqa: S608 - as above
    assert found == ["line 6 was changed", "line 6 is not written by this program"]


def test_another_key_finds_every_line_changed_and_says_so_briefly(written: Vault) -> None:
    found = findings(written, f"UPDATE setting SET value = '{bytes(32).hex()}' WHERE name = 'audit_key'")  # noqa: S608 - as above
    assert found == [*(f"line {number} was changed" for number in range(1, 6)), "and there is more after that"]


@pytest.mark.parametrize(
    "statement", ["DELETE FROM setting WHERE name = 'audit_key'", "UPDATE setting SET value = 'x'"]
)
def test_a_trail_whose_key_is_gone_is_broken(written: Vault, statement: str) -> None:
    with pytest.raises(AuditBroken):
        findings(written, statement)
    with pytest.raises(AuditBroken), written.transaction() as tx:
        tx.audit(Entry("read", "1"))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM setting WHERE name = 'audit_head'",
        "UPDATE setting SET value = '4' || substr(value, 2) WHERE name = 'audit_head'",
        "UPDATE setting SET value = 'x' WHERE name = 'audit_head'",
    ],
)
def test_a_head_that_was_changed_is_found(written: Vault, statement: str) -> None:
    assert findings(written, statement) == ["the note of its last line was changed"]


def test_an_older_head_with_its_own_mac_does_not_hide_lines(written: Vault) -> None:
    with written.reading() as connection:
        (older,) = connection.execute("SELECT value FROM setting WHERE name = 'audit_head'").fetchone()
    with written.transaction() as tx:
        tx.audit(Entry("read", "one more"))
    found = findings(written, f"UPDATE setting SET value = '{older}' WHERE name = 'audit_head'")  # noqa: S608 - as above
    assert found == ["line 6 is not written by this program"]


def test_a_head_that_was_kept_shows_a_trail_that_was_written_anew(written: Vault) -> None:
    kept = head(written)
    with written.transaction() as tx:
        key = audit.key_of(tx.connection)
        tx.connection.execute("DELETE FROM audit_entry")
        audit.begin(tx.connection, key)
        for number in range(6):
            tx.audit(Entry("read", f"Observation/{number + 1}"))
    assert findings(written) == []
    assert findings(written, kept=kept) == ["line 5 is not the one that was kept"]


def test_a_head_that_was_kept_shows_that_the_end_is_gone(written: Vault) -> None:
    kept = head(written)
    with written.transaction() as tx:
        key = audit.key_of(tx.connection)
        tx.connection.execute("DELETE FROM audit_entry WHERE number > 3")
        audit.begin(tx.connection, key)
    assert findings(written) == []
    assert findings(written, kept=kept) == ["line 5, which was kept, is missing"]


def test_the_number_of_a_line_that_was_cut_off_is_never_given_out_again(written: Vault) -> None:
    change(written, "DELETE FROM audit_entry WHERE number = 5")
    with written.transaction() as tx:
        tx.audit(Entry("read", "later"))
    assert head(written).number == 6
    assert findings(written) == ["line 5 is missing"]


def test_a_trail_that_was_salvaged_is_verified_from_there_on(written: Vault) -> None:
    change(written, "DELETE FROM audit_entry WHERE number IN (2, 5)")
    with written.transaction() as tx:
        audit.mark_salvaged(tx.connection)
    assert findings(written) == []
    with written.transaction() as tx:
        tx.audit(Entry("repair", "two lines lost"))
    with written.reading() as connection:
        assert (audit.salvaged(connection), audit.head(connection).number) == (5, 6)
    assert findings(written) == []
    assert findings(written, "UPDATE audit_entry SET what = 'none lost' WHERE number = 6") == ["line 6 was changed"]


def test_a_note_of_what_was_salvaged_that_was_changed_is_found(written: Vault) -> None:
    with written.transaction() as tx:
        audit.mark_salvaged(tx.connection)
    with pytest.raises(AuditBroken):
        findings(written, "UPDATE setting SET value = 'x' WHERE name = 'audit_salvaged'")


def test_a_head_is_read_from_the_text_it_is_kept_as(written: Vault) -> None:
    assert audit.parse_head(f" {head(written)}\n") == head(written)


@pytest.mark.parametrize("text", ["", "5", "x:00", "0:" + "00" * 32, "5:00", "5:" + "zz" * 32, "-1:" + "00" * 32])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        audit.parse_head(text)


def test_lines_are_found_newest_first_by_action_and_time(written: Vault) -> None:
    with written.transaction() as tx:
        tx.audit(Entry("sync", "3 records", actor="somebody"), at=1_764_000_100)
    with written.reading() as connection:
        assert [line.number for line in audit.lines(connection)] == [6, 5, 4, 3, 2, 1]
        wanted = audit.Filter(action="read", since=1_764_000_001, until=1_764_000_004, limit=2)
        assert [line.number for line in audit.lines(connection, wanted)] == [4, 3]
        assert audit.count(connection, wanted) == 3
        (line,) = audit.lines(connection, audit.Filter(action="sync"))
    assert (line.actor, line.what) == ("somebody", "3 records")


def test_who_has_the_vault_open_is_the_actor_unless_one_is_given(written: Vault) -> None:
    with written.reading() as connection:
        assert {line.actor for line in audit.lines(connection)} == {written.actor}
    assert written.actor.endswith(" by passphrase")
