"""The words of the search index, read from its pages: the same as SQLite lists, however the index is made up."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from store.vault import packing, resources, vocabulary
from tests.store.vault.building import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.vault.engine import DbConnection
    from store.vault.vault import Vault

STARTS = ("a", "b", "ba", "common", "é", "日", "z", "1", "zz", "nothing")


def put(vault: Vault, owner: int, numbers: range) -> None:
    dice = random.Random(numbers.start)
    letters = "abcdeé日1z"
    made = [
        record(
            f"r{number}",
            str(number).encode(),
            words=" ".join(["common", *("".join(dice.choices(letters, k=dice.randint(1, 9))) for _ in range(30))]),
        )
        for number in numbers
    ]
    with vault.transaction() as tx:
        resources.store(tx, owner, made)


def listed(connection: DbConnection, start: str) -> list[str]:
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.every_word USING fts5vocab(main, resource_fts, row)")
    found = connection.execute("SELECT term FROM temp.every_word WHERE term >= ? ORDER BY term", (start,))
    return [term for (term,) in found if term.startswith(start)]


@pytest.fixture
def several_parts(vault: Vault, owner: int) -> Vault:
    """An index of three parts, in which one word is said on many pages of each."""
    for begin in range(0, 6_000, 2_000):
        put(vault, owner, range(begin, begin + 2_000))
    return vault


@pytest.mark.parametrize("state", ["parts", "joined", "deleted"])
def test_the_words_are_those_that_sqlite_lists(several_parts: Vault, state: str) -> None:
    if state == "joined":
        packing.pack(several_parts)
        put(several_parts, 1, range(7_000, 7_050))
    if state == "deleted":
        with several_parts.transaction() as tx:
            tx.connection.execute("DELETE FROM resource_fts WHERE rowid % 3 = 0")
        packing.pack(several_parts)
    with several_parts.reading() as connection:
        for start in STARTS:
            every = listed(connection, start)
            found = list(vocabulary.words(connection, start))
            assert found == sorted(set(found))
            assert set(every) <= set(found)
            assert every == found or state == "deleted"


def test_half_joined_parts_are_read_as_sqlite_does(several_parts: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    with several_parts.transaction() as tx:
        for _ in range(2):
            tx.connection.execute("INSERT INTO resource_fts (resource_fts, rank) VALUES ('usermerge', 2)")
            tx.connection.execute("INSERT INTO resource_fts (resource_fts, rank) VALUES ('merge', 20)")
    asked: list[str] = []
    slow = vocabulary._listed

    def noted(connection: DbConnection, start: str) -> Iterator[str]:
        asked.append(start)
        return slow(connection, start)

    monkeypatch.setattr(vocabulary, "_listed", noted)
    with several_parts.reading() as connection:
        for start in STARTS:
            assert list(vocabulary.words(connection, start)) == listed(connection, start)
    assert asked


def test_how_often_a_word_is_used_is_counted_up_to_a_number(several_parts: Vault) -> None:
    with several_parts.reading() as connection:
        assert vocabulary.uses(connection, "common") == 48
        assert vocabulary.uses(connection, "nothing") == 0
