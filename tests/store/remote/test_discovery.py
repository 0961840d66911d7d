"""What a portal says of itself, complete or not."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import BadAnswer, InsecureAddress, NotOffered
from store.remote.discovery import fetch_capability, fetch_smart, read_capability, read_smart
from store.remote.http import Http
from tests.support.hostile import outcome
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hostile import ScriptedPortal
    from tests.support.wire import Call

BASE = "https://portal.example/fhir"
SMART = "/fhir/.well-known/smart-configuration"
ENDPOINTS = {"authorization_endpoint": f"{BASE}/authorize", "token_endpoint": f"{BASE}/token"}


@pytest.fixture
def line(portal: ScriptedPortal) -> Iterator[Http]:
    with closing(Http(portal.base_url, 5.0)) as found:
        yield found


def smart(**fields: Any) -> bytes:
    return json.dumps({**ENDPOINTS, **fields}).encode()


def capability(*resources: Any, **fields: Any) -> bytes:
    rest = [{"mode": "server", "resource": list(resources), **fields}]
    return json.dumps({"resourceType": "CapabilityStatement", "rest": rest}).encode()


def test_a_whole_configuration_is_read() -> None:
    found = read_smart(
        smart(
            revocation_endpoint=f"{BASE}/revoke",
            authorization_challenge_endpoint=f"{BASE}/challenge",
            issuer=BASE,
            scopes_supported=["openid", 7],
            capabilities=["permission-v2"],
            code_challenge_methods_supported=["plain", "S256"],
            authorization_response_iss_parameter_supported=True,
        ),
        BASE,
    )
    assert found.revocation_endpoint == f"{BASE}/revoke"
    assert found.challenge_endpoint == f"{BASE}/challenge"
    assert found.issuer == BASE
    assert (set(found.scopes), set(found.capabilities)) == ({"openid"}, {"permission-v2"})
    assert found.sends_issuer


def test_relative_addresses_are_taken_from_the_base_url() -> None:
    found = read_smart(smart(authorization_endpoint="/auth", token_endpoint="token"), BASE)
    assert found.authorization_endpoint == "https://portal.example/auth"
    assert found.token_endpoint == f"{BASE}/token"


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_configuration_without_sign_in_addresses_cannot_be_used(name: str, value: object) -> None:
    with pytest.raises(BadAnswer, match="names no sign-in"):
        read_smart(smart(**{name: value}), BASE)


def test_a_portal_that_refuses_proof_keys_with_s256_cannot_be_used() -> None:
    with pytest.raises(BadAnswer, match="S256"):
        read_smart(smart(code_challenge_methods_supported=["plain"]), BASE)
    assert read_smart(smart(code_challenge_methods_supported=[]), BASE)
    assert read_smart(smart(), BASE)


def test_odd_parts_of_a_configuration_read_as_absent() -> None:
    found = read_smart(
        smart(issuer=7, capabilities="x", scopes_supported=None, authorization_response_iss_parameter_supported="yes"),
        BASE,
    )
    assert not any((found.issuer, found.capabilities, found.scopes, found.sends_issuer))


@pytest.mark.parametrize("address", ["http://portal.example/token", "https://a@b/token", "ftp://x/", "http://[bad"])
def test_an_insecure_token_address_is_refused(address: str) -> None:
    with pytest.raises(InsecureAddress):
        read_smart(smart(token_endpoint=address), BASE)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"7", b"\xff", b'{"a":', b"[" * 100_000])
def test_a_description_that_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_smart(content, BASE)
    with pytest.raises(BadAnswer):
        read_capability(content or b"x", BASE)


@pytest.mark.parametrize("status", [401, 403, 404, 406])
def test_a_portal_without_a_configuration_does_not_offer_sign_in(
    portal: ScriptedPortal, line: Http, status: int
) -> None:
    portal.behaviours[SMART] = Answer(status)
    with pytest.raises(NotOffered, match="SMART on FHIR"):
        fetch_smart(line, portal.base_url)


def test_a_configuration_that_cannot_be_fetched_is_a_bad_answer(portal: ScriptedPortal, line: Http) -> None:
    portal.behaviours[SMART] = Answer(500)
    with pytest.raises(BadAnswer, match="500") as caught:
        fetch_smart(line, portal.base_url)
    assert caught.value.status == 500
    portal.behaviours[SMART] = Answer(200, b"<html>Sign in</html>")
    with pytest.raises(BadAnswer, match="not JSON"):
        fetch_smart(line, portal.base_url)


def test_a_configuration_is_fetched_as_it_is_served(portal: ScriptedPortal, line: Http) -> None:
    portal.behaviours[SMART] = Answer(200, b'{ "odd" : 1.0 }')
    assert fetch_smart(line, portal.base_url) == b'{ "odd" : 1.0 }'


def test_a_guarded_capability_statement_is_empty_until_a_token_is_shown(portal: ScriptedPortal, line: Http) -> None:
    def guard(call: Call) -> Answer | None:
        return None if call.headers.get("authorization") == "Bearer t" else outcome(401, "who are you")

    portal.behaviours["/fhir/metadata"] = guard
    assert fetch_capability(line, portal.base_url) == b""
    assert b"CapabilityStatement" in fetch_capability(line, portal.base_url, "t")
    with pytest.raises(BadAnswer, match="401"):
        fetch_capability(line, portal.base_url, "wrong")


def test_of_an_empty_statement_nothing_is_offered() -> None:
    found = read_capability(b"", BASE)
    assert not any((found.types, found.writable))
    assert not found.offers("Patient", "read")


def test_a_statement_of_another_kind_is_refused() -> None:
    with pytest.raises(BadAnswer, match="no CapabilityStatement"):
        read_capability(b'{"resourceType":"Patient"}', BASE)


def test_what_is_offered_for_a_type_is_read() -> None:
    found = read_capability(
        capability(
            {
                "type": "Task",
                "interaction": [{"code": "read"}, {"code": "create"}],
                "searchParam": [{"name": "patient"}],
                "conditionalCreate": True,
                "conditionalRead": "full-support",
            },
            {"type": "Observation", "interaction": [{"code": "search-type"}]},
            searchParam=[{"name": "_lastUpdated"}],
        ),
        BASE,
    )
    task = found.types["Task"]
    assert set(task.interactions) == {"read", "create"}
    assert set(task.search_parameters) == {"patient", "_lastUpdated"}
    assert task.has_conditional_create
    assert task.has_conditional_read
    assert found.writable == {"Task"}
    assert found.offers("Observation", "search-type")
    assert not found.offers("Observation", "read")


@pytest.mark.parametrize(
    "operation",
    [
        {"name": "everything"},
        {"name": "patient-everything"},
        {"name": "all", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything|4.0.1"},
    ],
)
def test_the_operation_for_all_of_a_patient_is_found_where_it_is_declared(operation: dict[str, str]) -> None:
    assert read_capability(capability({"type": "Patient", "operation": [operation]}), BASE).has_everything
    assert read_capability(capability(operation=[operation]), BASE).has_everything
    assert not read_capability(capability({"type": "Encounter", "operation": [operation]}), BASE).has_everything
    assert not read_capability(capability({"type": "Patient", "operation": ["x", {"name": 7}]}), BASE).has_everything


def test_a_type_without_interactions_is_taken_to_be_readable() -> None:
    found = read_capability(capability({"type": "Observation"}), BASE).types["Observation"]
    assert set(found.interactions) == {"read", "search-type"}
    assert not found.search_parameters
    assert not found.has_conditional_create


def test_odd_parts_of_a_statement_are_passed_over() -> None:
    found = read_capability(
        capability(
            "x", {"type": 7}, {}, {"type": "Task", "interaction": "x", "searchParam": [7], "conditionalRead": ["x"]}
        ),
        BASE,
    )
    assert list(found.types) == ["Task"]
    assert not found.types["Task"].has_conditional_read


def test_the_software_is_known_where_it_is_named() -> None:
    named = b'{"resourceType":"CapabilityStatement","software":{"name":"Chart 9"},"rest":7}'
    assert read_capability(named, BASE).software == "Chart 9"
    assert read_capability(b'{"resourceType":"CapabilityStatement","software":7}', BASE).software == ""


def test_only_the_server_side_of_a_statement_counts() -> None:
    both = {
        "resourceType": "CapabilityStatement",
        "rest": [{"mode": "client", "resource": [{"type": "Task"}]}, {"resource": [{"type": "Observation"}]}],
    }
    assert list(read_capability(json.dumps(both).encode(), BASE).types) == ["Observation"]
