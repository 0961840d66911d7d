"""Requests that make no sense are refused in order, never with a crash."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from waitress import buffers

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal_cli.sandbox.conftest import Caller


@pytest.fixture(scope="module")
def ada(shared_sandbox: Sandbox, call_as: type[Caller]) -> Caller:
    return call_as(shared_sandbox)


@pytest.mark.parametrize(
    "path",
    [
        "Observation?date=%FF%FE",
        "Observation?date=9999-99-99",
        "Observation?date=ge9999",
        "Observation?date=0000",
        "Observation?_count=%C2%B2",
        "Observation?_count=99999999999",
        "Observation?_page=x.%C2%B2",
        "Observation?_page=",
        "Observation?_sort=",
        "Observation?_sort=-patient,code,_id",
        "Observation?_include=*",
        "Observation?_include=Observation:nothing",
        "Observation?_revinclude=Nonsense:thing",
        "Observation?code=|||",
        "Observation?code=%00",
        "Observation?patient=/",
        "Observation?patient:Nonsense=ada",
        "Observation?=&&=x",
        "Observation/" + "a" * 500,
        "Observation/glucose/_history/%C2%B2",
        "metadata?_format=xml",
        "metadata/_history",
        "_search",
        "Observation/glucose/unknown",
    ],
)
def test_an_odd_address_gets_an_ordinary_answer(ada: Caller, path: str) -> None:
    answer = ada.get(path)
    assert answer.status_code < 500
    assert answer.status_code in {200, 400, 404, 405, 406, 410}
    assert answer.content_type.startswith("application/fhir+json")


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Task", "status": "requested", "code": {"coding": [{"code": {}}, 5, None]}},
        {"resourceType": "Task", "status": "requested", "code": {"coding": [{"code": "refill"}]}, "focus": "x"},
        {"resourceType": "Task", "status": "requested", "meta": "x", "id": 5, "identifier": "x", "authoredOn": {}},
        {"resourceType": "Binary", "contentType": "a\r\nX: y", "data": "\u2603"},
        {"resourceType": "Communication", "subject": "Patient/ada"},
        {"resourceType": "Communication", "subject": [{"reference": 5}], "sent": {"start": 5}, "meta": None},
        {"resourceType": "Communication", "status": None, "payload": [[[]]], "sender": {"reference": "Patient/ada"}},
    ],
)
def test_an_odd_body_neither_crashes_the_portal_nor_its_clinic(ada: Caller, body: dict[str, Any]) -> None:
    kind = body["resourceType"]
    created = ada.call("POST", kind, {**body, "for": {"reference": "Patient/ada"}} if kind == "Task" else body)
    assert created.status_code in {201, 400, 403, 422}
    for _ in range(4):
        ada.sandbox.clinic.step()
    names = [one["name"] for row in _types(ada) if row["type"] == kind for one in row["searchParam"]]
    for name in names:
        assert ada.get(f"{kind}?{name}:missing=false&_sort={name}").status_code in {200, 400}
    if created.status_code == 201:
        key = (created.json or {})["id"]
        assert ada.get(f"{kind}/{key}", Accept="text/plain" if kind == "Binary" else "*/*").status_code == 200


def _types(ada: Caller) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (ada.client.get("/fhir/metadata").json or {})["rest"][0]["resource"]
    return rows


def test_large_bodies_never_go_through_a_temporary_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[object] = []
    before = buffers.TempfileBasedBuffer.__init__

    def watched(self: object, *arguments: object, **named: object) -> None:
        opened.append(self)
        before(self, *arguments, **named)

    monkeypatch.setattr(buffers.TempfileBasedBuffer, "__init__", watched)
    note = json.dumps({"resourceType": "Basic", "id": "b", "code": {"text": "x" * 3_000_000}})
    patient = '{"resourceType":"Patient","id":"p"}'
    for name, text in (("note", note), ("patient", patient)):
        (tmp_path / f"{name}.json").write_text(text)
    with Sandbox(SandboxOptions(load=tmp_path)) as running:
        address = running.base_url.removesuffix("/fhir")
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}/auth/token", data=b"a=" + b"x" * 3_000_000, timeout=20)
        with urllib.request.urlopen(f"{running.base_url}/metadata", timeout=20) as answer:
            assert answer.status == 200
    assert opened == []
