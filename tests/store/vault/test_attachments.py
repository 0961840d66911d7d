from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from store.errors import VaultDamaged
from store.vault import attachments, checks, connections
from store.vault.attachments import PART_BYTES, Arrival
from store.vault.repair import repair
from store.vault.statistics import AttachmentStatistics, statistics
from tests.store.vault.building import signed_in

if TYPE_CHECKING:
    from store.config import Settings
    from store.vault.vault import Vault

ADDRESS = "https://portal.example/fhir/Binary/1"


def keep(vault: Vault, owner: int, content: bytes, address: str = ADDRESS) -> None:
    arrival = Arrival(owner, address)
    for place in range(0, len(content), PART_BYTES):
        with vault.transaction() as tx:
            arrival.add(tx, content[place : place + PART_BYTES])
    with vault.transaction() as tx:
        arrival.complete(tx, "text/plain", 7)


def read(vault: Vault, settings: Settings, owner: int, address: str = ADDRESS) -> bytes:
    with vault.reading() as connection:
        kept = attachments.find(connection, owner, address)
    assert kept is not None
    return b"".join(attachments.content(vault, kept, settings.database_path))


def unsound(settings: Settings, vault: Vault) -> dict[str, tuple[str, ...]]:
    return {part.name: part.findings for part in checks.check(settings, vault) if not part.is_sound}


def count(vault: Vault, table: str) -> int:
    with vault.reading() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 5])
def test_content_comes_back_as_it_was(vault: Vault, settings: Settings, owner: int, size: int) -> None:
    content = os.urandom(size)
    keep(vault, owner, content)
    assert read(vault, settings, owner) == content
    assert unsound(settings, vault) == {}
    found = statistics(settings, vault).attachments
    assert (found.attachments, found.content_bytes) == (1, size)


def test_one_that_is_arriving_means_nothing_and_is_cleared(vault: Vault, settings: Settings, owner: int) -> None:
    keep(vault, owner, b"old")
    with vault.transaction() as tx:
        Arrival(owner, ADDRESS).add(tx, b"new, but not all of it")
    with vault.reading() as connection:
        assert [kept.size for kept in attachments.load(connection, owner).values()] == [3]
    assert read(vault, settings, owner) == b"old"
    assert unsound(settings, vault) == {}
    assert statistics(settings, vault).attachments.attachments == 1
    with vault.transaction() as tx:
        attachments.clear_arriving(tx)
    assert (count(vault, "attachment"), count(vault, "attachment_part")) == (1, 1)


def test_one_that_is_whole_takes_the_place_of_the_one_before(vault: Vault, settings: Settings, owner: int) -> None:
    keep(vault, owner, b"old" * PART_BYTES)
    keep(vault, owner, b"new")
    assert read(vault, settings, owner) == b"new"
    assert (count(vault, "attachment"), count(vault, "attachment_part")) == (1, 1)


def test_one_that_is_discarded_leaves_nothing(vault: Vault, owner: int) -> None:
    arrival = Arrival(owner, ADDRESS)
    with vault.transaction() as tx:
        arrival.add(tx, b"x")
    with vault.transaction() as tx:
        arrival.discard(tx)
        Arrival(owner, ADDRESS).discard(tx)
    assert (count(vault, "attachment"), count(vault, "attachment_part")) == (0, 0)


def test_forgetting_a_connection_forgets_its_attachments_and_no_others(
    vault: Vault, settings: Settings, owner: int
) -> None:
    with vault.transaction() as tx:
        other = connections.save(tx, signed_in(base_url="https://other.example"))
    keep(vault, owner, b"mine")
    keep(vault, other, b"other")
    with vault.transaction() as tx:
        connections.remove(tx, owner)
    assert read(vault, settings, other) == b"other"
    assert (count(vault, "attachment"), count(vault, "attachment_part")) == (1, 1)


DAMAGES = {
    "a part that is gone": "DELETE FROM attachment_part WHERE number = 1",
    "the last part gone": "DELETE FROM attachment_part WHERE number = 2",
    "parts in another order": "UPDATE attachment_part SET number = number + 1 WHERE number = 2",
    "a part of something else": "UPDATE attachment_part SET body = (SELECT body FROM attachment_part WHERE number = 0)",
    "a part that is no frame": "UPDATE attachment_part SET body = x'00' WHERE number = 1",
    "a part that is no bytes": "UPDATE attachment_part SET body = 5 WHERE number = 1",
    "another digest": "UPDATE attachment SET digest = x'00' WHERE id = 1",
    "another size": "UPDATE attachment SET size = size + 1 WHERE id = 1",
}


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_found_never_handed_out_as_whole_and_repaired_in_place(
    vault: Vault, settings: Settings, owner: int, statement: str
) -> None:
    keep(vault, owner, os.urandom(2 * PART_BYTES + 9))
    keep(vault, owner, b"sound", f"{ADDRESS}2")
    narrowed = f"{statement} WHERE attachment = 1" if "WHERE number = 0)" in statement else statement
    vault.connection().execute(narrowed)
    assert unsound(settings, vault) == {"attachments": ("attachment 1 is not what was fetched",)}
    with pytest.raises(VaultDamaged):
        read(vault, settings, owner)
    key = vault.key
    vault.close()
    done = repair(settings, lambda _: key)
    assert (done.mended, done.left, done.records_lost, done.kept) == (("attachments",), (), 0, None)
    with type(vault)(settings, key, vault.id) as again:
        assert read(again, settings, owner, f"{ADDRESS}2") == b"sound"
        assert (count(again, "attachment"), count(again, "attachment_part")) == (1, 1)
        assert statistics(settings, again).attachments == AttachmentStatistics(1, 5, 14)


def test_parts_and_attachments_without_an_owner_are_found_and_dropped(
    vault: Vault, settings: Settings, owner: int
) -> None:
    keep(vault, owner, b"mine")
    connection = vault.connection()
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO attachment_part (attachment, number, body) VALUES (99, 0, x'00')")
    connection.execute(
        "INSERT INTO attachment (connection, address, content_type, size, digest, fetched) "
        "VALUES (77, 'x', '', 0, x'', 1)"
    )
    assert unsound(settings, vault).keys() == {"references", "attachments"}
    key = vault.key
    vault.close()
    assert set(repair(settings, lambda _: key).mended) == {"references", "attachments"}
    with type(vault)(settings, key, vault.id) as again:
        assert read(again, settings, owner) == b"mine"
        assert unsound(settings, again) == {}
