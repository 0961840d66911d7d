"""The page that asks whose record an app gets to see, walked as a stranger's browser would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata

from portal_cli.sandbox.granting import Wish
from portal_cli.sandbox.rights import MESSAGES, Rights
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.oauth.test_pages import VERIFIER, Browser, _answer, _exchange

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

RIGHTS = Rights(is_view_only=True, denied_kinds=MESSAGES)
GROUPS = ["see", "change", "offline", "identity", "account"]


class Carer(Browser):
    """Ben's browser, who acts for Ada."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        today = sandbox.portal.clock.now().date()
        self.actor = sandbox.portal.granting.give(Wish("ben", "ada", "SPS", today, rights=RIGHTS))

    def sign_in(self, page: TestResponse, password: str = "") -> TestResponse:
        one = self.sandbox.sign_ins[1]
        answer = self.submit(page, username=one.username, password=password or one.password)
        return self.client.get(answer.headers["Location"])

    def choose(self, page: TestResponse, patient: str) -> TestResponse:
        answer = self.submit(page, patient=patient)
        return self.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def tokens(self, consent: TestResponse) -> dict[str, Any]:
        code = _answer(self.submit(consent, decision="allow", group=GROUPS))["code"]
        return _exchange(self, code, VERIFIER).json or {}


@pytest.fixture
def carer(sandbox: Sandbox) -> Carer:
    return Carer(sandbox)


def test_the_record_that_was_chosen_is_named_and_opened_with_no_more_than_the_rights(carer: Carer) -> None:
    page = carer.sign_in(carer.authorize(scope="openid fhirUser account patient/*.cruds"))
    assert re.findall(r'name="patient" value="(\w+)"', page.text) == ["ben", "ada"]
    consent = carer.choose(page, "ada")
    assert "Ada Lóng" in consent.text
    assert "as their spouse" in consent.text
    assert "view only, no messages" in consent.text
    assert re.findall(r'name="group" value="(\w+)"', consent.text) == ["see", "identity"]
    assert not re.search(r"<li>(your whole|messages)", consent.text)
    tokens = carer.tokens(consent)
    assert tokens["patient"] == "ada"
    assert tokens["fhirUser"].endswith(f"/{carer.actor}")
    letters = {scope.rpartition(".")[2] for scope in tokens["scope"].split() if scope.startswith("patient/")}
    assert letters == {"rs"}
    assert "account" not in tokens["scope"].split()
    assert "Communication" not in tokens["scope"]


def test_ones_own_record_is_opened_as_always(carer: Carer) -> None:
    tokens = carer.tokens(carer.choose(carer.sign_in(carer.authorize()), "ben"))
    assert tokens["patient"] == "ben"
    assert "patient/*.cruds" in tokens["scope"].split()


def test_an_app_that_wants_no_record_brings_no_choice(carer: Carer) -> None:
    page = carer.sign_in(carer.authorize(scope="account"))
    assert "Ben Short" in page.text
    assert "Allow access?" in page.text
    assert carer.tokens(page)["patient"] == "ben"


@pytest.mark.parametrize("patient", ["", "nobody", "glucose", "../ada"])
def test_what_is_not_offered_is_not_chosen(carer: Carer, patient: str) -> None:
    page = carer.sign_in(carer.authorize())
    answer = carer.choose(page, patient)
    assert answer.status_code == 400
    assert "Choose whose record to open." in answer.text
    assert carer.tokens(carer.choose(answer, "ada"))["patient"] == "ada"


def test_a_record_out_of_reach_is_answered_like_one_that_is_not_there(carer: Carer) -> None:
    page = carer.sign_in(carer.authorize())
    carer.sandbox.portal.granting.end(carer.actor)
    answers = [carer.choose(page, patient) for patient in ("ada", "nobody")]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].text == answers[1].text
    assert "Ada" not in answers[0].text


def test_nothing_is_chosen_or_shown_before_the_sign_in(carer: Carer) -> None:
    page = carer.authorize()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))
    for answer in (
        carer.client.get(f"/auth/for-whom?request={hidden['request']}"),
        carer.client.post("/auth/for-whom", data={**hidden, "patient": "ada"}),
        carer.client.get(f"/auth/consent?request={hidden['request']}"),
        carer.client.get("/auth/for-whom"),
    ):
        assert answer.status_code == 400
        assert "Ada" not in answer.text


def test_the_choice_cannot_be_skipped_or_forged(carer: Carer) -> None:
    page = carer.sign_in(carer.authorize())
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))
    assert carer.client.get(f"/auth/consent?request={hidden['request']}").status_code == 400
    skipped = carer.client.post("/auth/consent", data={**hidden, "decision": "allow", "group": GROUPS})
    assert skipped.status_code == 400
    forged = carer.client.post("/auth/for-whom", data={**hidden, "csrf": "x", "patient": "ada"})
    assert forged.status_code == 403
    stranger = carer.sandbox.app.test_client()
    for answer in (
        stranger.post("/auth/for-whom", data={**hidden, "patient": "ada"}),
        stranger.get(f"/auth/for-whom?request={hidden['request']}"),
    ):
        assert answer.status_code == 400
        assert "Ada" not in answer.text


def test_a_right_that_ends_before_the_answer_opens_nothing(carer: Carer) -> None:
    consent = carer.choose(carer.sign_in(carer.authorize()), "ada")
    carer.sandbox.portal.granting.end(carer.actor)
    answer = carer.submit(consent, decision="allow", group=GROUPS)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_name_is_only_text_on_the_page(carer: Carer) -> None:
    repository = carer.sandbox.portal.repository
    odd = [{"text": "<script>alert(1)</script>"}]
    repository.put({"resourceType": "Patient", "name": odd}, "ada")
    related = repository.history(*carer.actor.split("/"))[-1].resource()
    repository.put({**related, "relationship": [{"text": '"><img src=x>'}]}, related["id"])
    page = carer.sign_in(carer.authorize())
    for shown in (page, carer.choose(page, "ada")):
        assert "<script>" not in shown.text
        assert "<img" not in shown.text


@pytest.mark.parametrize("quirks", [None, "epic", "oracle", "athena", "healow", "medplum", "hapi"])
def test_the_providers_metadata_is_what_openid_wants_and_says_what_smart_says(quirks: str | None) -> None:
    sandbox = Sandbox(SandboxOptions(patients=1, resources=10, quirks=quirks))
    client = sandbox.app.test_client()
    found = client.get("/fhir/.well-known/openid-configuration", headers={"Accept": "text/html"}).json or {}
    smart = client.get("/fhir/.well-known/smart-configuration").json or {}
    assert found["issuer"] == sandbox.base_url
    shared = found.keys() & smart.keys() - {"scopes_supported"}
    assert {"jwks_uri", "authorization_endpoint", "token_endpoint", "grant_types_supported"} <= shared
    assert {name: found[name] for name in shared} == {name: smart[name] for name in shared}
    assert {"openid", "fhirUser"} <= set(found["scopes_supported"])
    metadata = OpenIDProviderMetadata(found)
    for name in ("response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"):
        assert found[name]
        getattr(metadata, f"validate_{name}")()
    keys = client.get(urlsplit(found["jwks_uri"]).path).json or {}
    assert keys["keys"][0]["alg"] in found["id_token_signing_alg_values_supported"]
