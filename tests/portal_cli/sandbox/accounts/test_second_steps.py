"""Two steps: switching them on, signing in with them at the terminal, and every way to get past them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyotp
import pytest

from tests.portal_cli.sandbox.accounts.conftest import PASSWORD

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.accounts.conftest import Reply, Somebody


def _own(person: Somebody, path: str, verb: str = "POST", **fields: object) -> Reply:
    return person.api(verb, f"/account{path}", fields)


def _codes_by(person: Somebody, method: str, to: str) -> list[str]:
    """Switch a method on that sends codes; gives the recovery codes."""
    assert _own(person, "/two-step", method=method, password=PASSWORD).status == 200
    done = _own(person, "/two-step/confirm", method=method, code=person.code(to))
    assert done.status == 200, done
    found: list[str] = done.json["recovery_codes"]
    return found


def _authenticator(portal: Sandbox, person: Somebody) -> tuple[pyotp.TOTP, list[str]]:
    begun = _own(person, "/two-step", method="totp", password=PASSWORD).json
    totp = pyotp.parse_uri(begun["uri"])
    assert isinstance(totp, pyotp.TOTP)
    assert totp.secret == begun["secret"]
    done = _own(person, "/two-step/confirm", method="totp", code=_now(portal, totp))
    assert done.status == 200, done
    return totp, done.json["recovery_codes"]


def _now(portal: Sandbox, totp: pyotp.TOTP) -> str:
    return totp.at(portal.portal.clock.now())


def _begin(person: Somebody) -> str:
    answer = person.password("grace.h", PASSWORD)
    assert (answer.status, answer.json["error"]) == (400, "insufficient_authorization")
    return str(answer.json["auth_session"])


def _finish(person: Somebody, session: str, method: str, code: str, **form: str) -> Reply:
    return person.challenge(auth_session=session, second_step_method=method, second_step_code=code, **form)


def test_an_authenticator_is_asked_for_after_the_password(portal: Sandbox, ada: Somebody) -> None:
    totp, _ = _authenticator(portal, ada)
    answer = ada.password("grace.h", PASSWORD).json
    assert answer["second_step"] == {"methods": ["totp", "recovery"], "sent_to": {}}
    portal.portal.clock.advance(30)
    done = _finish(ada, answer["auth_session"], "totp", _now(portal, totp))
    tokens = ada.exchange(done.json["authorization_code"])
    assert tokens.status == 200
    assert "account" in tokens.json["scope"].split()


def test_a_code_of_an_authenticator_works_once(portal: Sandbox, ada: Somebody) -> None:
    totp, _ = _authenticator(portal, ada)
    used_for_confirmation = _now(portal, totp)
    first, second = _begin(ada), _begin(ada)
    assert _finish(ada, first, "totp", used_for_confirmation).json["error"] == "access_denied"
    portal.portal.clock.advance(30)
    code = _now(portal, totp)
    assert _finish(ada, first, "totp", code).status == 200
    assert _finish(ada, second, "totp", code).json["error"] == "access_denied"


def test_a_code_that_is_spent_by_many_at_once_lets_one_in(portal: Sandbox, ada: Somebody) -> None:
    totp, _ = _authenticator(portal, ada)
    portal.portal.clock.advance(30)
    code, sessions = _now(portal, totp), [_begin(ada) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: _finish(ada, one, "totp", code).status, sessions))
    assert sorted(answers) == [200, 400, 400, 400]


def test_a_code_from_long_ago_or_far_ahead_is_none(portal: Sandbox, ada: Somebody) -> None:
    totp, _ = _authenticator(portal, ada)
    portal.portal.clock.advance(300)
    session, now = _begin(ada), int(portal.portal.clock.now().timestamp())
    for seconds in (-90, 90):
        assert _finish(ada, session, "totp", totp.at(now + seconds)).json["error"] == "access_denied"
    assert _finish(ada, session, "totp", totp.at(now - 30)).status == 200


@pytest.mark.parametrize(("method", "to"), [("email", "grace@example.org"), ("text", "+15550104242")])
def test_a_code_is_sent_when_asked_for(ada: Somebody, method: str, to: str) -> None:
    _codes_by(ada, method, to)
    session, sent = _begin(ada), len(ada.mail(to))
    assert _finish(ada, session, method, "123456").json["error"] == "access_denied"
    asked = ada.challenge(auth_session=session, second_step_method=method, second_step_send="1")
    assert asked.json["error"] == "insufficient_authorization"
    assert asked.json["auth_session"] == session
    assert asked.json["second_step"]["sent_to"][method] in {"g***@example.org", "***42"}
    assert len(ada.mail(to)) == sent + 1
    code = ada.code(to)
    done = _finish(ada, session, method, code)
    assert done.status == 200
    assert _finish(ada, session, method, code).json["error"] == "invalid_session"
    assert ada.exchange(done.json["authorization_code"]).status == 200


def test_a_sent_code_expires_with_the_sign_in(portal: Sandbox, ada: Somebody) -> None:
    _codes_by(ada, "email", "grace@example.org")
    session = _begin(ada)
    ada.challenge(auth_session=session, second_step_method="email", second_step_send="1")
    portal.portal.clock.advance(601)
    assert _finish(ada, session, "email", ada.code("grace@example.org")).json["error"] == "invalid_session"


def test_five_wrong_codes_end_a_sign_in_and_ten_keep_the_account_shut(portal: Sandbox, ada: Somebody) -> None:
    totp, recovery = _authenticator(portal, ada)
    portal.portal.clock.advance(30)
    for _ in range(2):
        session = _begin(ada)
        answers = [_finish(ada, session, "totp", "12345x").json["error"] for _ in range(6)]
        assert answers == ["access_denied"] * 5 + ["invalid_session"]
    session = _begin(ada)
    for method, code in (("totp", _now(portal, totp)), ("recovery", recovery[0])):
        shut = _finish(ada, session, method, code)
        assert shut.status == 429
        assert int(shut.headers["retry-after"]) > 0
    portal.portal.clock.advance(901)
    assert _finish(ada, _begin(ada), "totp", _now(portal, totp)).status == 200


def test_a_recovery_code_works_once_and_new_ones_end_the_old(portal: Sandbox, ada: Somebody) -> None:
    _, recovery = _authenticator(portal, ada)
    assert len(set(recovery)) == 10
    assert _finish(ada, _begin(ada), "recovery", recovery[0].lower().replace("-", " ")).status == 200
    assert _finish(ada, _begin(ada), "recovery", recovery[0]).json["error"] == "access_denied"
    assert ada.api("GET", "/account").json["two_step"] == {"methods": ["totp"], "recovery_codes_left": 9}
    assert _own(ada, "/recovery-codes", password="wrong").key == "wrong-password"
    new = _own(ada, "/recovery-codes", password=PASSWORD).json["recovery_codes"]
    assert len(new) == 10
    assert _finish(ada, _begin(ada), "recovery", recovery[1]).json["error"] == "access_denied"
    assert _finish(ada, _begin(ada), "recovery", new[0]).status == 200


def test_a_second_step_of_one_app_is_of_no_use_to_another(portal: Sandbox, ada: Somebody) -> None:
    _, recovery = _authenticator(portal, ada)
    answer = _finish(ada, _begin(ada), "recovery", recovery[0], client_id="other-app")
    assert answer.json["error"] == "invalid_session"


def test_a_second_step_cannot_widen_what_the_first_asked_for(portal: Sandbox, ada: Somebody) -> None:
    _, recovery = _authenticator(portal, ada)
    session = ada.password("grace.h", PASSWORD, "patient/Patient.rs").json["auth_session"]
    done = _finish(ada, session, "recovery", recovery[0], scope="patient/*.cruds account")
    assert ada.exchange(done.json["authorization_code"]).json["scope"] == "patient/Patient.rs"


def test_a_method_that_is_not_on_opens_nothing(ada: Somebody) -> None:
    _codes_by(ada, "email", "grace@example.org")
    for method in ("totp", "text", "", "password"):
        assert _finish(ada, _begin(ada), method, "123456").json["error"] == "access_denied"
    sent = ada.challenge(auth_session=_begin(ada), second_step_method="text", second_step_send="1")
    assert sent.json["error"] == "invalid_request"
    assert ada.challenge(auth_session="guess", second_step_method="totp").json["error"] == "invalid_session"
    assert ada.challenge(auth_session=_begin(ada), second_step_method="totp").json["error"] == "invalid_request"


def test_a_patient_is_not_flooded_with_codes(ada: Somebody) -> None:
    _codes_by(ada, "email", "grace@example.org")
    session = _begin(ada)
    answers = [
        ada.challenge(auth_session=session, second_step_method="email", second_step_send="1").status for _ in range(6)
    ]
    assert answers == [400] * 4 + [429] * 2


def test_a_method_needs_the_password_and_its_first_code(portal: Sandbox, ada: Somebody) -> None:
    assert _own(ada, "/two-step", method="totp", password="wrong").key == "wrong-password"
    assert _own(ada, "/two-step", method="fax", password=PASSWORD).key == "invalid"
    assert _own(ada, "/two-step/confirm", method="totp", code="123456").key == "expired-code"
    begun = _own(ada, "/two-step", method="totp", password=PASSWORD).json
    answers = [_own(ada, "/two-step/confirm", method="totp", code="12345x") for _ in range(5)]
    assert [one.json["attempts_left"] for one in answers] == [4, 3, 2, 1, 0]
    right = _now(portal, pyotp.TOTP(begun["secret"]))
    assert _own(ada, "/two-step/confirm", method="totp", code=right).key == "expired-code"
    assert ada.api("GET", "/account").json["two_step"]["methods"] == []
    assert ada.password("grace.h", PASSWORD).status == 200


def test_the_last_method_that_goes_takes_the_recovery_codes_along(ada: Somebody) -> None:
    _codes_by(ada, "email", "grace@example.org")
    _codes_by(ada, "text", "+15550104242")
    assert _own(ada, "/two-step/email", "DELETE", password="wrong").key == "wrong-password"
    assert _own(ada, "/two-step/totp", "DELETE", password=PASSWORD).key == "not-found"
    assert _own(ada, "/two-step/email", "DELETE", password=PASSWORD).status == 204
    shown = ada.api("GET", "/account").json["two_step"]
    assert shown == {"methods": ["text"], "recovery_codes_left": 10}
    assert _own(ada, "/two-step/text", "DELETE", password=PASSWORD).status == 204
    assert ada.api("GET", "/account").json["two_step"] == {"methods": [], "recovery_codes_left": 0}
    assert _own(ada, "/recovery-codes", password=PASSWORD).key == "not-found"
    assert ada.password("grace.h", PASSWORD).status == 200
    assert "switched off" in ada.mail("grace@example.org")[0]["subject"]


def test_a_second_step_for_a_password_that_is_another_by_now_opens_nothing(portal: Sandbox, ada: Somebody) -> None:
    recovery = _codes_by(ada, "email", "grace@example.org")
    session = _begin(ada)
    portal.portal.clock.advance(1)
    portal.portal.accounts.set_password("grace.h", PASSWORD)
    answer = _finish(ada, session, "recovery", recovery[0])
    assert answer.json["error"] == "access_denied"
    assert "authorization_code" not in answer.json
