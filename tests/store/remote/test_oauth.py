"""Signing in: what is sent, and what of the answers is believed."""

from __future__ import annotations

import base64
import json
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from store.errors import BadAnswer, NotOffered, SignInNeeded, SignInRefused, Unreachable
from store.remote import oauth
from store.remote.discovery import read_smart
from store.remote.http import Http
from store.remote.person import identify
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.remote.discovery import Smart
    from store.remote.token_answers import Tokens
    from tests.support.hostile import ScriptedPortal

BASE = "https://portal.example/fhir"
BACK = "http://127.0.0.1:8765/callback"


@pytest.fixture
def line(portal: ScriptedPortal) -> Iterator[Http]:
    with closing(Http(portal.base_url, 5.0)) as found:
        yield found


def smart_of(portal: ScriptedPortal) -> Smart:
    return read_smart(json.dumps(portal.smart_configuration()).encode(), portal.base_url)


def smart(**fields: Any) -> Smart:
    endpoints = {"authorization_endpoint": f"{BASE}/authorize", "token_endpoint": f"{BASE}/token"}
    return read_smart(json.dumps({**endpoints, **fields}).encode(), BASE)


def attempt() -> oauth.Attempt:
    return oauth.begin("me", BACK, "patient/*.rs", BASE)


def redirect(**query: str) -> str:
    return f"{BACK}?{urlencode(query)}"


def redeem(portal: ScriptedPortal, line: Http, **fields: Any) -> Tokens:
    portal.token_extra = fields
    return oauth.redeem(line, smart_of(portal), attempt(), "code-1")


def id_token(**claims: Any) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.sig"


def test_the_challenge_of_a_verifier_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B
    assert oauth._challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_every_attempt_has_new_secrets_that_it_does_not_show() -> None:
    one, two = attempt(), attempt()
    assert one.state != two.state
    assert one.verifier != two.verifier
    assert one.state not in one.verifier
    assert len(base64.urlsafe_b64decode(one.state + "=")) == 32
    assert 43 <= len(one.verifier) <= 128
    assert one.state not in repr(one)
    assert one.verifier not in repr(one)


def test_the_sign_in_page_is_asked_for_a_code_with_a_proof_key() -> None:
    begun = attempt()
    url = urlsplit(oauth.authorization_url(smart(), begun))
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["me"],
        "redirect_uri": [BACK],
        "scope": ["patient/*.rs"],
        "state": [begun.state],
        "aud": [BASE],
        "code_challenge": [oauth._challenge(begun.verifier)],
        "code_challenge_method": ["S256"],
    }


def test_a_sign_in_page_may_have_a_query_of_its_own() -> None:
    url = oauth.authorization_url(smart(authorization_endpoint=f"{BASE}/authorize?tenant=7"), attempt())
    assert url.startswith(f"{BASE}/authorize?tenant=7&response_type=code")


def test_a_code_is_taken_from_the_address_of_this_sign_in() -> None:
    begun = attempt()
    assert oauth.read_redirect(smart(), begun, f" {redirect(code='c+/=', state=begun.state)}\n") == "c+/="


@pytest.mark.parametrize("state", [None, "", "another", "\udcff", "\u00e9"])
def test_an_address_of_another_sign_in_is_refused(state: str | None) -> None:
    address = f"{BACK}?code=c" + (f"&state={state}" if state is not None else "")
    with pytest.raises(SignInRefused, match="does not belong"):
        oauth.read_redirect(smart(), attempt(), address.encode("utf-8", "replace").decode())


@pytest.mark.parametrize("pasted", ["http://[bad", "", "code", "not an address at all"])
def test_what_is_pasted_and_is_no_address_is_refused(pasted: str) -> None:
    with pytest.raises(SignInRefused):
        oauth.read_redirect(smart(), attempt(), pasted)


def test_an_answer_of_another_issuer_is_refused() -> None:
    begun = attempt()
    both = smart(issuer=BASE, authorization_response_iss_parameter_supported=True)
    assert oauth.read_redirect(both, begun, redirect(code="c", state=begun.state, iss=BASE)) == "c"
    for query in ({}, {"iss": "https://evil.example"}):
        with pytest.raises(SignInRefused, match="another portal"):
            oauth.read_redirect(both, begun, redirect(code="c", state=begun.state, **query))
    with pytest.raises(SignInRefused, match="another portal"):
        oauth.read_redirect(
            smart(issuer=BASE), begun, redirect(code="c", state=begun.state, iss="https://evil.example")
        )
    assert oauth.read_redirect(smart(issuer=BASE), begun, redirect(code="c", state=begun.state)) == "c"


def test_a_portal_that_ends_the_sign_in_is_quoted_harmlessly() -> None:
    begun = attempt()
    with pytest.raises(SignInRefused, match="ended the sign-in: access_denied"):
        oauth.read_redirect(smart(), begun, redirect(error="access_denied", state=begun.state))
    words = "You said\nno \x1b[31m"
    with pytest.raises(SignInRefused, match="You said no") as caught:
        oauth.read_redirect(smart(), begun, redirect(error="x", error_description=words, state=begun.state))
    assert "\x1b" not in str(caught.value)


def test_an_answer_without_a_code_is_refused() -> None:
    begun = attempt()
    for query in ({}, {"code": ""}):
        with pytest.raises(SignInRefused, match="no sign-in code"):
            oauth.read_redirect(smart(), begun, redirect(state=begun.state, **query))


def test_a_code_is_redeemed_with_its_verifier(portal: ScriptedPortal, line: Http) -> None:
    begun = attempt()
    oauth.redeem(line, smart_of(portal), begun, "code-1")
    assert portal.requests[-1].form == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "client_id": "me",
        "redirect_uri": BACK,
        "code_verifier": begun.verifier,
    }
    oauth.redeem(line, smart_of(portal), begun, "code-1", from_browser=False)
    assert "redirect_uri" not in portal.requests[-1].form


def test_tokens_are_read_and_not_shown(portal: ScriptedPortal, line: Http) -> None:
    found = redeem(portal, line, fhirUser="Patient/p1")
    assert (found.access, found.refresh, found.patient) == ("access-1", "refresh-1", "p1")
    assert found.fhir_user == "Patient/p1"
    assert "access-1" not in repr(found)
    assert "refresh-1" not in repr(found)


@pytest.mark.parametrize("kind", ["bearer", "Bearer", "BEARER"])
def test_a_bearer_token_is_one_in_any_case(portal: ScriptedPortal, line: Http, kind: str) -> None:
    assert redeem(portal, line, token_type=kind).access == "access-1"


@pytest.mark.parametrize(
    "fields", [{"token_type": "mac"}, {"token_type": None}, {"access_token": None}, {"access_token": 7}]
)
def test_an_answer_without_a_bearer_token_cannot_be_used(
    portal: ScriptedPortal, line: Http, fields: dict[str, Any]
) -> None:
    with pytest.raises(BadAnswer, match="no bearer token"):
        redeem(portal, line, **fields)


def test_what_was_asked_for_counts_as_granted_when_the_portal_does_not_say(portal: ScriptedPortal, line: Http) -> None:
    assert redeem(portal, line, scope=None, refresh_token=None).scope == "patient/*.rs"
    assert redeem(portal, line, scope="", refresh_token=7).scope == ""
    assert redeem(portal, line, refresh_token=None).refresh is None


@pytest.mark.parametrize(
    ("fields", "patient"),
    [
        ({"patient": "p9", "fhirUser": "Patient/p1"}, "p9"),
        ({"patient": None, "fhirUser": "Patient/p2"}, "p2"),
        ({"patient": "Patient/p5"}, "p5"),
        ({"patient": "a/../b"}, ""),
        ({"patient": "", "fhirUser": "HERE/Patient/p3"}, "p3"),
        ({"patient": "", "fhirUser": "HERE/Patient/p3/_history/2"}, "p3"),
        ({"patient": "", "fhirUser": f"{BASE}/Patient/p3"}, ""),
        ({"patient": 7, "fhirUser": "Practitioner/d1"}, ""),
        ({"patient": None, "id_token": id_token(fhirUser="Patient/p4")}, ""),
        ({"patient": None, "id_token": "not.a.token"}, ""),
        ({"patient": None, "id_token": "e30.W10.sig"}, ""),
        ({"patient": None, "id_token": "e30.\u00e9.sig"}, ""),
        ({"patient": None, "id_token": "one"}, ""),
        ({"patient": None}, ""),
    ],
)
def test_the_patient_is_the_one_that_is_named_or_who_signed_in(
    portal: ScriptedPortal, line: Http, fields: dict[str, Any], patient: str
) -> None:
    fields = {
        name: text.replace("HERE", portal.base_url) if isinstance(text, str) else text for name, text in fields.items()
    }
    tokens = redeem(portal, line, **fields)
    found = identify(line, smart_of(portal), portal.base_url, tokens, client_id="me", nonce=None)
    assert found.tokens.patient == patient


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        (60, 60),
        ("60", 60),
        (60.9, 60),
        (0, 0),
        (None, 3600),
        (-5, 3600),
        ("soon", 3600),
        ("", 3600),
        ("nan", 3600),
        ("\u00b2", 3600),
        (True, 3600),
        ([], 3600),
        (10**30, 10 * 365 * 86400),
        ("9" * 5000, 10 * 365 * 86400),
        (1e300, 10 * 365 * 86400),
    ],
)
def test_a_token_lives_as_long_as_the_portal_says_or_an_hour(
    portal: ScriptedPortal, line: Http, life: object, seconds: int
) -> None:
    found = redeem(portal, line, expires_in=life)
    assert abs(found.expires - time.time() - seconds) < 5


def test_a_refused_code_is_told_in_the_portals_own_words(portal: ScriptedPortal, line: Http) -> None:
    for body, words in (
        (b'{"error":"invalid_grant","error_description":"Code\\nused \\u001b[2J"}', "Code used"),
        (b'{"error":"invalid_grant"}', "invalid_grant"),
        (b"<html>", "HTTP status 400"),
        (b"[]", "HTTP status 400"),
        (b'{"error":7}', "HTTP status 400"),
    ):
        portal.behaviours["/auth/token"] = Answer(400, body)
        with pytest.raises(SignInRefused, match=words) as caught:
            redeem(portal, line)
        assert "\x1b" not in str(caught.value)


def test_a_token_answer_that_is_no_json_cannot_be_used(portal: ScriptedPortal, line: Http) -> None:
    for body in (b"<html>", b"\xff", b"[" * 100_000):
        portal.behaviours["/auth/token"] = Answer(200, body)
        with pytest.raises(BadAnswer):
            redeem(portal, line)


def test_a_password_is_exchanged_for_a_code(portal: ScriptedPortal, line: Http) -> None:
    begun = attempt()
    assert oauth.challenge(line, smart_of(portal), begun, "ada", "p\u00e4ss &=") == "code-1"
    sent = portal.requests[-1].form
    assert (sent["username"], sent["password"], sent["code_challenge_method"]) == ("ada", "p\u00e4ss &=", "S256")
    assert sent["code_challenge"] == oauth._challenge(begun.verifier)
    assert "redirect_uri" not in sent
    assert "p\u00e4ss" not in portal.requests[-1].target


def test_a_password_is_not_sent_to_a_portal_that_does_not_take_it() -> None:
    with closing(Http(BASE, 1.0)) as line, pytest.raises(NotOffered, match="password"):
        oauth.challenge(line, smart(), attempt(), "ada", "secret")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(400, b'{"error":"access_denied"}'), "user name or the password"),
        (Answer(401, b'{"error":"invalid_grant"}'), "user name or the password"),
        (Answer(400, b'{"error":"invalid_scope","error_description":"no"}'), "refused the sign-in: no"),
        (Answer(403, b""), "HTTP status 403"),
        (Answer(200, b"{}"), "HTTP status 200"),
        (Answer(200, b'{"authorization_code":7}'), "HTTP status 200"),
    ],
)
def test_a_refused_password_is_told(portal: ScriptedPortal, line: Http, answer: Answer, words: str) -> None:
    portal.behaviours["/auth/challenge"] = answer
    with pytest.raises(SignInRefused, match=words):
        oauth.challenge(line, smart_of(portal), attempt(), "ada", "secret")


def test_a_portal_that_fails_has_not_refused_the_password(portal: ScriptedPortal, line: Http) -> None:
    portal.behaviours["/auth/challenge"] = Answer(500, b'{"error":"access_denied"}')
    with pytest.raises(BadAnswer, match="500"):
        oauth.challenge(line, smart_of(portal), attempt(), "ada", "secret")
    portal.behaviours["/auth/challenge"] = HANG_UP
    with pytest.raises(Unreachable):
        oauth.challenge(line, smart_of(portal), attempt(), "ada", "secret")


def test_a_token_is_renewed_and_the_refresh_token_may_rotate(portal: ScriptedPortal, line: Http) -> None:
    found = oauth.refresh(line, smart_of(portal), "me", "refresh-0", "patient/*.rs")
    assert (found.access, found.refresh) == ("access-1", "refresh-1")
    assert portal.requests[-1].form == {
        "grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "me",
    }  # fmt: skip
    portal.token_extra = {"refresh_token": None, "scope": None}
    kept = oauth.refresh(line, smart_of(portal), "me", "refresh-0", "patient/*.rs")
    assert (kept.refresh, kept.scope) == (None, "patient/*.rs")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refresh_token_that_is_refused_ends_the_sign_in(portal: ScriptedPortal, line: Http, status: int) -> None:
    portal.behaviours["/auth/token"] = Answer(status, b'{"error":"invalid_grant"}')
    with pytest.raises(SignInNeeded):
        oauth.refresh(line, smart_of(portal), "me", "refresh-0", "")


@pytest.mark.parametrize(
    "answer",
    [
        *map(Answer, (302, 400, 401, 403, 404, 500, 503)),
        Answer(500, b'{"error":"invalid_grant"}'),
        Answer(400, b'{"error":"temporarily_unavailable"}'),
        Answer(403, b"<html>blocked</html>"),
    ],
)
def test_a_portal_that_fails_has_not_ended_the_sign_in(portal: ScriptedPortal, line: Http, answer: Answer) -> None:
    portal.behaviours["/auth/token"] = answer
    with pytest.raises(BadAnswer):
        oauth.refresh(line, smart_of(portal), "me", "refresh-0", "")
    assert portal.count("POST", "/auth/token") == 1


def test_a_sign_in_is_revoked_where_that_is_offered(portal: ScriptedPortal, line: Http) -> None:
    assert oauth.revoke(line, smart_of(portal), "me", "refresh-1") is True
    assert portal.requests[-1].form == {"token": "refresh-1", "token_type_hint": "refresh_token", "client_id": "me"}
    portal.behaviours["/auth/revoke"] = Answer(503)
    assert oauth.revoke(line, smart_of(portal), "me", "refresh-1") is False
    portal.smart = {"revocation_endpoint": None}
    assert oauth.revoke(line, smart_of(portal), "me", "refresh-1") is False
    assert portal.count("POST", "/auth/revoke") == 2


WANTED = (
    b'{"error":"insufficient_authorization","auth_session":"s1",'
    b'"second_step":{"methods":["totp","email",7],"sent_to":{"email":"a\\u001b[2J***@x","text":7}}}'
)


def second_step(portal: ScriptedPortal, line: Http) -> oauth.SecondStep:
    portal.behaviours["/auth/challenge"] = Answer(400, WANTED)
    found = oauth.challenge(line, smart_of(portal), attempt(), "ada", "secret")
    assert isinstance(found, oauth.SecondStep)
    return found


def test_a_portal_may_want_a_second_step_after_the_password(portal: ScriptedPortal, line: Http) -> None:
    found = second_step(portal, line)
    assert (found.methods, found.problem) == (("totp", "email"), "")
    assert "\x1b" not in found.sent_to["email"]
    assert set(found.sent_to) == {"email"}
    assert "s1" not in repr(found)


def test_a_code_for_the_second_step_is_sent_when_asked_for(portal: ScriptedPortal, line: Http) -> None:
    step = second_step(portal, line)
    portal.behaviours["/auth/challenge"] = Answer(400, b'{"error":"insufficient_authorization","auth_session":"s2"}')
    again = oauth.send_second_step(line, smart_of(portal), attempt(), step, "email")
    assert isinstance(again, oauth.SecondStep)
    assert (again.session, again.methods) == ("s2", step.methods)
    assert portal.requests[-1].form == {
        "client_id": "me",
        "auth_session": "s1",
        "second_step_method": "email",
        "second_step_send": "1",
    }


def test_a_right_code_of_the_second_step_ends_it_and_a_wrong_one_is_told(portal: ScriptedPortal, line: Http) -> None:
    step = second_step(portal, line)
    portal.behaviours["/auth/challenge"] = Answer(400, b'{"error":"access_denied","error_description":"not right"}')
    reply = oauth.Reply("totp", "123456")
    again = oauth.prove_second_step(line, smart_of(portal), attempt(), step, reply)
    assert isinstance(again, oauth.SecondStep)
    assert (again.problem, again.session) == ("not right", "s1")
    assert portal.requests[-1].form["second_step_code"] == "123456"
    portal.behaviours["/auth/challenge"] = Answer(200, b'{"authorization_code":"c9"}')
    assert oauth.prove_second_step(line, smart_of(portal), attempt(), again, reply) == "c9"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer(400, b'{"error":"invalid_session"}'), SignInRefused, "no further code"),
        (Answer(429, b'{"error":"too_many_attempts","error_description":"wait"}'), SignInRefused, "wait"),
        (Answer(503, b'{"error":"access_denied"}'), BadAnswer, "503"),
    ],
)
def test_a_second_step_that_has_ended_is_told(
    portal: ScriptedPortal, line: Http, answer: Answer, error: type[Exception], words: str
) -> None:
    step = second_step(portal, line)
    portal.behaviours["/auth/challenge"] = answer
    with pytest.raises(error, match=words):
        oauth.prove_second_step(line, smart_of(portal), attempt(), step, oauth.Reply("totp", "1"))
