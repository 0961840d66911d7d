"""Whatever the portal declares, a token reaches nothing of another patient by it: over a socket, in every manner."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.sandbox.conftest import Caller

MODES = (None, "epic", "oracle", "athena", "healow", "medplum", "hapi")
SHARED = {
    *("Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService", "Medication", "Endpoint"),
    *("Substance", "Questionnaire", "Slot", "Schedule", "Device", "Binary", "Library", "PlanDefinition"),
}
_PATCH = {
    "resourceType": "Binary",
    "contentType": "application/json-patch+json",
    "data": base64.b64encode(b'[{"op": "add", "path": "/language", "value": "en"}]').decode(),
}
_WORD = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ID = re.compile(r'"id"\s*:\s*"([^"]+)"')


class Trespasser:
    """One patient's app, which knows the ids of another patient's resources and tries them."""

    def __init__(self, sandbox: Sandbox, caller: type[Caller], *, has_manner: bool) -> None:
        self.has_manner = has_manner
        self.sandbox = sandbox
        self.app, self.victim = caller(sandbox), caller(sandbox, 1)
        self.own, self.other = (str(sandbox.sign_ins[place].patient) for place in (0, 1))
        self.repository = sandbox.portal.repository
        token = self.app.tokens["access_token"]
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30)
        self.kinds = self.repository.kinds()
        self.targets = {kind: self._exclusive(kind) for kind in self.kinds}
        self.forbidden = {key for keys in self.targets.values() for key in keys}
        self.before = self.stored()
        self.statement: dict[str, Any] = self.http.get(f"{sandbox.base_url}/metadata").json()["rest"][0]

    def _exclusive(self, kind: str) -> list[str]:
        found = self.repository.belongings(self.other, kind)
        return [one.key for one in found if self.own not in one.owners and not one.is_shared]

    def stored(self) -> dict[str, list[bytes]]:
        """Every version of what is the other patient's, as it is stored."""
        names = {(one.kind, one.key) for kind in self.repository.kinds() for one in self._belonging(kind)}
        return {f"{kind}/{key}": [one.body for one in self.repository.history(kind, key)] for kind, key in names}

    def _belonging(self, kind: str) -> list[Any]:
        return self.repository.belongings(self.other, kind)

    def attempt(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call, and see that nothing comes back of the other patient but what was sent."""
        content = None if body is None else body if isinstance(body, str) else json.dumps(body)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("Content-Type", "application/fhir+json")
        url = path if path.startswith("http") else f"{self.sandbox.base_url}/{path}".rstrip("/")
        answer = self.http.request(method, url, content=content, headers=fields)
        assert answer.status_code < 500, (method, path, answer.text)
        told = f"{answer.text} {answer.headers}"
        sent = set(_WORD.findall(f"{path} {content} {headers}"))
        leaked = (set(_WORD.findall(told)) & self.forbidden - sent) | (set(_ID.findall(told)) & self.forbidden)
        assert not leaked, (method, path, sorted(leaked)[:3])
        return answer

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        """Call for what must not be done."""
        answer = self.attempt(method, path, body, **headers)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)

    def resources(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """One of the other patient's resources of each type, as (type, id, resource)."""
        for kind, keys in self.targets.items():
            version = self.repository.current(kind, keys[0]) if keys else None
            if version is not None:
                yield kind, version.key, json.loads(version.body)


@pytest.fixture(scope="module", params=MODES, ids=str)
def trespasser(request: pytest.FixtureRequest, call_as: type[Caller]) -> Iterator[Trespasser]:
    options = SandboxOptions(clinic_delay=3600, patients=2, resources=150, quirks=request.param)
    with Sandbox(options) as sandbox:
        one = Trespasser(sandbox, call_as, has_manner=request.param is not None)
        yield one
        one.http.close()
        assert one.before
        assert one.stored() == one.before


def test_what_is_tried_is_there_to_be_found(trespasser: Trespasser) -> None:
    assert len(list(trespasser.resources())) > 5
    kind, key, _ = next(trespasser.resources())
    assert trespasser.victim.get(f"{kind}/{key}").status_code in {200, 403, 404}
    assert trespasser.repository.current(kind, key)


def test_only_the_listed_types_are_shared(trespasser: Trespasser) -> None:
    shared = {kind for kind in trespasser.kinds if any(one.is_shared for one in trespasser.repository.everything(kind))}
    assert shared <= SHARED


def test_no_id_opens_another_patients_resource(trespasser: Trespasser) -> None:
    for kind, key, _ in trespasser.resources():
        for path in (f"{kind}/{key}", f"{kind}/{key}/_history", f"{kind}/{key}/_history/1"):
            trespasser.refused("GET", path)
        trespasser.refused("GET", f"{kind}/{key}", If_None_Match='W/"1"')
        trespasser.refused("GET", f"{kind}/{key}", Accept="*/*")
    for path in ("$everything", "Observation", "*"):
        trespasser.refused("GET", f"Patient/{trespasser.other}/{path}")
    trespasser.refused("POST", f"Patient/{trespasser.other}/$everything", {"resourceType": "Parameters"})


def test_no_declared_search_brings_another_patients_resource(trespasser: Trespasser) -> None:
    subject = f"Patient/{trespasser.other}"
    for row in trespasser.statement["resource"]:
        kind = row["type"]
        key = (trespasser.targets.get(kind) or [trespasser.other])[0]
        queries = ["", f"_id={key}", "_lastUpdated=ge1900", f"_has:Observation:patient:_id={key}"]
        for parameter in row["searchParam"]:
            if trespasser.has_manner and parameter["type"] != "reference":
                continue  # a manner changes who is asked for, not how values are compared
            name = parameter["name"]
            values = [subject, f"{trespasser.sandbox.base_url}/{subject}"] if parameter["type"] == "reference" else []
            queries += [f"{name}={value}" for value in (*values, trespasser.other)]
            queries += [f"{name}:missing=false", f"{name}:missing=true", f"{name}:Patient={trespasser.other}"]
            queries += [f"{name}._id={trespasser.other}"]
        queries += [f"_include={value}" for value in row.get("searchInclude", ())]
        queries += [f"_revinclude={value}" for value in row.get("searchRevInclude", ())]
        for query in queries:
            trespasser.attempt("GET", f"{kind}?_count=1000&{query}")
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        trespasser.attempt("POST", f"{kind}/_search", f"patient={trespasser.other}&_id={key}", **form)
        trespasser.attempt("GET", f"{kind}/_history?_count=1000")
    trespasser.attempt("GET", "_history?_count=1000")


def test_no_write_touches_another_patients_resource(trespasser: Trespasser) -> None:
    patch = [{"op": "add", "path": "/language", "value": "en"}]
    for kind, key, resource in trespasser.resources():
        own = json.loads(json.dumps(resource).replace(f"Patient/{trespasser.other}", f"Patient/{trespasser.own}"))
        name = f"{kind}/{key}"
        for body in (resource, own):
            trespasser.refused("PUT", name, body)
            trespasser.refused("PUT", name, body, If_Match='W/"1"')
            trespasser.refused("PUT", f"{kind}?_id={key}", body)
        trespasser.refused("PATCH", name, patch, Content_Type="application/json-patch+json")
        trespasser.refused("DELETE", name)
        trespasser.refused("DELETE", f"{kind}?_id={key}")
        if kind not in {"Binary", "Provenance"}:
            created = {field: value for field, value in resource.items() if field not in {"id", "meta"}}
            trespasser.refused("POST", kind, created)
            trespasser.refused("POST", kind, created, If_None_Exist=f"_id={key}")
    assert trespasser.stored() == trespasser.before


@pytest.mark.parametrize("bundle", ["batch", "transaction"])
def test_no_entry_of_a_bundle_does_either(trespasser: Trespasser, bundle: str) -> None:
    for kind, key, resource in trespasser.resources():
        for method in ("GET", "PUT", "DELETE", "PATCH", "POST"):
            if method == "POST" and kind in {"Binary", "Provenance"}:
                continue  # whose these are is not written in them alone
            request = {"method": method, "url": kind if method == "POST" else f"{kind}/{key}"}
            bodies = {"PUT": resource, "POST": resource, "PATCH": _PATCH}
            entry = {"request": request, **({"resource": bodies[method]} if method in bodies else {})}
            answer = trespasser.attempt("POST", "", {"resourceType": "Bundle", "type": bundle, "entry": [entry]})
            statuses = [row["response"]["status"] for row in answer.json().get("entry", [])]
            assert answer.status_code >= 400 or all(status.startswith("4") for status in statuses), (kind, method)
    assert trespasser.stored() == trespasser.before


def test_an_own_resource_is_not_handed_to_another_patient(trespasser: Trespasser) -> None:
    for kind in trespasser.kinds:
        for version in trespasser.repository.belongings(trespasser.own, kind)[:1]:
            moved = version.body.decode().replace(f"Patient/{trespasser.own}", f"Patient/{trespasser.other}")
            if moved != version.body.decode():
                trespasser.refused("PUT", version.name, moved)
                trespasser.refused("PUT", version.name, moved, If_Match=version.etag)
            if b'"subject"' in version.body:
                patch = [{"op": "replace", "path": "/subject/reference", "value": f"Patient/{trespasser.other}"}]
                trespasser.refused("PATCH", version.name, patch, Content_Type="application/json-patch+json")
    assert trespasser.stored() == trespasser.before


def test_another_tokens_pages_stay_its_own(trespasser: Trespasser) -> None:
    for path in ("Observation?_count=1&category=laboratory", "Observation?_count=1"):
        page = trespasser.victim.get(path).json or {}
        for link in page.get("link", []):
            if link["relation"] == "next":
                trespasser.refused("GET", link["url"])
