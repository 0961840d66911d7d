from __future__ import annotations

from typing import TYPE_CHECKING

from store.vault import outbox, resources
from store.vault.audit import Entry
from store.vault.migrations import LATEST
from store.vault.statistics import KindStatistics, statistics
from tests.store.vault.building import record

if TYPE_CHECKING:
    from store.config import Settings
    from store.vault.vault import Vault


def test_an_empty_vault_has_a_schema_a_birthday_and_nothing_else(vault: Vault, settings: Settings) -> None:
    found = statistics(settings, vault)
    assert (found.kinds, found.records, found.json_bytes, found.packed_bytes) == ((), 0, 0, 0)
    assert (found.outbox, found.audit_lines, found.dictionary_bytes, found.schema) == ((), 0, 0, LATEST)
    assert found.created is not None
    assert found.file_bytes + found.log_bytes > 0


def test_records_are_counted_by_kind_with_and_without_compression(vault: Vault, settings: Settings, owner: int) -> None:
    body = b'{"code":"%s"}' % (b"x" * 500)
    with vault.transaction() as tx:
        resources.store(tx, owner, [record(str(number), body) for number in range(3)])
        resources.store(tx, owner, [record("d", b"{}", kind="document")])
    found = statistics(settings, vault)
    document, lab = found.kinds
    assert (document.kind, document.records, document.json_bytes) == ("document", 1, 2)
    assert (lab.kind, lab.records, lab.json_bytes) == ("lab", 3, 3 * len(body))
    assert 0 < lab.packed_bytes < lab.json_bytes
    assert (found.records, found.json_bytes) == (4, 3 * len(body) + 2)
    assert found.packed_bytes == document.packed_bytes + lab.packed_bytes
    assert isinstance(lab, KindStatistics)


def test_the_outbox_is_counted_by_state_and_the_trail_by_line(vault: Vault, settings: Settings, owner: int) -> None:
    with vault.transaction() as tx:
        for number, state in enumerate(["queued", "queued", "unknown"]):
            name = f"item {number}"
            outbox.add(tx, outbox.Item(name, owner, "refill", "x", "Task", name, b"{}", state, 1, 1))
        tx.audit(Entry("read", "1"))
    found = statistics(settings, vault)
    assert found.outbox == (("queued", 2), ("unknown", 1))
    assert found.audit_lines == 1


def test_room_that_was_given_up_is_told_and_so_is_the_log(vault: Vault, settings: Settings) -> None:
    with vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting VALUES ('big', ?)", ("x" * 100_000,))
    assert statistics(settings, vault).log_bytes > 100_000
    with vault.transaction() as tx:
        tx.connection.execute("DELETE FROM setting WHERE name = 'big'")
    vault.checkpoint()
    found = statistics(settings, vault)
    assert found.log_bytes == 0
    assert found.free_bytes >= 90_000
    assert found.file_bytes == settings.database_path.stat().st_size
    assert found.sqlcipher_version.startswith("4.")
    assert found.sqlite_version.startswith("3.")


def test_a_dictionary_is_counted_with_its_own_bytes(vault: Vault, settings: Settings, owner: int) -> None:
    with vault.transaction() as tx:
        bodies = [
            record(str(number), b'{"id":"%d","code":{"text":"Sodium"},"value":%d}' % (number, number * 7919))
            for number in range(400)
        ]
        resources.store(tx, owner, bodies)
        tx.compressor.train_if_due(tx.connection)
        (size,) = tx.connection.execute("SELECT coalesce(sum(length(content)), 0) FROM dictionary").fetchone()
    assert statistics(settings, vault).dictionary_bytes == size > 0
