from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import NoResultFound

from store.vault import connections, outbox, progress, reading, resources
from tests.store.vault.building import record, signed_in
from tests.store.vault.test_outbox import item

if TYPE_CHECKING:
    from store.vault.connections import SignedIn
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault


def save(vault: Vault, wanted: SignedIn) -> int:
    with vault.transaction() as tx:
        return connections.save(tx, wanted)


def rows(vault: Vault) -> list[ConnectionRow]:
    with vault.reading() as connection:
        return reading.connections(connection)


def test_a_sign_in_is_kept_with_its_tokens(vault: Vault) -> None:
    saved = save(vault, signed_in(smart=b"smart", capability=b"capability"))
    (row,) = rows(vault)
    assert (row.id, row.name, row.patient, row.scope) == (saved, "portal.example", "p1", "patient/*.read")
    assert (row.access_token, row.refresh_token, row.smart, row.capability) == (
        "access-secret",
        "refresh-secret",
        b"smart",
        b"capability",
    )
    assert row.signed_in
    assert row.synced is None


def test_a_sign_in_never_shows_its_tokens() -> None:
    assert "secret" not in repr(signed_in())


def test_signing_in_again_renews_the_connection_of_that_patient(vault: Vault) -> None:
    first = save(vault, signed_in())
    again = save(vault, signed_in(name="another name", client_id="new", access_token="new-secret", refresh_token=None))
    (row,) = rows(vault)
    assert first == again == row.id
    assert (row.name, row.client_id, row.access_token, row.refresh_token) == (
        "portal.example",
        "new",
        "new-secret",
        None,
    )


def test_another_patient_at_the_same_portal_gets_a_name_that_is_free(vault: Vault) -> None:
    for patient in ("p1", "p2", "p3"):
        save(vault, signed_in(patient=patient))
    assert [row.name for row in rows(vault)] == ["portal.example", "portal.example-2", "portal.example-3"]


def test_new_tokens_take_the_place_of_the_old(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        connections.update_tokens(tx, owner, "second", 200, None)
    assert (rows(vault)[0].access_token, rows(vault)[0].refresh_token) == ("second", "refresh-secret")
    with vault.transaction() as tx:
        connections.update_tokens(tx, owner, "third", 300, "turned")
    assert (rows(vault)[0].access_token, rows(vault)[0].refresh_token) == ("third", "turned")
    assert rows(vault)[0].access_expires == 300


def test_tokens_can_be_dropped_and_records_stay(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        resources.store(tx, owner, [record("1")])
        connections.drop_tokens(tx, owner)
    (row,) = rows(vault)
    assert (row.access_token, row.refresh_token, row.access_expires) == (None, None, 0)
    with vault.reading() as connection:
        assert reading.count(connection, reading.Filter()) == 1


def test_what_a_sync_learns_is_kept(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        connections.update_capability(tx, owner, b"newer")
        connections.name_patient(tx, owner, "Ada Byron")
        connections.mark_synced(tx, owner, 1_715_938_200)
    (row,) = rows(vault)
    assert (row.capability, row.patient_name, row.synced) == (b"newer", "Ada Byron", 1_715_938_200)


def test_removing_a_connection_removes_all_that_hangs_on_it_and_nothing_else(vault: Vault, owner: int) -> None:
    with vault.transaction() as tx:
        other = connections.save(tx, signed_in(name="other", base_url="https://other.example"))
        for number in (owner, other):
            resources.store(tx, number, [record("1")])
            progress.save(tx, progress.Progress(number, "Observation", "Observation"))
            outbox.add(tx, item(number, f"item-{number}"))
    with vault.transaction() as tx:
        connections.remove(tx, owner)
    assert [row.id for row in rows(vault)] == [other]
    with vault.reading() as connection:
        assert [row.connection for row in reading.search(connection, "sodium", reading.Filter())] == [other]
        assert [found.connection for found in outbox.items(connection)] == [other]
        assert connection.execute("SELECT connection FROM sync_state").fetchall() == [(other,)]
        assert connection.execute("SELECT connection FROM resource").fetchall() == [(other,)]


def test_a_connection_that_does_not_exist_cannot_be_changed(vault: Vault) -> None:
    with pytest.raises(NoResultFound), vault.transaction() as tx:
        connections.mark_synced(tx, 9, 0)
