"""Pages that do not come as they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.quirks.table import MODES
from tests.portal_cli.sandbox.quirks.conftest import ids, next_of, observations

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

SEARCH = "Observation?patient=ada&category=laboratory&_count=2"
IN_ORDER = [["o0", "o1"], ["o2", "o3"], ["o4", "o5"], ["o6"]]


@pytest.fixture(params=[None, *MODES])
def ada(request: pytest.FixtureRequest, open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> Caller:
    return call_as(open_sandbox(observations(7), quirks=request.param))


def turn(ada: Caller, most: int = 20) -> list[list[str]]:
    """Turn all pages, and give what was on each."""
    found: list[list[str]] = []
    address = SEARCH
    while address and len(found) < most:
        bundle = ada.get(address).json or {}
        found.append(ids(bundle))
        address = next_of(bundle)
    return found


def test_entries_come_twice(ada: Caller) -> None:
    ada.sandbox.faults.once("duplicate")
    assert turn(ada) == [["o0", "o0", "o1", "o1"], *IN_ORDER[1:]]


def test_a_page_comes_twice_and_then_the_next(ada: Caller) -> None:
    ada.sandbox.faults.once("duplicate-page")
    assert turn(ada) == [IN_ORDER[0], *IN_ORDER]


def test_a_later_page_comes_twice(ada: Caller) -> None:
    address = next_of(ada.get(SEARCH).json or {})
    ada.sandbox.faults.once("duplicate-page")
    again = ada.get(address).json or {}
    assert next_of(again) != address
    twice = ada.get(next_of(again)).json or {}
    assert ids(again) == ids(twice) == IN_ORDER[1]
    assert ids(ada.get(next_of(twice)).json or {}) == IN_ORDER[2]


def test_pages_come_from_the_last_to_the_second(ada: Caller) -> None:
    ada.sandbox.faults.once("reordered")
    assert turn(ada) == [IN_ORDER[0], *reversed(IN_ORDER[1:])]


def test_pages_never_end(ada: Caller) -> None:
    ada.sandbox.faults.once("endless")
    assert turn(ada) == [IN_ORDER[0]] * 20


def test_a_later_page_never_ends_and_each_has_another_address(ada: Caller) -> None:
    address = next_of(ada.get(SEARCH).json or {})
    ada.sandbox.faults.once("endless")
    seen = set()
    for _ in range(5):
        bundle = ada.get(address).json or {}
        assert ids(bundle) == IN_ORDER[1]
        seen.add(address)
        address = next_of(bundle)
    assert len(seen) == 5


def test_a_page_names_itself_as_the_next(ada: Caller) -> None:
    address = next_of(ada.get(SEARCH).json or {})
    ada.sandbox.faults.once("self")
    assert next_of(ada.get(address).json or {}) == address


def test_a_page_is_not_there(ada: Caller) -> None:
    ada.sandbox.faults.once("missing")
    bundle = ada.get(SEARCH).json or {}
    status = ada.get(next_of(bundle)).status_code
    assert status in {400, 404, 410}
    assert ada.get(next_of(bundle)).status_code == 200


def test_other_requests_are_left_alone(ada: Caller) -> None:
    ada.sandbox.faults.set("duplicate=100%,self=100%,missing=100%")
    assert ada.get("Observation/o1").status_code == 200
    assert ada.sandbox.faults.counts() == {}


def test_what_makes_no_sense_on_a_page_waits_for_one_where_it_does(ada: Caller) -> None:
    ada.sandbox.faults.once("reordered")
    assert len(ids(ada.get(SEARCH.replace("_count=2", "_count=50")).json or {})) == 7
    assert ada.sandbox.faults.counts() == {}


def test_the_next_page_of_the_first_page_is_itself(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> None:
    ada = call_as(open_sandbox(observations(7)))
    ada.sandbox.faults.once("self")
    bundle = ada.get(SEARCH).json or {}
    assert next_of(bundle) == f"{ada.sandbox.base_url}/{SEARCH}"
