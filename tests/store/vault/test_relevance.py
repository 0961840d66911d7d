"""What a search by relevance puts first: what says it most, what is named so, or the newest, by how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.records import questions
from store.vault import resources, search
from store.vault.reading import Filter
from tests.store.vault.building import record

if TYPE_CHECKING:
    from store.vault.vault import Vault

HEART = ['"heart"', '"failure"']


def test_relevance_puts_first_what_says_it_most_and_says_when_it_did_not_look_at_all(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.transaction() as tx:
        made = [record(f"r{number}", str(number).encode(), words="heart and much besides it") for number in range(50)]
        made.append(record("best", b"best", words="heart heart heart"))
        made += [record(f"x{number}", f"x{number}".encode(), words="lungs") for number in range(50)]
        resources.store(tx, owner, made)
    with vault.reading() as connection:
        term = [questions.Term(("heart",))]
        found = search.relevant(connection, search.parts(connection, term), Filter(limit=5))
        assert (found.rows[0].id, found.total, found.ranking) == ("best", 51, search.Ranking.BEST)
        narrow = search.relevant(connection, ['"heart"'], Filter(limit=5, kinds=("vital",)))
        assert narrow.rows == []
        monkeypatch.setattr(search, "RANKED", 10)
        monkeypatch.setattr(search, "COUNTED", 20)
        cut = search.relevant(connection, ['"heart"'], Filter(limit=5))
        assert (len(cut.rows), cut.total, cut.is_whole, cut.ranking) == (5, 20, False, search.Ranking.TITLE)


def test_by_relevance_what_is_named_so_comes_first_also_of_very_many(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.transaction() as tx:
        made = [
            record(f"w{number}", str(number).encode(), date=f"2024-01-{number:02}", words="heart failure " * number)
            for number in range(1, 29)
        ]
        made += [
            record(f"t{number}", str(number).encode(), date=f"1999-01-{number:02}", title="Failure of the heart")
            for number in range(1, 4)
        ]
        resources.store(tx, owner, made)
    with vault.reading() as connection:
        few = search.relevant(connection, HEART, Filter(limit=5))
        assert {row.id for row in few.rows[:3]} == {"t1", "t2", "t3"}
        assert few.ranking is search.Ranking.BEST
        monkeypatch.setattr(search, "RANKED", 10)
        many = search.relevant(connection, HEART, Filter(limit=5))
        assert [row.id for row in many.rows] == ["t3", "t2", "t1", "w28", "w27"]
        assert many.ranking is search.Ranking.TITLE
        every = search.relevant(connection, HEART, Filter())
        assert len(every.rows) == every.total == 31
        phrase = search.relevant(connection, ['"heart failure"'], Filter(limit=40))
        assert (len(phrase.rows), phrase.rows[0].id) == (28, "w28")
        monkeypatch.setattr(search, "NAMED", (40, 30))
        newest = search.relevant(connection, HEART, Filter(limit=5), lambda _: False)
        assert [row.id for row in newest.rows] == ["w28", "w27", "w26", "w25", "w24"]
        assert newest.ranking is search.Ranking.DATE
        one = search.relevant(connection, ['"heart"'], Filter(limit=5), lambda _: False)
        assert ([row.id for row in one.rows][:3], one.ranking) == (["t3", "t2", "t1"], search.Ranking.TITLE)
        monkeypatch.setattr(search, "NAMED", (0, 0))
        monkeypatch.setattr(search, "_SOME", 3)
        monkeypatch.setattr(search, "RANKED", 30)
        sampled = search.relevant(connection, HEART, Filter(limit=2), lambda title: title.startswith("Failure"))
        assert ([row.id for row in sampled.rows], sampled.ranking) == (["t3", "t2"], search.Ranking.TITLE)


@pytest.mark.parametrize("wanted", [Filter(limit=5), Filter(limit=5, kinds=("lab",))])
def test_what_stands_in_too_many_is_no_matter_of_relevance(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch, wanted: Filter
) -> None:
    with vault.transaction() as tx:
        made = [record(f"r{number}", str(number).encode(), words="heart heart heart") for number in range(50)]
        made += [
            record("much", b"much", words="valve of a heart; the heart and the heart"),
            record("most", b"most", words="heart: valve by valve, a valve"),
        ]
        resources.store(tx, owner, made)
    with vault.reading() as connection:
        parts = ['"heart"', '"valve"']
        monkeypatch.setattr(search, "TOLD", 10)
        found = search.relevant(connection, parts, wanted)
        assert ([row.id for row in found.rows], found.total) == (["most", "much"], 2)
        assert found.ranking is search.Ranking.BEST
        monkeypatch.setattr(search, "TOLD", 1)
        named = search.relevant(connection, parts, wanted)
        assert ({row.id for row in named.rows}, named.total) == ({"most", "much"}, 2)
        assert named.ranking is search.Ranking.TITLE
