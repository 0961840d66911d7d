"""The directory of portals: imported, imported again, and searched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import Ambiguous, InsecureAddress, InvalidInput, NotFound
from store.services.directory import Directory
from store.vault.directory import is_one_slip
from tests.benchmarks.directory import brands, endpoints
from tests.support.hostile import ScriptedPortal
from tests.support.wire import Answer

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from tests.support.wire import Call

PORTALS: tuple[tuple[str, list[str], str, str], ...] = (
    ("Memorial Hospital", ["MemHos"], "Boston", "MA"),
    ("Memorial Hospital North", [], "Salem", "MA"),
    ("Boston Memorial Hospital", [], "Boston", "MA"),
    ("Saint Mary Médical", ["Sankt Marien"], "Troy", "NY"),
    ("Valley Clinic", [], "Memorial", "TX"),
)


def bundle(*names: str) -> bytes:
    entries = []
    for number, (name, aliases, city, state) in enumerate(PORTALS):
        if names and name not in names:
            continue
        owner = {
            "resourceType": "Organization", "id": f"o{number}", "name": name, "alias": aliases,
            "address": [{"city": city, "state": state}], "endpoint": [{"reference": f"Endpoint/e{number}"}],
        }  # fmt: skip
        address = f"https://p{number}.example.org/r4"
        entries += [owner, {"resourceType": "Endpoint", "id": f"e{number}", "address": address}]
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": item} for item in entries]}).encode()


@pytest.fixture
def directory(settings: Settings, tmp_path: Path) -> Directory:
    (tmp_path / "brands.json").write_bytes(bundle())
    found = Directory(settings)
    assert found.take(str(tmp_path / "brands.json")).portals == len(PORTALS)
    return found


def names(directory: Directory, typed: str) -> list[str]:
    return [str(item.name) for item in directory.search(typed).items]


def test_the_very_name_comes_before_longer_ones_and_those_before_a_place(directory: Directory) -> None:
    assert names(directory, "memorial hospital") == [
        "Memorial Hospital", "Memorial Hospital North", "Boston Memorial Hospital",
    ]  # fmt: skip
    assert names(directory, "memorial")[-1] == "Valley Clinic"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("memhos", "Memorial Hospital"),
        ("val cli", "Valley Clinic"),
        ("medical troy", "Saint Mary Médical"),
        ("médical ny", "Saint Mary Médical"),
        ("new york mary", "Saint Mary Médical"),
        ("massachusetts salem", "Memorial Hospital North"),
        ("vallye", "Valley Clinic"),
        ("valey clinic", "Valley Clinic"),
        ("vallley", "Valley Clinic"),
        ("vakley", "Valley Clinic"),
        ("SANKT", "Saint Mary Médical"),
    ],
)
def test_a_portal_is_found_by_alias_place_beginning_accent_or_with_a_slip(
    directory: Directory, typed: str, first: str
) -> None:
    assert names(directory, typed)[0] == first


@pytest.mark.parametrize("typed", ['"', "* OR name", "name:x NEAR", "(((", "-", "\x00", "clinic' --"])
def test_no_sign_that_is_typed_means_anything_to_the_index(directory: Directory, typed: str) -> None:
    try:
        directory.search(typed)
    except InvalidInput as error:
        assert "no word" in str(error)  # noqa: PT017 - both ends are good


def test_a_portal_is_meant_by_its_number_its_whole_name_or_words_that_only_one_has(directory: Directory) -> None:
    number = directory.search("valley").items[0].number
    assert directory.meant(str(number)).name == directory.meant("valley").name == "Valley Clinic"
    assert directory.meant("memorial hospital").name == "Memorial Hospital"
    with pytest.raises(Ambiguous) as caught:
        directory.meant("memorial")
    assert any("Boston MA" in choice for choice in caught.value.choices)
    with pytest.raises(NotFound):
        directory.meant("nowhere")


def test_importing_again_takes_the_place_of_what_was_there(directory: Directory, tmp_path: Path) -> None:
    number = directory.search("valley").items[0].number
    (tmp_path / "brands.json").write_bytes(bundle("Memorial Hospital"))
    assert directory.take(str(tmp_path / "brands.json")).portals == 1
    assert names(directory, "valley") == []
    with pytest.raises(NotFound):
        directory.find(str(number))  # a number is never given to another portal
    assert directory.find(str(directory.search("memorial").items[0].number)).name == "Memorial Hospital"


def test_the_same_file_is_not_imported_twice(directory: Directory, tmp_path: Path) -> None:
    assert directory.take(str(tmp_path / "brands.json")).is_unchanged


def test_several_directories_are_searched_together_and_each_can_be_forgotten(
    directory: Directory, tmp_path: Path
) -> None:
    (tmp_path / "other.json").write_text(json.dumps(endpoints(3)))
    directory.take(str(tmp_path / "other.json"))
    assert [source.portals for source in directory.list()] == [len(PORTALS), 3]
    directory.forget(str(tmp_path / "other.json"))
    assert [source.portals for source in directory.list()] == [len(PORTALS)]
    with pytest.raises(NotFound):
        directory.forget(str(tmp_path / "other.json"))


def test_a_directory_at_an_address_is_asked_for_only_once(settings: Settings) -> None:
    asked: list[Any] = []

    def answer(call: Call) -> Answer:
        asked.append(call.headers.get("if-none-match"))
        if asked[-1] == 'W/"7"':
            return Answer(304)
        return Answer(200, bundle(), {"ETag": 'W/"7"', "Content-Type": "application/fhir+json"})

    with ScriptedPortal() as portal:
        portal.behaviours["/fhir/brands"] = answer
        found = Directory(settings)
        address = f"{portal.base_url}/brands"
        assert not found.take(address).is_unchanged
        again = found.take(address)
    assert again.is_unchanged
    assert again.portals == len(PORTALS)
    assert asked == [None, 'W/"7"']


def test_plain_http_elsewhere_is_refused(settings: Settings) -> None:
    with pytest.raises(InsecureAddress):
        Directory(settings).take("http://example.org/brands")


def test_twenty_thousand_endpoints_are_all_found(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "many.json").write_text(json.dumps(brands(20_000)))
    found = Directory(settings)
    assert found.take(str(tmp_path / "many.json")).portals == 20_000
    last = brands(20_000)["entry"][-1]["resource"]["name"]
    assert last in names(found, last)


@pytest.mark.parametrize(
    ("one", "other", "is_slip"),
    [
        ("valley", "valley", False), ("valley", "vally", True), ("valley", "vallye", True), ("valley", "volley", True),
        ("valley", "valleys", True), ("valley", "volleys", False), ("ab", "ba", True), ("abcd", "badc", False),
        ("valley", "alley", True), ("abc", "cab", False),
    ],
)  # fmt: skip
def test_a_slip_is_one_letter(one: str, other: str, is_slip: bool) -> None:  # noqa: FBT001 - a case
    assert is_one_slip(one, other) is is_slip
    assert is_one_slip(other, one) is is_slip
