"""The practice portal in HAPI's manner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.paging import LIFETIME_SECONDS
from tests.portal_cli.sandbox.quirks.conftest import ids, next_of, observations, task

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    return arrive("hapi")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_to_an_old_version_is_a_conflict(ada: Caller, method: str) -> None:
    body = ada.get("Observation/glucose").text
    content = body if method == "PUT" else None
    assert ada.refused(method, "Observation/glucose", content, If_Match='W/"7"') == (409, "conflict")
    assert ada.call(method, "Observation/glucose", content, If_Match='W/"1"').status_code in {200, 204}


def test_a_create_has_its_condition_met(ada: Caller) -> None:
    statuses = [ada.call("POST", "Task", task(), If_None_Exist="identifier=urn:ours%7C1").status_code for _ in "ab"]
    assert statuses == [201, 200]


def test_several_matches_of_a_condition_are_no_conflict_of_versions(ada: Caller) -> None:
    for _ in range(2):
        ada.call("POST", "Task", task())
    refused = ada.refused("POST", "Task", task(), If_None_Exist="identifier=urn:ours%7C1")
    assert refused == (412, "multiple-matches")


def test_pages_have_an_address_of_their_own_that_expires(arrive: Arrive) -> None:
    ada = arrive("hapi", observations(5))
    address = next_of(ada.get("Observation?patient=ada&_count=2").json or {})
    assert address.startswith(f"{ada.sandbox.base_url}?_getpages=")
    assert "_getpagesoffset=2" in address
    assert ids(ada.get(address).json or {}) == ["o2", "o3"]
    ada.sandbox.portal.clock.advance(LIFETIME_SECONDS + 1)
    assert ada.refused("GET", address) == (410, "expired")
