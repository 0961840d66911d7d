"""What a token shows of another patient: nothing, by any address, search, include, history or operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.portal_cli.sandbox.isolation.conftest import KINDS, REFUSED, SECRET, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.portal_cli.sandbox.isolation.conftest import Intruder

VENDORS = ("epic", "oracle", "athena", "healow", "medplum", "hapi")


@pytest.fixture(autouse=True)
def nothing_of_bens_is_changed(request: pytest.FixtureRequest) -> Iterator[None]:
    intruder = request.getfixturevalue("intruder")
    before = intruder.taken()
    yield
    assert intruder.taken() == before
    assert len(before) >= len(KINDS)


def declared(intruder: Intruder, kind: str) -> dict[str, Any]:
    """What the portal says of a type."""
    statement = intruder.client.get("/fhir/metadata").json or {}
    return next(item for item in statement["rest"][0]["resource"] if item["type"] == kind)


def values(kind: str, parameter: dict[str, str]) -> Iterator[str]:
    """What to ask for, to come upon what Ben has."""
    yield named(kind, "ben")
    yield f"bens-{kind}"
    yield f"urn:mark|bens-{kind}"
    yield f"{kind}/{named(kind, 'ben')}"
    yield from ("Patient/ben", "ben", f"Encounter/{named('Encounter', 'ben')}", "Observation/ben-Observation")
    if parameter["type"] == "date":
        yield from ("ge1900", "le2999", "ne1901")
    if parameter["type"] == "string":
        yield SECRET[:4]
    yield f"{named(kind, 'ada')},{named(kind, 'ben')}"


def names(answer: Any) -> set[str]:
    """The type and id of whatever an answer holds."""
    document = answer.get_json(silent=True) or {}
    found = [entry.get("resource", {}) for entry in document.get("entry", [])]
    return {f"{one.get('resourceType')}/{one.get('id')}" for one in [document, *found]}


BENS = {f"{kind}/{named(kind, 'ben')}" for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_another_patients_resource_cannot_be_read(intruder: Intruder, kind: str) -> None:
    there, own = f"{kind}/{named(kind, 'ben')}", f"{kind}/{named(kind, 'ada')}"
    for path in (there, f"{there}/_history/1", f"{there}/_history"):
        for headers in ({}, {"If_None_Match": 'W/"1"'}, {"Accept": "*/*"}, {"If_Modified_Since": "Sat, 01 Jan 2050"}):
            assert intruder.call("GET", path, **headers).status_code in REFUSED
        assert intruder.call("HEAD", path).status_code in REFUSED
    assert intruder.call("GET", own).status_code == 200
    assert SECRET in intruder.call("GET", there, token=intruder.token_of("ben")).get_data(as_text=True) or (
        kind in {"Binary", "Provenance", "Patient"}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_search_finds_what_another_patient_has(intruder: Intruder, kind: str) -> None:
    parameters = declared(intruder, kind)["searchParam"]
    assert {"_id", "_lastUpdated"} <= {parameter["name"] for parameter in parameters}
    for parameter in parameters:
        for value in values(kind, parameter):
            for modifier in ("", ":not", ":missing", ":contains", ":Patient"):
                asked = f"{parameter['name']}{modifier}={quote('false' if modifier == ':missing' else value)}"
                answer = intruder.call("GET", f"{kind}?{asked}&_count=200")
                assert not names(answer) & BENS, asked
                found = answer.get_json(silent=True) or {}
                if answer.status_code == 200:
                    matches = [one for one in found.get("entry", []) if one["search"]["mode"] == "match"]
                    assert found["total"] == len(matches), asked
    for asked in ("", f"_id={named(kind, 'ben')}&_summary=count", "_has:Observation:patient:_id=ben-Observation"):
        assert not names(intruder.call("GET", f"{kind}?{asked}")) & BENS
    form = intruder.call("POST", f"{kind}/_search", f"_id={named(kind, 'ben')}")
    assert not names(form) & BENS


@pytest.mark.parametrize("kind", KINDS)
def test_no_search_brings_along_what_another_patient_has(intruder: Intruder, kind: str) -> None:
    said = declared(intruder, kind)
    asked = [f"_include={name}" for name in said.get("searchInclude", [])]
    asked += [f"_revinclude={name}" for name in said.get("searchRevInclude", [])]
    asked += [f"_include:iterate={name}" for name in said.get("searchInclude", [])]
    for part in [*asked, "_include=*", "_revinclude=*", "&".join(asked)]:
        answer = intruder.call("GET", f"{kind}?_count=200&{part}")
        assert not names(answer) & BENS, part


@pytest.mark.parametrize("kind", [*KINDS, ""])
def test_no_history_shows_what_another_patient_has(intruder: Intruder, kind: str) -> None:
    path = f"{kind}/_history" if kind else "_history"
    for asked in ("", "_count=500", "_since=1990-01-01T00:00:00Z", "_at=2030-01-01T00:00:00Z"):
        answer = intruder.call("GET", f"{path}?{asked}")
        assert not names(answer) & BENS


@pytest.mark.parametrize("path", ["Patient/ben/$everything", "Patient/ben/Observation", "Patient/ben/*"])
def test_another_patients_record_cannot_be_had_as_a_whole(intruder: Intruder, path: str) -> None:
    for method in ("GET", "POST"):
        assert intruder.call(method, path).status_code in REFUSED
    own = intruder.call("GET", "Patient/ada/$everything?_count=1000")
    assert own.status_code == 200
    assert not names(own) & BENS


def test_a_page_of_anothers_search_is_not_handed_on(intruder: Intruder) -> None:
    token = intruder.token_of("ben")
    for path in (
        "Observation?_count=1&_include=Observation:encounter",
        "_history?_count=1",
        "Patient/ben/$everything?_count=1",
    ):
        first = intruder.document("GET", path, token=token)
        pages = [link["url"] for link in first["link"] if link["relation"] in {"next", "self", "first"}]
        assert len(pages) > 0
        for page in pages:
            assert not names(intruder.call("GET", page)) & BENS


@pytest.mark.parametrize("quirks", VENDORS)
def test_it_is_so_in_every_vendors_manner(break_in: Callable[..., Intruder], quirks: str) -> None:
    there = break_in(quirks)
    before = there.taken()
    for kind in KINDS:
        path = f"{kind}/{named(kind, 'ben')}"
        assert there.call("GET", path).status_code >= 400
        there.call("PUT", path, {"resourceType": kind, "id": named(kind, "ben")})
        there.call("DELETE", path)
        for asked in (
            "patient=ben",
            "patient=Patient/ben",
            f"_id={named(kind, 'ben')}",
            "patient=ada&_include=*",
            "patient=ada&_revinclude=Provenance:target",
            f"identifier=urn:mark|bens-{kind}",
        ):
            assert not names(there.call("GET", f"{kind}?{asked}")) & BENS
    for path in ("Patient/ben/$everything", "Patient/ada/$everything", "_history"):
        assert not names(there.call("GET", path)) & BENS
    assert there.taken() == before
