"""Lists and searches page by page: the same as a plain look at everything, whatever stands in how many records."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from store.records import incoming, questions
from store.records.dates import parse
from store.vault import connections, matching, paging, reading, resources, search
from store.vault.reading import Filter
from tests.store.vault.building import record, signed_in

if TYPE_CHECKING:
    from types import ModuleType

    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

COUNT = 600


@pytest.fixture
def filled(vault: Vault, owner: int) -> Vault:
    """Records of several kinds and two connections, many on the same day, some without a date."""
    dice = random.Random(1)
    with vault.transaction() as tx:
        other = connections.save(tx, signed_in(name="other", base_url="https://other.example"))
        for connection in (owner, other):
            made = [
                record(
                    f"r{number}",
                    f"body {connection} {number}".encode(),
                    kind=dice.choice(("lab", "vital", "condition")),
                    type="Observation",
                    date=dice.choice((None, "2024", "2024-05", f"20{dice.randint(10, 24)}-0{dice.randint(1, 9)}-11")),
                    status=dice.choice(("final", "preliminary")),
                    words=dice.choice(("common", "common rare", "common middling words", "middle ground")),
                )
                for number in range(COUNT)
            ]
            resources.store(tx, connection, made)
    return vault


FILTERS = [
    Filter(),
    Filter(kinds=("lab",)),
    Filter(kinds=("lab", "condition"), connections=(2,)),
    Filter(statuses=("preliminary",)),
    Filter(since=1_400_000_000, until=1_700_000_000),
    Filter(standing=True, connections=(1,)),
    Filter(kinds=("nothing",)),
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_pages_one_after_the_other_are_the_whole_list(filled: Vault, wanted: Filter) -> None:
    with filled.reading() as connection:
        whole = [row.pk for row in reading.rows(connection, wanted)]
        found: list[int] = []
        page = paging.page(connection, replace(wanted, limit=37))
        while page:
            found += [row.pk for row in page]
            page = paging.page(connection, replace(wanted, limit=37, after=(page[-1].date, page[-1].pk)))
        assert found == whole
        assert paging.count(connection, wanted) == (len(whole), True)
        walked = [pk for keys in paging.walk(connection, wanted) for _, pk in keys]
        assert walked == whole


def test_what_is_too_much_to_count_is_said_to_be_more(filled: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED", 100)
    with filled.reading() as connection:
        assert paging.count(connection, Filter()) == (100, False)
        assert paging.count(connection, Filter(statuses=("final",))) == (0, False)
        assert search.listed(connection, "", Filter(limit=37)).total == 100


def test_how_many_there_are_of_what_has_to_be_looked_into_is_not_made_up(
    filled: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = Filter(normal_flags=("", "high", "low"), limit=37)
    many = Filter(normal_flags=("no such flag",), limit=37)
    monkeypatch.setattr(paging, "COUNTED", 100)
    with filled.reading() as connection:
        assert search.listed(connection, "", rare) == search.Found([], 0, is_whole=True)
        found = search.listed(connection, "", many)
        assert (len(found.rows), found.total, found.is_whole) == (37, 37, False)


def test_a_page_that_is_longer_than_what_is_counted_is_no_more_than_it_is(
    filled: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNTED", 20)
    with filled.reading() as connection:
        found = search.newest_of(connection, "common", Filter(limit=50))
        assert (len(found.rows), found.total, found.is_whole) == (50, 50, False)
        looked_into = search.newest_of(connection, "common", Filter(limit=50, normal_flags=("high",)))
        assert (len(looked_into.rows), looked_into.total, looked_into.is_whole) == (50, 50, False)


@pytest.mark.parametrize("status", ["final", "preliminary", "entered-in-error", "no such"])
@pytest.mark.parametrize("kinds", [(), ("lab",), ("condition", "lab")])
def test_a_list_of_some_status_is_the_same_as_one_that_is_looked_through(
    filled: Vault, status: str, kinds: tuple[str, ...]
) -> None:
    wanted = Filter(statuses=(status,), kinds=kinds)
    with filled.reading() as connection:
        whole = reading.rows(connection, wanted)
        found: list[Row] = []
        page = search.listed(connection, "", replace(wanted, limit=37))
        assert page.total == len(whole) or (page.total < len(whole) and not page.is_whole)
        while page.rows:
            found += page.rows
            page = search.listed(connection, "", replace(wanted, limit=37, after=(found[-1].date, found[-1].pk)))
        assert found == whole


WAYS: dict[str, list[tuple[ModuleType, str, object]]] = {
    "plain": [],
    "cut": [(search, "COUNTED", 20), (matching, "_LOOKED_INTO", (7, 11)), (matching, "_CHUNK", 5)],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("asked", ["common", "rare", '"middling words"', "common rare", '"ground middle"', "absent"])
@pytest.mark.parametrize("wanted", [each for each in FILTERS if "nothing" not in each.kinds])
def test_a_search_finds_the_newest_in_whichever_way_it_looks(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, way: str, asked: str, wanted: Filter
) -> None:
    for module, name, value in WAYS[way]:
        monkeypatch.setattr(module, name, value)
    terms = [replace(term, is_beginning=False) for term in questions.read(asked).terms]
    with filled.reading() as connection:
        whole = matches(connection, terms, wanted)
        found = search.newest(connection, terms, replace(wanted, limit=25))
        assert [row.pk for row in found.rows] == whole[:25]
        assert found.total == len(whole) if found.is_whole else found.total <= len(whole)
        assert found.is_whole or len(whole) >= min(25, len(found.rows) + 1)
        at = 24 if len(whole) > 24 else len(whole) // 2
        if whole:
            (last,) = reading.rows_of(connection, [whole[at]])
            more = search.newest(connection, terms, replace(wanted, limit=25, after=(last.date, last.pk)))
            assert [row.pk for row in more.rows] == whole[at + 1 : at + 26]


def matches(connection: DbConnection, terms: list[questions.Term], wanted: Filter) -> list[int]:
    expression = " AND ".join('"' + " ".join(term.words) + '"' for term in terms)
    return [row.pk for row in reading.search(connection, expression, wanted)]


def test_beginnings_find_every_word_that_goes_on(filled: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = questions.read("midd").terms
    with filled.reading() as connection:
        whole = [row.pk for row in reading.search(connection, '"midd"*', Filter())]
        assert [row.pk for row in search.newest(connection, terms, Filter(limit=10)).rows] == whole[:10]
        monkeypatch.setattr(search, "_SPELLINGS", 1)
        assert [row.pk for row in search.newest(connection, terms, Filter(limit=10)).rows] == whole[:10]


@pytest.mark.parametrize("wanted", [Filter(), Filter(kinds=("vital",), connections=(2,)), Filter(statuses=("final",))])
def test_what_is_found_too_often_to_be_counted_is_said_to_be_more(
    filled: Vault, monkeypatch: pytest.MonkeyPatch, wanted: Filter
) -> None:
    for module, name, value in WAYS["cut"]:
        monkeypatch.setattr(module, name, value)
    with filled.reading() as connection:
        found = search.newest(connection, questions.read("comm").terms, replace(wanted, limit=10))
        assert (len(found.rows), found.is_whole) == (10, False)
        assert 10 < found.total <= 20


def test_no_mark_of_the_index_is_a_word_that_can_be_found(filled: Vault) -> None:
    with filled.reading() as connection:
        for typed in ("k1", "\ue000k1", "c1", "\ue000c1"):
            for expression in (f'"{typed}"', f'"{typed}"*'):
                assert search.newest_of(connection, expression, Filter(limit=5)).rows == []
                assert search.relevant(connection, [expression], Filter(limit=5)).rows == []
                assert reading.search(connection, expression, Filter()) == []


@pytest.mark.parametrize("wanted", [each for each in FILTERS if "nothing" not in each.kinds])
def test_relevance_ranks_what_is_wanted_alone(filled: Vault, wanted: Filter) -> None:
    with filled.reading() as connection:
        found = search.relevant(connection, ['"rare"'], wanted)
        assert {row.pk for row in found.rows} == set(matches(connection, list(questions.read('"rare"').terms), wanted))
        assert (found.total, found.ranking) == (len(found.rows), search.Ranking.BEST)


@pytest.mark.parametrize("date", ["1066-10-14", "1969-12-31", "2024", None, "2999-01-01", "9998-12-31"])
def test_a_record_is_found_after_its_date_and_kind_have_changed(vault: Vault, owner: int, date: str | None) -> None:
    for version, (kind, day) in enumerate((("lab", "2020-05-05"), ("vital", date), ("lab", "1900-01-01"))):
        with vault.transaction() as tx:
            body = f"version {version}".encode()
            made = record("r1", body, type="Observation", kind=kind, date=day, words=f"heart number{version}")
            resources.store(tx, owner, [made])
        with vault.reading() as connection:
            found = search.newest_of(connection, '"heart"', Filter(kinds=(kind,), limit=5))
            assert [row.id for row in found.rows] == ["r1"]
            assert search.newest_of(connection, '"heart"', Filter(kinds=("device",), limit=5)).rows == []
            assert connection.execute("SELECT count(*) FROM resource_fts_docsize").fetchone() == (1,)


def test_spellings_are_words_of_the_vault(filled: Vault) -> None:
    with filled.reading() as connection:
        assert "common" in list(search.spellings(connection, "comon"))
        assert "common" in list(search.spellings(connection, "ocmmon"))


def epoch(text: str) -> int:
    """A moment in seconds since 1970."""
    found = parse(text)
    assert found
    assert found.epoch is not None
    return found.epoch


def days(numbers: range, hours: int = 24) -> list[incoming.Incoming]:
    """Records of one day each hour, one after the other in another order than they are stored in."""
    return [
        record(
            f"d{number}",
            str(number).encode(),
            date=f"2024-03-{10 + number // hours:02}T{number * 7 % hours:02}:30:00Z",
            words="common",
        )
        for number in numbers
    ]


@pytest.mark.parametrize("since", ["2024-03-11T05:30:00Z", "2024-03-11T00:00:00Z", "2024-03-11T05:30:01Z"])
def test_a_time_begins_and_ends_within_a_day(vault: Vault, owner: int, since: str) -> None:
    begin = epoch(since)
    with vault.transaction() as tx:
        resources.store(tx, owner, days(range(72)))
    with vault.reading() as connection:
        for wanted in (Filter(since=begin), Filter(until=begin), Filter(since=begin, until=begin + 7_200)):
            whole = matches(connection, [questions.Term(("common",))], wanted)
            found = search.newest_of(connection, '"common"', replace(wanted, limit=100))
            assert ([row.pk for row in found.rows], found.total) == (whole, len(whole))
            cut = search.newest_of(connection, '"common"', replace(wanted, limit=1))
            assert ([row.pk for row in cut.rows], cut.total) == (whole[:1], len(whole))
            ranked = search.relevant(connection, ['"common"'], replace(wanted, limit=100))
            assert ({row.pk for row in ranked.rows}, ranked.total) == (set(whole), len(whole))


def test_a_crowded_day_is_paged_by_keys_and_nothing_is_left_out_or_said_twice(
    vault: Vault, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "CROWD", 10)
    with vault.transaction() as tx:
        resources.store(tx, owner, [*days(range(48)), *days(range(48, 53), 5)])
    found: list[reading.Row] = []
    with vault.reading() as connection:
        page = search.newest_of(connection, '"common"', Filter(limit=7)).rows
        while page:
            found += page
            after = page[-1].date, page[-1].pk
            page = search.newest_of(connection, '"common"', Filter(limit=7, after=after)).rows
    assert len(found) == len({row.pk for row in found}) == 53
    by_day = [row.date_text[:10] for row in found]
    assert by_day == sorted(by_day, reverse=True)
    crowded = [row.pk for row in found if row.date_text.startswith("2024-03-10")]
    assert crowded == sorted(crowded, reverse=True)


@pytest.mark.parametrize("status", ["entered-in-error", "on hold", "active", 'odd "one', "final"])
def test_a_status_is_found_by_the_index_as_it_is_written(vault: Vault, owner: int, status: str) -> None:
    statuses = ("entered-in-error", "on hold", "active", 'odd "one', "final", "entered")
    with vault.transaction() as tx:
        made = [record(f"s{number}", str(number).encode(), status=each) for number, each in enumerate(statuses)]
        resources.store(tx, owner, made)
    for _ in ("as it came", "as it was read anew"):
        with vault.reading() as connection:
            found = search.newest_of(connection, '"sodium"', Filter(statuses=(status,), limit=9))
            assert ([row.status for row in found.rows], found.total) == ([status], 1)
        with vault.transaction() as tx:
            for number, each in enumerate(statuses, 1):
                resources.index(tx, number, "Sodium", each)
