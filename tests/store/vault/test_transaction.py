from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.vault import audit
from store.vault.audit import Entry
from store.vault.tables import Setting

if TYPE_CHECKING:
    from store.vault.vault import Vault


def values(vault: Vault) -> list[str]:
    with vault.reading() as connection:
        found = connection.execute("SELECT value FROM setting WHERE name NOT LIKE 'audit_%' ORDER BY name")
        return [value for (value,) in found]


def test_a_line_of_the_trail_lasts_or_vanishes_with_its_transaction(vault: Vault) -> None:
    def fail() -> None:
        with vault.transaction() as tx:
            tx.audit(Entry("read", "1"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with vault.transaction() as tx:
        tx.audit(Entry("read", "2"))
    with vault.reading() as connection:
        assert [line.what for line in audit.lines(connection)] == ["2"]
        assert audit.verify(connection) == []


def test_whoever_has_the_vault_open_is_the_actor_of_a_line_that_names_none(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.audit(Entry("read", "1"), at=1_764_000_000)
        tx.audit(Entry("sync", "2", actor="the portal"), at=1_764_000_000)
    with vault.reading() as connection:
        second, first = audit.lines(connection)
    assert (first.actor, second.actor) == (vault.actor, "the portal")
    assert first.at == second.at == 1_764_000_000


def test_what_the_session_holds_is_seen_by_plain_sql_once_it_is_sent(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.flush()
        tx.session.add(Setting(name="mine", value="1"))
        tx.flush()
        assert tx.connection.execute("SELECT value FROM setting WHERE name = 'mine'").fetchone() == ("1",)
        assert tx.session is tx.session
    assert values(vault) == ["1"]


def test_a_transaction_that_never_asked_for_a_session_ends_without_one(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting VALUES ('plain', '1')")
        assert tx._session is None
    tx.end()
    assert values(vault) == ["1"]
