"""What a portal is asked for, decided from values alone."""

from __future__ import annotations

import datetime as dt

import pytest

from store.remote.discovery import Capability, OfferedType
from store.remote.scopes import parse
from store.sync import plan
from store.sync.plan import Query
from store.vault.progress import Progress

ALL = parse("patient/*.cruds")
NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
NARROWING = Query("Observation?patient=p1", "Observation", (("patient", "p1"),), can_narrow=True)


def offers(**types: tuple[str, str]) -> Capability:
    """Types with their interactions and search parameters, each as words."""
    return Capability("", {name: offered(name, *words) for name, words in types.items()})


def offered(name: str, interactions: str, parameters: str) -> OfferedType:
    return OfferedType(
        name=name,
        interactions=frozenset(interactions.split()),
        search_parameters=frozenset(parameters.split()),
        has_conditional_create=False,
        has_conditional_read=False,
    )


def done(complete_to: str | None = "2026-03-01T11:00:00+00:00", full_days_ago: float | None = 1.0) -> Progress:
    swept = None if full_days_ago is None else int((NOW - dt.timedelta(days=full_days_ago)).timestamp())
    return Progress(1, NARROWING.key, "Observation", complete_to=complete_to, full_sweep=swept)


@pytest.mark.parametrize(
    ("parameters", "chosen"),
    [
        ("patient subject", "patient"),
        ("subject date", "subject"),
        ("beneficiary", "beneficiary"),
        ("individual", "individual"),
        ("actor", "actor"),
        ("member", "member"),
        ("date code", "patient"),
    ],
)
def test_a_type_is_searched_by_the_best_parameter_it_has(parameters: str, chosen: str) -> None:
    found = plan.searches(offers(Observation=("search-type", parameters)), ALL, "p1")
    owner = "p1" if chosen == "patient" else "Patient/p1"  # a bare id would not tell which of several types
    assert [query.parameters for query in found] == [((chosen, owner),)]


def test_queries_are_in_order_and_have_keys_of_their_own() -> None:
    capability = offers(Task=("search-type", "patient"), Condition=("search-type", "subject _lastUpdated"))
    found = plan.searches(capability, ALL, "p1")
    assert [(query.key, query.can_narrow) for query in found] == [
        ("Condition?subject=Patient/p1", True), ("Task?patient=p1", False),
    ]  # fmt: skip


def test_a_portal_that_declares_no_parameters_is_asked_for_what_belongs_to_a_patient() -> None:
    capability = offers(Observation=("search-type", ""), Schedule=("search-type", ""), Group=("search-type", ""))
    found = plan.searches(capability, ALL, "p1")
    assert [(query.key, query.can_narrow) for query in found] == [("Observation?patient=p1", False)]


@pytest.mark.parametrize("name", ["Patient", "Practitioner", "Organization", "Location", "Medication", "Binary"])
def test_shared_directories_are_never_searched(name: str) -> None:
    assert plan.searches(offers(**{name: ("search-type read", "patient _id")}), ALL, "p1") == ()


def test_a_type_that_cannot_be_searched_or_was_not_granted_is_left_out() -> None:
    capability = offers(Observation=("read", "patient"), Condition=("search-type", "patient"))
    assert plan.searches(capability, parse("patient/Observation.rs patient/Condition.r"), "p1") == ()
    assert [query.type for query in plan.searches(capability, parse(""), "p1")] == ["Condition"]


def test_records_are_read_by_reference_where_they_cannot_be_searched_for() -> None:
    capability = offers(
        Practitioner=("read search-type", "name"),
        Medication=("read", ""),
        PractitionerRole=("read search-type", "practitioner"),
        Observation=("read search-type", "patient"),
        Location=("search-type", "name"),
        Patient=("read", ""),
        Binary=("read", ""),
        Group=("read", "member"),
    )
    assert set(plan.readable(capability, ALL)) == {"Practitioner", "Medication", "PractitionerRole"}
    assert plan.readable(capability, parse("patient/*.s")) == frozenset()


def test_a_first_query_asks_for_everything() -> None:
    assert plan.begin(NARROWING, None, NOW, full=False) == plan.Sweep((("patient", "p1"),), None)


def test_a_later_query_asks_for_what_has_changed_with_an_overlap() -> None:
    found = plan.begin(NARROWING, done(), NOW, full=False)
    assert found.parameters == (("patient", "p1"), ("_lastUpdated", "ge2026-03-01T10:55:00+00:00"))
    assert found.since == "2026-03-01T10:55:00+00:00"


@pytest.mark.parametrize(
    ("query", "progress", "full"),
    [
        (NARROWING, done(), True),
        (Query("k", "Observation", (("patient", "p1"),), can_narrow=False), done(), False),
        (NARROWING, done(complete_to=None), False),
        (NARROWING, done(full_days_ago=None), False),
        (NARROWING, done(full_days_ago=7.1), False),
        (NARROWING, done(full_days_ago=-400), False),
    ],
)
def test_everything_is_asked_for_again_where_narrowing_cannot_be_trusted(
    query: Query, progress: Progress, *, full: bool
) -> None:
    assert plan.begin(query, progress, NOW, full=full) == plan.Sweep((("patient", "p1"),), None)


@pytest.mark.parametrize("full_days_ago", [0, 6.9, -0.1])
def test_a_full_sweep_of_this_week_is_enough(full_days_ago: float) -> None:
    assert plan.begin(NARROWING, done(full_days_ago=full_days_ago), NOW, full=False).since


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", "2026-03-01T12:00:00+00:00"),
        ("Sun, 01 Mar 2026 12:00:00 +0200", "2026-03-01T10:00:00+00:00"),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 99999999999999999999 Jan 2020 00:00:00 GMT", None),
    ],
)
def test_the_portals_time_is_that_of_its_answer(header: str | None, moment: str | None) -> None:
    assert plan.served_at(header) == moment
