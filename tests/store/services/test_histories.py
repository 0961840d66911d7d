"""Versions of one record from the vault and from its portal: which there are, in which order, and what differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import NotFound
from tests.support.filling import fill
from tests.support.hostile import Offer, resource
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.client import Client
    from tests.support.hostile import ScriptedPortal

HISTORY = "/fhir/Condition/c/_history"
NOON = "2026-03-0{}T12:00:00Z"


def version(number: int, text: str, when: str | None = None, record_id: str = "c") -> bytes:
    time = {} if when == "" else {"lastUpdated": when or NOON.format(number)}
    return resource("Condition", record_id, code={"text": text}, meta={"versionId": str(number), **time})


def bundle(bodies: Sequence[bytes], following: str = "") -> Answer:
    links = [{"relation": "next", "url": following}] if following else []
    entries: list[dict[str, Any]] = [{"resource": json.loads(body)} for body in bodies]
    told = {"resourceType": "Bundle", "type": "history", "link": links, "entry": entries}
    return Answer(200, json.dumps(told).encode(), {"Content-Type": "application/fhir+json"})


@pytest.fixture
def kept(client: Client, portal: ScriptedPortal) -> Client:
    """A vault with versions 2 and 3 of a condition, at a portal that tells its history."""
    portal.types["Condition"] = Offer(("read", "search-type", "history-instance"), ("patient",))
    for number, text in ((2, "Wheezing"), (3, "Asthma")):
        fill(client, portal, version(number, text))
    return client


def tell(portal: ScriptedPortal, *bodies: bytes) -> None:
    portal.behaviours[f"GET {HISTORY}"] = bundle(bodies)


def compared(client: Client, older: str | None = None, newer: str | None = None) -> tuple[str, ...]:
    """The versions that are compared, the places that differ, and what stands there in each."""
    first, last, changes = client.histories.difference("Condition/c", older, newer, ask=True)
    assert json.loads(first.fhir)["meta"]["versionId"] == first.version
    assert json.loads(last.fhir)["meta"]["versionId"] == last.version
    return first.version, last.version, *(f"{each.path}: {each.before} > {each.after}" for each in changes)


def test_what_the_portal_has_that_the_vault_lacks_comes_where_it_belongs(kept: Client, portal: ScriptedPortal) -> None:
    tell(portal, version(4, "Mild asthma"), version(3, "Asthma"), version(2, "Wheezing"), version(1, "Cough"))
    found = kept.histories.list("Condition/c", ask=True)
    assert [(row.version, row.where) for row in found] == [
        ("4", "from the portal"),
        ("3", "as it is in the vault"),
        ("2", "kept in the vault"),
        ("1", "from the portal"),
    ]
    assert [json.loads(row.fhir)["code"]["text"] for row in found] == ["Mild asthma", "Asthma", "Wheezing", "Cough"]
    assert [row.version for row in kept.histories.list("Condition/c")] == ["3", "2"]


def test_the_latest_two_are_compared_the_earlier_one_as_what_was_before(kept: Client, portal: ScriptedPortal) -> None:
    tell(portal, version(4, "Mild asthma"), version(3, "Asthma"))
    assert compared(kept) == ("3", "4", "Code: Asthma > Mild asthma")
    first, last, changes = kept.histories.difference("Condition/c")
    assert (first.version, last.version) == ("2", "3")
    assert [(each.before, each.after) for each in changes] == [("Wheezing", "Asthma")]


def test_versions_that_are_named_are_the_ones_compared(kept: Client, portal: ScriptedPortal) -> None:
    tell(portal, version(4, "Mild asthma"), version(3, "Asthma"), version(1, "Cough"))
    assert compared(kept, "1", "3") == ("1", "3", "Code: Cough > Asthma")
    assert compared(kept, "3", "1") == ("3", "1", "Code: Asthma > Cough")
    assert compared(kept, "1") == ("1", "4", "Code: Cough > Mild asthma")
    assert compared(kept, newer="2") == ("1", "2", "Code: Cough > Wheezing")
    with pytest.raises(NotFound, match="earlier version"):
        compared(kept, newer="1")
    with pytest.raises(NotFound) as refusal:
        compared(kept, "7")
    assert refusal.value.close == ("4", "3", "2", "1")


@pytest.mark.parametrize("when", ["2026-03-09T12:00:00Z", ""])
def test_versions_of_one_time_or_of_none_are_in_the_order_of_the_portal(
    client: Client, portal: ScriptedPortal, when: str
) -> None:
    portal.types["Condition"] = Offer(("read", "search-type", "history-instance"), ("patient",))
    fill(client, portal, version(8, "Asthma", when))
    tell(portal, *(version(number, f"Text {number}", when) for number in (11, 10, 9, 8, 7)))
    assert [row.version for row in client.histories.list("Condition/c", ask=True)] == ["11", "10", "9", "8", "7"]


def test_a_portal_that_lists_the_oldest_first_is_put_right(kept: Client, portal: ScriptedPortal) -> None:
    tell(portal, version(1, "Cough"), version(2, "Wheezing"), version(3, "Asthma"), version(4, "Mild asthma"))
    assert [row.version for row in kept.histories.list("Condition/c", ask=True)] == ["4", "3", "2", "1"]


def test_a_version_of_another_record_is_none_of_this_one(kept: Client, portal: ScriptedPortal) -> None:
    stranger = resource("Observation", "c", code={"text": "Stranger"}, meta={"versionId": "9"})
    tell(portal, version(5, "Stranger", record_id="d"), stranger, version(4, "Mild asthma"))
    assert [row.version for row in kept.histories.list("Condition/c", ask=True)] == ["4", "3", "2"]


def test_a_history_of_several_pages_is_read_to_its_end_and_not_for_ever(kept: Client, portal: ScriptedPortal) -> None:
    following = f"{portal.base_url}/Condition/c/_history?page=2"
    portal.behaviours[f"{HISTORY}?page=2"] = bundle((version(1, "Cough"),), following)
    portal.behaviours[f"GET {HISTORY}"] = bundle((version(4, "Mild asthma"),), following)
    assert compared(kept, "1", "2") == ("1", "2", "Code: Cough > Wheezing")
    assert portal.count("GET", HISTORY) < 20


def test_what_is_nested_added_and_removed_is_told_at_its_place(kept: Client, portal: ScriptedPortal) -> None:
    stage = [{"summary": {"text": "Stage 1"}}]
    earlier = json.loads(version(4, "Asthma")) | {"stage": stage, "onsetDateTime": "2020"}
    later = json.loads(version(5, "Asthma")) | {
        "stage": [{"summary": {"text": "Stage 2"}}],
        "abatementDateTime": "2026",
    }
    tell(portal, json.dumps(later).encode(), json.dumps(earlier).encode())
    assert compared(kept) == (
        "4",
        "5",
        "Stage > Summary: Stage 1 > Stage 2",
        "Onset: 2020 > ",
        "Abatement:  > 2026",
    )
