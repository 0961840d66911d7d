"""Conflicts: both sides side by side, and each way to decide between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from store.errors import ConflictsWaiting, InvalidInput, NotFound
from store.records.lossless import decode, encode
from store.services.conflicts import Choice
from store.vault import audit
from tests.support.hostile import PATIENT
from tests.support.signing import sign_in_to
from tests.support.writable import WritablePortal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client

TARGET = f"Patient/{PATIENT}"


@pytest.fixture
def portal() -> Iterator[WritablePortal]:
    with WritablePortal() as running:
        running.change(gender="female", active=True, telecom=[{"system": "phone", "value": "111"}])
        yield running


@pytest.fixture
def torn(client: Client, portal: WritablePortal) -> Client:
    """A client with a change that overlaps with the portal's, and one each that does not."""
    sign_in_to(client, portal)
    client.sync.run()
    change(client, gender="other", maritalStatus={"text": "Married"})
    portal.change(gender="male", active=False)
    assert client.sync.run().failures
    return client


def change(client: Client, **parts: Any) -> str:
    body = encode({**decode(client.records.show(TARGET).fhir), **parts})
    return client.outbox.add_update(1, TARGET, body).id


def stored(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = decode(client.records.show(TARGET).fhir)
    return found


def state(client: Client) -> str:
    (row,) = client.outbox.list().items
    return row.state


def writes(client: Client) -> list[str]:
    with client.vault.reading() as connection:
        return [line.what for line in audit.lines(connection) if line.action == "write"]


def test_a_conflict_is_listed_with_what_both_sides_changed(torn: Client) -> None:
    (row,) = torn.conflicts.list().items
    assert (row.target, row.title, row.patient, row.overlaps) == (TARGET, "Ada Long", "Ada Long", ("Gender",))
    (request,) = torn.outbox.list().items
    assert (request.conflict, request.id, request.ways) == (row.id, row.request, ("edit", "cancel"))


def test_a_conflict_is_shown_place_by_place(torn: Client) -> None:
    found = torn.conflicts.show(TARGET)
    told = {line.path: (line.base, line.mine, line.theirs, line.is_overlap) for line in found.differences}
    assert told == {
        "Gender": ("female", "other", "male", True),
        "Marital status": ("(nothing)", "Married", "(nothing)", False),
        "Active": ("yes", "yes", "no", False),
    }
    proposed = decode(found.proposed)
    assert (proposed["gender"], proposed["active"], proposed["maritalStatus"]) == ("other", False, {"text": "Married"})
    assert found == torn.conflicts.show(found.row.id[-6:])
    assert found == torn.conflicts.show(found.row.request)


def test_my_version_wins_where_both_touch_and_the_portals_other_changes_stay(
    torn: Client, portal: WritablePortal
) -> None:
    assert torn.conflicts.resolve(TARGET, Choice.MINE).state == "confirmed"
    found = portal.record
    assert (found["gender"], found["active"], found["maritalStatus"]) == ("other", False, {"text": "Married"})
    assert stored(torn) == found
    assert torn.conflicts.list().items == ()
    assert f"conflict about {TARGET} decided for the patient's version" in writes(torn)


def test_the_portals_version_ends_my_change_and_is_kept(torn: Client, portal: WritablePortal) -> None:
    assert torn.conflicts.resolve(TARGET, Choice.THEIRS).state == "cancelled"
    assert portal.writes == []
    assert (stored(torn)["gender"], torn.conflicts.list().items) == ("male", ())
    assert torn.sync.run().failures == ()


def test_a_version_that_i_write_takes_the_place_of_both(torn: Client, portal: WritablePortal) -> None:
    body = encode({**decode(torn.conflicts.show(TARGET).proposed), "gender": "unknown"})
    assert torn.conflicts.resolve(TARGET, Choice.EDIT, body).state == "confirmed"
    assert (portal.record["gender"], portal.record["active"]) == ("unknown", False)
    assert torn.conflicts.list().items == ()


def test_a_version_that_i_write_has_to_be_of_that_record(torn: Client) -> None:
    for body in (None, b"{", b'{"resourceType":"Patient","id":"p2"}'):
        with pytest.raises(InvalidInput):
            torn.conflicts.resolve(TARGET, Choice.EDIT, body)
    assert state(torn) == "conflict"
    assert len(torn.conflicts.list().items) == 1


def test_a_record_that_has_changed_yet_again_is_asked_about_again(torn: Client, portal: WritablePortal) -> None:
    before = torn.conflicts.list().items[0].id
    portal.change(gender="unknown")
    with pytest.raises(ConflictsWaiting) as caught:
        torn.conflicts.resolve(TARGET, Choice.MINE)
    (row,) = torn.conflicts.list().items
    assert caught.value.ids == (row.id,)
    assert row.id != before
    assert [line.theirs for line in torn.conflicts.show(row.id).differences if line.is_overlap] == ["unknown"]


def test_a_decision_without_a_connection_waits_to_be_sent(torn: Client, portal: WritablePortal) -> None:
    with torn.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET base_url = 'http://127.0.0.1:1/fhir'")
    assert torn.conflicts.resolve(TARGET, Choice.MINE).state == "queued"
    with torn.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET base_url = ?", (portal.base_url,))
    torn.sync.run()
    assert (state(torn), portal.record["gender"]) == ("confirmed", "other")


def test_giving_the_request_up_decides_for_the_portal(torn: Client) -> None:
    (row,) = torn.outbox.list().items
    assert torn.outbox.cancel(row.id).state == "cancelled"
    assert (torn.conflicts.list().items, stored(torn)["gender"]) == ((), "male")


def test_a_change_of_the_same_record_waits_for_the_decision(torn: Client, portal: WritablePortal) -> None:
    change(torn, language="pt")
    torn.sync.run()
    assert portal.writes == []
    torn.conflicts.resolve(TARGET, Choice.THEIRS)
    torn.sync.run()
    assert (portal.record["language"], portal.record["gender"]) == ("pt", "male")


def test_a_telephone_number_that_both_replaced_is_told_in_words(client: Client, portal: WritablePortal) -> None:
    sign_in_to(client, portal)
    client.sync.run()
    change(client, telecom=[{"system": "phone", "value": "222", "use": "home"}])
    portal.change(telecom=[{"system": "phone", "value": "333"}])
    client.sync.run()
    (line,) = client.conflicts.show(TARGET).differences
    assert (line.path, line.base, line.mine, line.theirs) == ("Telecom", "111", "222 (home)", "333")


def test_what_is_no_conflict_is_not_found(torn: Client) -> None:
    with pytest.raises(NotFound, match="no conflict matches"):
        torn.conflicts.show("gone")


def test_signing_out_for_good_takes_the_conflicts_with_it(torn: Client) -> None:
    torn.sign_ins.end(None, erase=True)
    assert (torn.conflicts.list().items, torn.outbox.list().items) == ((), ())
