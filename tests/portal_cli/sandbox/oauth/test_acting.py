"""Tokens of somebody who acts for a patient: whom they name, and when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from portal_cli.sandbox.clock import Clock
from portal_cli.sandbox.journal import Journal
from portal_cli.sandbox.oauth.identity import Identity
from portal_cli.sandbox.oauth.tokens import ACCESS_SECONDS, Grant, Tokens
from tests.portal_cli.sandbox.conftest import CHALLENGE

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

ISSUER = "http://127.0.0.1:8080/fhir"
LEFT = 600


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(clock.now)


def acting(tokens: Tokens, ends_in: float = LEFT) -> Grant:
    grant = tokens.new_grant("app", "grace", "ada", "openid fhirUser patient/*.rs")
    grant.actor, grant.ends = "RelatedPerson/grace-for-ada", tokens.seconds() + ends_in
    return grant


def test_access_and_refresh_tokens_end_when_the_right_ends(tokens: Tokens, clock: Clock) -> None:
    grant = acting(tokens)
    access, refresh = tokens.issue(grant, "access", grant.scope), tokens.issue(grant, "refresh", grant.scope)
    clock.advance(LEFT - 60)
    assert tokens.find(access)
    assert tokens.refresh_token(refresh)
    clock.advance(120)
    assert tokens.find(access) is None
    assert tokens.find(refresh) is None
    assert tokens.refresh_token(refresh) is None
    assert tokens.grants_of("grace") == []


def test_a_code_is_worth_nothing_after_the_right_has_ended(tokens: Tokens, clock: Clock) -> None:
    code = tokens.new_code(acting(tokens, ends_in=10), "challenge", "")
    clock.advance(15)
    assert tokens.code(code, "app") is None


def test_an_app_is_told_the_shorter_lifetime(tokens: Tokens) -> None:
    assert LEFT - 5 <= tokens.access_lifetime(acting(tokens)) <= LEFT
    assert tokens.access_lifetime(acting(tokens, ends_in=10 * ACCESS_SECONDS)) == ACCESS_SECONDS
    assert tokens.access_lifetime(tokens.new_grant("app", "ada", "ada", "")) == ACCESS_SECONDS


def test_the_id_token_names_who_acts_and_not_the_patient(tokens: Tokens) -> None:
    identity = Identity()
    text = identity.token(acting(tokens), ISSUER, tokens.seconds())
    claims = jwt.decode(text, KeySet.import_key_set(identity.jwks())).claims  # type: ignore[arg-type]
    assert claims["fhirUser"] == f"{ISSUER}/RelatedPerson/grace-for-ada"
    assert claims["sub"] == "grace"


def test_who_acts_and_until_when_outlive_a_restart(clock: Clock, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "portal.db")
    before = Tokens(clock.now, journal)
    grant = acting(before)
    refresh = before.issue(grant, "refresh", grant.scope)
    after = Tokens(clock.now, journal)
    found = after.refresh_token(refresh)
    assert found
    assert found.grant.user == "RelatedPerson/grace-for-ada"
    clock.advance(LEFT + 1)
    assert after.refresh_token(refresh) is None
    journal.close()


def test_the_portal_answers_about_the_patient_and_stops_when_the_right_ends(
    sandbox: Sandbox, call_as: type[Caller]
) -> None:
    caller, kept = call_as(sandbox), sandbox.portal.tokens
    grant = kept.new_grant("portal-terminal", "grace", "ada", "openid fhirUser offline_access patient/*.rs")
    grant.actor, grant.ends = "RelatedPerson/grace-for-ada", kept.seconds() + LEFT
    caller.tokens = caller.exchange(kept.new_code(grant, CHALLENGE, "")).json or {}
    assert caller.tokens["patient"] == "ada"
    assert caller.tokens["fhirUser"] == f"{sandbox.base_url}/RelatedPerson/grace-for-ada"
    assert caller.tokens["expires_in"] <= LEFT
    assert caller.get("Patient/ada").status_code == 200
    sandbox.portal.clock.advance(LEFT + 1)
    assert caller.get("Patient/ada").status_code == 401
    assert caller.refresh(caller.tokens["refresh_token"]).status_code == 400
