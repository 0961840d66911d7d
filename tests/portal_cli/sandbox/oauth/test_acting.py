"""Signing in to act for a patient: the choice, whom tokens name, what they may do, and when they end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from portal_cli.sandbox.accounts.account import Contact
from portal_cli.sandbox.granting import Wish
from portal_cli.sandbox.oauth.charts import LIFETIME_SECONDS
from portal_cli.sandbox.oauth.tokens import ACCESS_SECONDS
from portal_cli.sandbox.rights import FULL, MESSAGES, Rights
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.conftest import CHALLENGE, VERIFIER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal_cli.sandbox.accounts.account import SignIn

SCOPE = "openid fhirUser launch/patient offline_access account patient/*.cruds"
DAY = 24 * 3600


@dataclass
class Helper:
    """Ben, who acts for Ada."""

    sandbox: Sandbox
    rights: Rights = FULL
    days: int | None = None
    actor: str = ""
    client: FlaskClient = field(init=False)
    account: SignIn = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.sandbox.app.test_client()
        self.account = self.sandbox.sign_ins[1]
        today = self.sandbox.portal.clock.now().date()
        ends = None if self.days is None else today + timedelta(days=self.days)
        self.actor = self.sandbox.portal.granting.give(Wish("ben", "ada", "FRND", today, ends, self.rights))

    def challenge(self, **fields: str) -> TestResponse:
        whole = {
            "client_id": "app",
            "scope": SCOPE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "username": self.account.username,
            "password": self.account.password,
        }
        return self.client.post("/auth/challenge", data=whole | fields)

    def tokens(self, **fields: str) -> dict[str, Any]:
        code = (self.challenge(**{"patient": "ada", **fields}).json or {})["authorization_code"]
        answer = self.token(grant_type="authorization_code", code=code, code_verifier=VERIFIER)
        assert answer.status_code == 200, answer.text
        return answer.json or {}

    def token(self, **fields: str) -> TestResponse:
        return self.client.post("/auth/token", data={"client_id": "app", **fields})

    def call(self, method: str, path: str, tokens: dict[str, Any], body: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "Content-Type": "application/fhir+json"}
        return self.client.open(f"/fhir/{path}", method=method, json=body, headers=headers)


@pytest.fixture
def helper(sandbox: Sandbox) -> Helper:
    return Helper(sandbox)


def test_the_choice_names_ones_own_chart_first_and_each_with_what_may_be_done(sandbox: Sandbox) -> None:
    helper = Helper(sandbox, Rights(is_view_only=True, denied_kinds=MESSAGES), days=30)
    answer = helper.challenge()
    asked = answer.json or {}
    assert answer.status_code == 400
    assert (asked["error"], asked["need"]) == ("insufficient_authorization", "patient")
    own, other = asked["patients"]
    assert own == {"id": "ben", "name": "Ben Short", "relationship": "self", "rights": ["view and change"]}
    ends = (sandbox.portal.clock.now().date() + timedelta(days=30)).isoformat()
    assert other == {
        "id": "ada",
        "name": "Ada Lóng",
        "relationship": "friend",
        "rights": ["view only", "no messages"],
        "ends": ends,
    }
    done = helper.client.post(
        "/auth/challenge", data={"client_id": "app", "auth_session": asked["auth_session"], "patient": "ada"}
    )
    assert set(done.json or {}) == {"authorization_code"}


def test_a_session_of_the_choice_opens_one_chart_for_its_own_app_and_not_for_long(helper: Helper) -> None:
    def go_on(session: str, patient: str = "ada", client_id: str = "app") -> dict[str, Any]:
        form = {"client_id": client_id, "auth_session": session, "patient": patient}
        return helper.client.post("/auth/challenge", data=form).json or {}

    session = (helper.challenge().json or {})["auth_session"]
    assert go_on(session, client_id="another")["error"] == "invalid_session"
    assert go_on(session, patient="")["need"] == "patient"
    assert go_on(session)["authorization_code"]
    assert go_on(session)["error"] == "invalid_session"
    late = (helper.challenge().json or {})["auth_session"]
    helper.sandbox.portal.clock.advance(LIFETIME_SECONDS + 1)
    assert go_on(late)["error"] == "invalid_session"


def test_a_patient_out_of_reach_is_answered_like_one_who_does_not_exist(helper: Helper) -> None:
    answers = [helper.challenge(patient=patient) for patient in ("nobody", "ada")]
    assert answers[1].status_code == 200
    helper.sandbox.portal.granting.end(helper.actor)
    refused = [helper.challenge(patient=patient) for patient in ("nobody", "ada")]
    assert {answer.text for answer in (*refused, answers[0])} == {answers[0].text}
    assert answers[0].status_code == 400
    assert "ada" not in answers[0].text


def test_nothing_about_patients_is_told_before_the_password_is_right(helper: Helper) -> None:
    for patient in ("", "ada", "nobody"):
        answer = helper.challenge(password="wrong", patient=patient)
        assert answer.json == {"error": "access_denied", "error_description": "the username or password is not right"}


def test_an_account_with_one_chart_is_not_asked(helper: Helper) -> None:
    account = helper.sandbox.sign_ins[0]
    answer = helper.challenge(username=account.username, password=account.password)
    assert set(answer.json or {}) == {"authorization_code"}
    named = helper.challenge(username=account.username, password=account.password, patient="ada")
    assert set(named.json or {}) == {"authorization_code"}
    other = helper.challenge(username=account.username, password=account.password, patient="ben")
    assert (other.json or {})["error"] == "access_denied"


def test_a_token_names_the_patient_and_who_acts_and_opens_no_account(helper: Helper) -> None:
    tokens, base = helper.tokens(), helper.sandbox.base_url
    assert tokens["patient"] == "ada"
    assert tokens["fhirUser"] == f"{base}/{helper.actor}"
    assert "account" not in tokens["scope"].split()
    claims = jwt.decode(tokens["id_token"], KeySet.import_key_set(helper.client.get("/auth/jwks.json").json)).claims  # type: ignore[arg-type]
    assert claims["fhirUser"] == f"{base}/{helper.actor}"
    assert claims["sub"] == helper.sandbox.sign_ins[1].username
    told = helper.client.post("/auth/introspect", data={"token": tokens["access_token"], "client_id": "app"}).json or {}
    assert (told["patient"], told["fhirUser"]) == ("ada", f"{base}/{helper.actor}")
    for path in (helper.actor, "Patient/ada"):
        assert helper.call("GET", path, tokens).status_code == 200
    for path in ("Patient/ben", "Observation/ben-pulse"):
        assert helper.call("GET", path, tokens).status_code == 404
    own = helper.tokens(patient="ben")
    assert (own["patient"], own["fhirUser"]) == ("ben", f"{base}/Patient/ben")
    assert helper.call("GET", "Patient/ada", own).status_code == 404


def test_rights_narrow_the_scopes_and_are_asked_at_every_request(sandbox: Sandbox) -> None:
    helper = Helper(sandbox, Rights(is_view_only=True, denied_kinds=MESSAGES))
    tokens = helper.tokens()
    granted = [scope for scope in tokens["scope"].split() if scope.startswith("patient/")]
    assert "patient/Observation.rs" in granted
    assert all(scope.endswith(".rs") for scope in granted)
    assert not [scope for scope in granted if "Communication" in scope or "*" in scope]
    assert helper.call("GET", "Communication", tokens).status_code == 403
    assert helper.call("PUT", "Patient/ada", tokens, {"resourceType": "Patient", "id": "ada"}).status_code == 403


def test_a_right_that_is_narrowed_later_narrows_the_tokens_that_are_out(helper: Helper) -> None:
    tokens, repository = helper.tokens(), helper.sandbox.portal.repository
    assert helper.call("GET", "Communication", tokens).status_code == 200
    (consent,) = repository.belongings("ada", "Consent")
    paper = consent.resource()
    paper["provision"]["provision"] = [{"type": "deny", "class": [{"code": "Communication"}]}]
    repository.put(paper, consent.key)
    assert helper.call("GET", "Communication", tokens).status_code == 403
    again = helper.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json or {}
    assert "Communication" not in again["scope"]


def test_tokens_end_with_the_last_day_of_the_right(sandbox: Sandbox) -> None:
    helper = Helper(sandbox, days=1)
    now = sandbox.portal.clock.now()
    end = (now + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    sandbox.portal.clock.advance((end - now).total_seconds() - 600)
    tokens = helper.tokens()
    assert 500 < tokens["expires_in"] <= 600
    assert helper.tokens(patient="ben")["expires_in"] == ACCESS_SECONDS
    assert helper.call("GET", "Patient/ada", tokens).status_code == 200
    late = (helper.challenge(patient="ada").json or {})["authorization_code"]
    sandbox.portal.clock.advance(601)
    assert helper.call("GET", "Patient/ada", tokens).status_code == 401
    refused = helper.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.json or {})["error"] == "invalid_grant"
    refused = helper.token(grant_type="authorization_code", code=late, code_verifier=VERIFIER)
    assert (refused.json or {})["error"] == "invalid_grant"
    assert set(helper.challenge().json or {}) == {"authorization_code"}


def by_the_practice(helper: Helper) -> None:
    helper.sandbox.portal.granting.end(helper.actor)


def by_an_inactive_relation(helper: Helper) -> None:
    repository = helper.sandbox.portal.repository
    version = repository.history(*helper.actor.split("/"))[-1]
    repository.put({**version.resource(), "active": False}, version.key)


def by_the_patient(helper: Helper) -> None:
    account, repository = helper.sandbox.sign_ins[0], helper.sandbox.portal.repository
    own = helper.tokens(username=account.username, password=account.password)
    (consent,) = repository.belongings("ada", "Consent")
    paper = consent.resource() | {"status": "inactive"}
    assert helper.call("PUT", consent.name, own, paper).status_code == 200


def by_deleting_the_consent(helper: Helper) -> None:
    account, repository = helper.sandbox.sign_ins[0], helper.sandbox.portal.repository
    own = helper.tokens(username=account.username, password=account.password)
    (consent,) = repository.belongings("ada", "Consent")
    assert helper.call("DELETE", consent.name, own).status_code == 204


def by_unlinking_the_person(helper: Helper) -> None:
    repository = helper.sandbox.portal.repository
    (person,) = repository.belongings("ben", "Person")
    repository.put({**person.resource(), "link": [{"target": {"reference": "Patient/ben"}}]}, person.key)


@pytest.mark.parametrize(
    "end",
    [by_the_practice, by_an_inactive_relation, by_the_patient, by_deleting_the_consent, by_unlinking_the_person],
)
def test_a_right_that_is_taken_back_ends_everything_at_once(helper: Helper, end: Callable[[Helper], None]) -> None:
    tokens = helper.tokens()
    assert helper.call("GET", "Patient/ada", tokens).status_code == 200
    end(helper)
    answer = helper.call("GET", "Patient/ada", tokens)
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]
    refused = helper.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.json or {})["error"] == "invalid_grant"
    told = helper.client.post("/auth/introspect", data={"token": tokens["access_token"], "client_id": "app"})
    assert told.json == {"active": False}
    assert set(helper.challenge().json or {}) == {"authorization_code"}


def test_no_patient_gives_themselves_a_right(helper: Helper) -> None:
    """Neither with papers of their own, nor by changing those of the practice."""
    repository, end = helper.sandbox.portal.repository, helper.sandbox.portal.granting.end
    own, account = helper.tokens(patient="ben"), helper.sandbox.sign_ins[0]
    adas = helper.tokens(username=account.username, password=account.password, patient="ada")
    (person,), (consent,) = repository.belongings("ben", "Person"), repository.belongings("ada", "Consent")
    end(helper.actor)
    person_of_ben = person.resource()
    related = repository.history(*helper.actor.split("/"))[0].resource()
    made = helper.call("POST", "RelatedPerson", adas, {**related, "active": True}).json or {}
    person_of_ben["link"].append({"target": {"reference": f"RelatedPerson/{made['id']}"}})
    assert helper.call("PUT", person.name, own, person_of_ben).status_code == 200
    assert helper.call("POST", "Person", own, person_of_ben).status_code == 201
    paper = consent.resource() | {"status": "active"}
    assert helper.call("PUT", consent.name, adas, paper).status_code == 200
    assert helper.call("PUT", helper.actor, adas, {**related, "active": True}).status_code == 200
    for target in (helper.actor, f"RelatedPerson/{made['id']}"):
        paper["provision"]["actor"][0]["reference"]["reference"] = target
        assert helper.call("POST", "Consent", adas, paper).status_code == 201
    assert set(helper.challenge().json or {}) == {"authorization_code"}
    assert (helper.challenge(patient="ada").json or {})["error"] == "access_denied"


@pytest.mark.parametrize(("first", "second"), [("", ""), ("ada", ""), ("", "ada")])
def test_a_second_step_comes_before_the_choice(helper: Helper, first: str, second: str) -> None:
    portal = helper.sandbox.portal
    kept = portal.accounts.of(helper.account.username)
    portal.accounts.put(replace(kept, methods=("email",), email=Contact("ben@example.org", is_verified=True)))
    portal.accounts.set_password(kept.username, "seven quiet herons")

    def go_on(session: str, **fields: str) -> dict[str, Any]:
        form = {"client_id": "app", "auth_session": session, "second_step_method": "email", **fields}
        return helper.client.post("/auth/challenge", data=form).json or {}

    asked = helper.challenge(password="seven quiet herons", patient=first).json or {}
    assert "patients" not in asked
    session = asked["auth_session"]
    assert "second_step_code is required" in go_on(session, patient="ada")["error_description"]
    assert "patients" not in go_on(session, second_step_send="1", patient="ada")
    code = re.search(r"\b\d{6}\b", portal.account_service.mailbox.messages()[0].letter.body)
    assert code
    done = go_on(session, second_step_code=code[0], patient=second)
    assert ("patients" in done) is not bool(first or second)
    assert ("authorization_code" in done) is bool(first or second)


def test_who_acts_outlives_a_restart(open_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    first = open_sandbox(file=tmp_path / "portal.db")
    helper = Helper(first)
    tokens = helper.tokens()
    first.stop()
    second = Sandbox(SandboxOptions(file=tmp_path / "portal.db"))
    again = second.app.test_client()
    form = {"client_id": "app", "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    renewed = again.post("/auth/token", data=form).json or {}
    assert renewed["patient"] == "ada"
    assert renewed["fhirUser"].endswith(helper.actor)
    second.portal.granting.end(helper.actor)
    form["refresh_token"] = renewed["refresh_token"]
    assert again.post("/auth/token", data=form).status_code == 400
    second.stop()
