"""Directories of portals: brands, plain endpoints, and what hostile or broken ones are made of."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import InvalidInput
from store.records import brands
from store.services.directory import clean_address

PORTAL = "http://hl7.org/fhir/StructureDefinition/organization-portal"
VERSION = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from(
    (
        "id",
        "name",
        "alias",
        "address",
        "endpoint",
        "extension",
        "partOf",
        "managingOrganization",
        "status",
        "contained",
    )
)


def bundle(*resources: Any) -> bytes:
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": item} for item in resources]}).encode()


def endpoint(name: str = "e", address: object = "https://a.example.org/r4", **more: object) -> dict[str, Any]:
    return {"resourceType": "Endpoint", "id": name, "address": address, "status": "active", **more}


def organization(name: str = "o", **more: object) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": name, "name": "Mercy Clinic", **more}


def read(*resources: Any) -> brands.Read:
    return brands.read(bundle(*resources), clean_address)


def test_a_brand_names_its_portal_in_an_extension() -> None:
    parts = [
        {"url": "portalName", "valueString": "MyMercy"},
        {"url": "portalUrl", "valueUrl": "https://my.example.org/"},
        {"url": "portalEndpoint", "valueReference": {"reference": "Endpoint/e"}},
    ]
    owner = organization(
        extension=[{"url": PORTAL, "extension": parts}],
        alias=["Mercy"],
        address=[{"city": "Troy", "state": "NY", "postalCode": "12180"}],
    )
    (found,) = read(endpoint(), owner).portals
    assert (found.name, found.brand, found.aliases) == ("Mercy Clinic", "MyMercy", ("Mercy",))
    assert (found.city, found.state, found.postal_code) == ("Troy", "NY", "12180")
    assert (found.url, found.page) == ("https://a.example.org/r4", "https://my.example.org/")


@pytest.mark.parametrize(
    "resources",
    [
        (endpoint(), organization(endpoint=[{"reference": "Endpoint/e"}])),
        (endpoint(), organization(endpoint=[{"reference": "https://x.example.org/Endpoint/e"}])),
        (endpoint(managingOrganization={"reference": "Organization/o"}), organization()),
        (endpoint(managingOrganization={"reference": "#o"}, contained=[organization()]),),
    ],
)
def test_an_endpoint_is_found_for_its_organization_whichever_names_the_other(resources: Any) -> None:
    assert [(item.name, item.url) for item in read(*resources).portals] == [
        ("Mercy Clinic", "https://a.example.org/r4")
    ]


def test_a_plain_endpoint_goes_by_its_own_name() -> None:
    (found,) = read({**endpoint(), "name": "Mercy R4"}).portals
    assert found.name == "Mercy R4"


def test_a_part_of_an_organization_has_the_portal_of_the_whole() -> None:
    whole = organization(endpoint=[{"reference": "Endpoint/e"}])
    part = {**organization("p", partOf={"reference": "Organization/o"}), "name": "Mercy North"}
    assert {(item.name, item.brand) for item in read(endpoint(), whole, part).portals} == {
        ("Mercy Clinic", ""), ("Mercy North", "Mercy Clinic"),
    }  # fmt: skip


def test_organizations_that_are_a_part_of_one_another_end() -> None:
    ring = (
        organization("a", partOf={"reference": "Organization/b"}),
        organization("b", partOf={"reference": "Organization/a"}),
    )
    assert read(endpoint(), *ring).skipped == {"it is a part of a part of too many others": 2}


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (endpoint("x", "javascript:alert(1)"), "its address is no https address"),
        (endpoint("x", "http://a.example.org/r4"), "its address is no https address"),
        (endpoint("x", "https://u:p@a.example.org/r4"), "its address is no https address"),
        (endpoint("x", "https://a.example.org/\x1b[2J"), "its address is no https address"),
        (endpoint("x", "https://a.example.org/" + "x" * 2000), "its address is no https address"),
        (endpoint("x", 7), "it has no address"),
        ({**endpoint("x"), "status": "off"}, "it is switched off"),
        (endpoint("x", connectionType={"code": "direct-project"}), "it speaks no FHIR"),
        (endpoint("x", extension=[{"url": VERSION, "valueCode": "1.0.2"}]), "it is of another version of FHIR than R4"),
        (endpoint("e"), "its id was there already"),
        ({"resourceType": "Patient", "id": "p"}, "it is neither an Organization nor an Endpoint"),
        ([1], "it cannot be read"),
        (None, "it cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_passed_over_with_its_reason(resource: Any, why: str) -> None:
    found = read(endpoint(), resource)
    assert len(found.portals) == 1
    assert found.skipped == {why: 1}


def test_a_portal_on_this_computer_may_be_without_tls() -> None:
    assert read(endpoint(address="http://127.0.0.1:8080/fhir/")).portals[0].url == "http://127.0.0.1:8080/fhir"


def test_names_cannot_steer_a_terminal_and_are_not_endless() -> None:
    (found,) = read({**endpoint(), "name": "\x1b[31m\u202ebad" + "x" * 9999}).portals
    assert "\x1b" not in found.name
    assert "\u202e" not in found.name
    assert len(found.name) <= 200


def test_a_page_that_is_no_web_address_is_left_out() -> None:
    parts = [
        {"url": "portalUrl", "valueUrl": "javascript:alert(1)"},
        {"url": "portalEndpoint", "valueReference": {"reference": "Endpoint/e"}},
    ]
    (found,) = read(endpoint(), organization(extension=[{"url": PORTAL, "extension": parts}])).portals
    assert found.page == ""


def test_depth_stops_one_entry_and_not_the_others() -> None:
    deep = '{"resourceType":"Endpoint","x":' + "[" * 5000 + "]" * 5000 + "}"
    content = (
        '{"resourceType":"Bundle","entry":[{"resource":' + json.dumps(endpoint()) + '},{"resource":' + deep + "}]}"
    )
    try:
        found = brands.read(content.encode(), clean_address)
    except InvalidInput:
        return  # the reader of JSON gives the whole up, which is bounded, too
    assert len(found.portals) == 1


def test_a_packed_directory_is_opened_and_a_bomb_is_not() -> None:
    assert brands.inflated(gzip.compress(bundle(endpoint()))) == bundle(endpoint())
    with pytest.raises(InvalidInput, match="larger"):
        brands.inflated(gzip.compress(b"0" * (brands.MAX_BYTES + 1), 1))
    with pytest.raises(InvalidInput, match="not complete"):
        brands.inflated(gzip.compress(bundle(endpoint()))[:-9])


@given(
    st.lists(
        st.tuples(st.sampled_from(["Endpoint", "Organization"]), st.dictionaries(NAMES, JSON, max_size=3)), max_size=4
    )
)
def test_no_shape_of_an_entry_breaks_the_reading(made: list[tuple[str, dict[str, Any]]]) -> None:
    resources = [{"resourceType": kind, **parts} for kind, parts in made]
    found = brands.read(bundle(endpoint("good"), *resources), clean_address)
    assert any(item.url == "https://a.example.org/r4" for item in found.portals)
