"""What holds in every mode: it declares what it does, its pages bring everything once, records stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from portal_cli.sandbox.outcomes import SandboxError, Why
from portal_cli.sandbox.quirks.gate import Gate
from portal_cli.sandbox.quirks.pages import STYLES
from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.quirks.conftest import ids, next_of, observations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive

SEARCH = "Observation?patient=ada&category=laboratory"
EXAMPLES = {"date": "2024", "token": "a", "reference": "Patient/ada", "string": "a", "uri": "urn:a"}


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ada(arrive: Arrive, mode: str) -> Caller:
    return arrive(mode)


def patched_if_newest(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A portal behind a gate to which the version of every condition is an old one."""
    is_old = "HTTP_IF_MATCH" in environ
    outcome = '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict"}]}'
    return Response(outcome, 412 if is_old else 200)(environ, start_response)


def rest_of(caller: Caller) -> dict[str, Any]:
    rest: dict[str, Any] = (caller.client.get("/fhir/metadata").json or {})["rest"][0]
    return rest


def test_the_statement_is_valid_fhir(ada: Caller) -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="the standard's models are not installed")
    models.get_fhir_model_class("CapabilityStatement").model_validate(ada.client.get("/fhir/metadata").json)


def test_hidden_types_are_not_declared_and_not_there(ada: Caller, mode: str) -> None:
    declared = {row["type"] for row in rest_of(ada)["resource"]}
    assert not declared & MODES[mode].hidden
    for kind in MODES[mode].hidden:
        assert ada.get(f"{kind}?patient=ada").status_code == 404
        assert ada.get(f"{kind}/visit").status_code == 404


def test_no_vendor_signs_in_another_device(ada: Caller) -> None:
    smart = ada.client.get("/fhir/.well-known/smart-configuration").json or {}
    assert "device_authorization_endpoint" not in smart
    assert not [one for one in smart["grant_types_supported"] if "device_code" in one]


def test_what_is_not_declared_is_refused(ada: Caller) -> None:
    calls = {
        "create": ("POST", "{kind}"),
        "update": ("PUT", "{kind}/none"),
        "patch": ("PATCH", "{kind}/none"),
        "delete": ("DELETE", "{kind}/none"),
        "vread": ("GET", "{kind}/none/_history/1"),
        "history-instance": ("GET", "{kind}/none/_history"),
    }
    for row in rest_of(ada)["resource"]:
        declared = {one["code"] for one in row["interaction"]}
        for code, (method, address) in calls.items():
            if code not in declared:
                body: Any = {"resourceType": row["type"], "id": "none"} if method in {"POST", "PUT"} else None
                body = [{"op": "test", "path": "/id", "value": "none"}] if method == "PATCH" else body
                form = "application/json-patch+json" if method == "PATCH" else "application/fhir+json"
                place = address.format(kind=row["type"])
                answer = ada.call(method, place, body, If_Match='W/"1"', Content_Type=form)
                assert answer.status_code in {403, 404, 405}, (row["type"], code)


def test_what_is_declared_as_created_is_taken(ada: Caller) -> None:
    for row in rest_of(ada)["resource"]:
        declared = {one["code"] for one in row["interaction"]}
        if "create" in declared:
            answer = ada.call("POST", row["type"], {"resourceType": row["type"], "status": "requested"})
            assert answer.status_code not in {404, 405}, row["type"]


def test_a_last_update_narrows_a_search_where_it_is_declared(ada: Caller) -> None:
    row = next(row for row in rest_of(ada)["resource"] if row["type"] == "Observation")
    is_declared = "_lastUpdated" in {one["name"] for one in row["searchParam"]}
    assert ids(ada.get(SEARCH).json or {}) == ["glucose"]
    assert (ids(ada.get(f"{SEARCH}&_lastUpdated=ge2999").json or {}) == []) is is_declared


def test_every_declared_parameter_takes_part_in_a_search(ada: Caller) -> None:
    row = next(row for row in rest_of(ada)["resource"] if row["type"] == "Observation")
    for one in row["searchParam"]:
        bundle = ada.get(f"{SEARCH}&{one['name']}={EXAMPLES[one['type']]}", Prefer="handling=strict").json or {}
        applied = next(link["url"] for link in bundle["link"] if link["relation"] == "self")
        assert f"{one['name']}=" in applied


def test_conditions_are_declared_as_they_are_met(ada: Caller, mode: str) -> None:
    writes = MODES[mode].writes
    for row in rest_of(ada)["resource"]:
        is_created = {"code": "create"} in row["interaction"]
        assert row["conditionalCreate"] is (is_created and writes.conditional_create != "no")
    status = ada.get("Patient/ada", If_None_Match='W/"1"').status_code
    assert (status == 304) is (row["conditionalRead"] != "not-supported")


def test_the_smart_configuration_agrees_with_the_token(ada: Caller, mode: str) -> None:
    configuration = ada.client.get("/fhir/.well-known/smart-configuration").json or {}
    can_renew = "refresh_token" in ada.tokens
    assert can_renew is ("offline_access" in configuration["scopes_supported"])
    assert can_renew is ("permission-offline" in configuration["capabilities"])
    if MODES[mode].signing.declares_renewal:
        assert can_renew is ("refresh_token" in configuration["grant_types_supported"])
    assert {one for one in ada.tokens["scope"].split() if "/" not in one} <= {*configuration["scopes_supported"]}


def test_pages_bring_each_resource_once_and_as_it_is(arrive: Arrive, mode: str) -> None:
    ada = arrive(mode, observations(25))
    seen: list[str] = []
    address = f"{SEARCH}&_count=10"
    while address:
        answer = ada.get(address)
        bundle = answer.json or {}
        seen += ids(bundle)
        assert all(ada.get(f"Observation/{key}").text in answer.text for key in ids(bundle))
        address = next_of(bundle)
    assert sorted(seen) == sorted(f"o{place}" for place in range(25))


def test_a_page_that_was_never_there_is_refused_like_one_that_is_no_longer_kept(ada: Caller, mode: str) -> None:
    odd = {
        "session": "Observation?sessionID=invented.x",
        "context": "Observation?-pageContext=invented.2",
        "cursor": "Observation?cursor=invented",
        "number": "Observation?search=invented&page=two&_count=%C2%B2",
        "getpages": "?_getpages=invented~Observation&_getpagesoffset=9999999999999",
        "own": "Observation?_page=invented.0",
    }
    searching = MODES[mode].searching
    assert ada.refused("GET", odd[searching.page_style]) == (searching.ended.status, "expired")


@pytest.mark.parametrize(
    ("mode", "status"), [("oracle", 409), ("hapi", 409), ("medplum", 200)], ids=["oracle", "hapi", "medplum"]
)
def test_a_patch_of_an_old_version_is_answered_as_the_vendor_does(arrive: Arrive, mode: str, status: int) -> None:
    ada = arrive(mode)
    gate = Gate(MODES[mode], ada.sandbox.portal, patched_if_newest)
    answer = Client(gate).patch(
        "/fhir/Patient/ada",
        headers={"Authorization": f"Bearer {ada.tokens['access_token']}", "If-Match": 'W/"7"'},
    )
    assert answer.status_code == status


def test_without_a_token_nothing_but_the_lack_of_it_is_said(ada: Caller) -> None:
    for method, address in (("GET", "Observation"), ("PUT", "Patient/ada"), ("GET", "Communication")):
        assert ada.refused(method, address, Authorization="Bearer invented") == (401, "login")


def test_every_page_style_is_of_some_mode() -> None:
    assert {mode.searching.page_style for mode in MODES.values()} == {*STYLES, "own"}


def test_an_unknown_mode_is_one_sentence() -> None:
    with pytest.raises(SandboxError, match="there are no quirks by the name of 'cerner'") as caught:
        Sandbox(SandboxOptions(quirks="cerner"))
    assert caught.value.why is Why.USAGE
    assert "epic, oracle" in caught.value.hint


def test_without_a_mode_nothing_stands_in_front() -> None:
    assert Sandbox(SandboxOptions()).gate is None
