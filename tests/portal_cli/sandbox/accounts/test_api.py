"""The account API as such: any body gets an answer in JSON, and no page of another site gets one at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.accounts.conftest import CHALLENGE, PASSWORD, Somebody, new_person

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (
    *("given", "family", "birth_date", "email", "phone", "address", "username", "password", "terms_version"),
    *("channel", "code", "login", "token", "value", "method", "current", "new", "body", "text", "line", "city"),
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["email", "phone", "totp", "text", "grace.h", PASSWORD, "1986-12-09", "a@b.cd", "+15550100000"]),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner)),
    max_leaves=6,
)
BODIES = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda body: json.dumps(body).encode()),
    VALUES.map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=60),
)
PATHS = (
    ("POST", "/password-check"),
    ("POST", "/registrations"),
    ("POST", "/registrations/x/codes"),
    ("POST", "/registrations/KEY/verify"),
    ("POST", "/password/forgot"),
    ("POST", "/password/reset"),
    ("POST", "/username/recover"),
    ("POST", "/account/password"),
    ("PUT", "/account/notifications"),
    ("POST", "/account/two-step"),
    ("POST", "/account/two-step/confirm"),
    ("DELETE", "/account/two-step/totp"),
    ("POST", "/account/recovery-codes"),
    ("POST", "/account/contacts"),
    ("POST", "/account/contacts/verify"),
)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[Somebody, str]]:
    with Sandbox(SandboxOptions()) as running:
        person = new_person(running)
        person.sign_up()
        person.sign_in("grace.h")
        key = person.register(email="b@example.org", phone="+15550108888").json["registration"]
        yield person, key


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), BODIES)
def test_any_body_gets_an_answer_in_json(fuzzed: tuple[Somebody, str], path: tuple[str, str], body: bytes) -> None:
    person, key = fuzzed
    answer = person.send(path[0], f"/account/api{path[1].replace('KEY', key)}", body, Content_Type="application/json")
    assert answer.status < 500
    if answer.status >= 400:
        problem = answer.json
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status
        assert problem["title"]
    assert answer.headers["cache-control"] == "no-store"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["auth_session", "second_step_method", "second_step_code", "second_step_send"]), st.text()
    )
)
def test_any_second_step_gets_an_answer_in_json(fuzzed: tuple[Somebody, str], form: dict[str, str]) -> None:
    answer = fuzzed[0].challenge(**form)
    assert answer.status == 400
    assert answer.json["error"]


def test_what_is_not_said_to_be_json_is_refused(ada: Somebody) -> None:
    before = len(ada.mail())
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = ada.send("POST", "/account/api/password/forgot", b'{"login":"grace.h"}', Content_Type=kind)
        assert answer.key == "invalid"
    assert len(ada.mail()) == before
    assert "access-control-allow-origin" not in answer.headers


def test_other_addresses_methods_and_sizes_are_refused_in_json(grace: Somebody) -> None:
    assert grace.api("GET", "/nothing").status == 404
    assert grace.api("GET", "/registrations").status == 405
    assert grace.post("/password-check", password="x" * 70_000).status == 413
    for answer in (grace.api("GET", "/nothing"), grace.api("GET", "/registrations")):
        assert answer.headers["content-type"] == "application/problem+json"
    assert grace.send("GET", "/account/api", Host="evil.example").status == 421
    assert grace.send("GET", "/mailbox.json", Host="evil.example").status == 421


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_portal_in_a_vendors_manner_has_no_account_api(mode: str) -> None:
    sandbox = Sandbox(SandboxOptions(quirks=mode))
    client, first = sandbox.app.test_client(), sandbox.sign_ins[0]
    configuration: Any = client.get("/fhir/.well-known/smart-configuration").json
    assert not {"account_api_endpoint", "account_pages"} & set(configuration)
    assert "account" not in configuration["scopes_supported"]
    assert client.get("/account/api").status_code == 404
    assert client.get("/mailbox.json").status_code == 404
    form = {
        "client_id": "portal-terminal",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "username": first.username,
        "password": first.password,
    }
    alone = client.post("/auth/challenge", data={**form, "scope": "account"})
    assert (alone.json or {})["error"] == "invalid_scope"


def test_the_browser_offers_the_scope_and_the_patient_may_withhold_it() -> None:
    from portal_cli.sandbox.oauth import consent  # noqa: PLC0415 -- for this test alone

    asked = ("patient/*.rs", "account")
    assert "account" in {group.name for group in consent.groups(asked)}
    assert consent.granted(asked, {"see"}) == ("patient/*.rs",)
    assert consent.granted(asked, {"see", "account"}) == asked
