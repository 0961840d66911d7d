"""The portal declares what it does, and does what it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.writing import ACCEPTED

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller


@pytest.fixture(scope="module")
def ada(shared_sandbox: Sandbox, call_as: type[Caller]) -> Caller:
    return call_as(shared_sandbox)


def _rest(ada: Caller) -> dict[str, Any]:
    rest: dict[str, Any] = (ada.client.get("/fhir/metadata").json or {})["rest"][0]
    return rest


def test_the_statement_is_valid_fhir(ada: Caller) -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="the standard's models are not installed")
    models.get_fhir_model_class("CapabilityStatement").model_validate(ada.client.get("/fhir/metadata").json)


def test_stored_types_and_those_patients_write_are_offered(ada: Caller) -> None:
    kinds = {row["type"] for row in _rest(ada)["resource"]}
    assert kinds >= {*ACCEPTED, "Observation", "Practitioner", "Provenance", "Slot", "Schedule"}


def test_every_declared_parameter_is_understood(ada: Caller) -> None:
    examples = {"date": "2024", "token": "a|b", "reference": "Patient/ada", "string": "a", "uri": "urn:a"}
    for row in _rest(ada)["resource"]:
        assert row["versioning"] == "versioned-update"
        assert row["conditionalRead"] == "full-support"
        query = "&".join(f"{one['name']}={examples[one['type']]}" for one in row["searchParam"])
        assert ada.get(f"{row['type']}?{query}", Prefer="handling=strict").status_code == 200


def test_conditional_create_is_declared_where_creating_is(ada: Caller) -> None:
    for row in _rest(ada)["resource"]:
        codes = {one["code"] for one in row["interaction"]}
        assert row["conditionalCreate"] is ("create" in codes)


def test_what_all_patients_share_is_declared_as_read_only(ada: Caller) -> None:
    codes = {row["type"]: {one["code"] for one in row["interaction"]} for row in _rest(ada)["resource"]}
    assert codes["Practitioner"].isdisjoint({"create", "update", "delete"})
    assert codes["Task"] >= {"create", "update"}
    assert ada.refused("POST", "Bundle", {"resourceType": "Bundle", "type": "transaction"})[0] == 403


def test_the_smart_configuration_names_only_what_exists(ada: Caller) -> None:
    sandbox = ada.sandbox
    answer = ada.client.get("/fhir/.well-known/smart-configuration", headers={"Accept": "text/html"})
    configuration = answer.json or {}
    assert answer.content_type.startswith("application/json")
    assert configuration["issuer"] == sandbox.base_url
    assert configuration["code_challenge_methods_supported"] == ["S256"]
    rules = {str(rule) for rule in sandbox.app.url_map.iter_rules()}
    origin = sandbox.base_url.removesuffix("/fhir")
    endpoints = [value for name, value in configuration.items() if name.endswith(("_endpoint", "_uri"))]
    assert {value.removeprefix(origin) for value in endpoints} <= rules
