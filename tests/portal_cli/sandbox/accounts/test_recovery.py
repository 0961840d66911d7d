"""Forgotten passwords and usernames: by mail to the owner, and nothing to anybody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.portal_cli.sandbox.accounts.conftest import PASSWORD

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.accounts.conftest import Reply, Somebody

NEW = "violet harbour sandwich 7"


def _told(reply: Reply) -> tuple[int, bytes, list[tuple[str, str]]]:
    return reply.status, reply.body, sorted((name, text) for name, text in reply.headers.items() if name != "date")


def _token(person: Somebody, login: str = "grace.h") -> str:
    assert person.post("/password/forgot", login=login).status == 202
    return parse_qs(urlsplit(person.mail()[0]["link"]).query)["token"][0]


def test_a_link_by_mail_sets_a_new_password_once(grace: Somebody) -> None:
    grace.sign_up()
    token = _token(grace)
    assert token in grace.mail()[0]["body"].split()
    assert grace.post("/password/reset", token=token, password=NEW).status == 204
    assert grace.password("grace.h", PASSWORD).json["error"] == "access_denied"
    grace.sign_in("grace.h", NEW)
    replayed = grace.post("/password/reset", token=token, password="another harbour sandwich 8")
    assert replayed.key == "expired-code"
    assert grace.password("grace.h", NEW).status == 200


def test_a_reset_ends_every_app_browser_code_and_sign_in_under_way(portal: Sandbox, ada: Somebody) -> None:
    tokens = ada.sign_in("grace.h")
    unspent = ada.password("grace.h", PASSWORD).json["authorization_code"]
    sessions = portal.portal.account_service.sessions
    cookie = sessions.begin("grace.h", "Firefox")
    visit = portal.portal.visits.begin({})
    portal.portal.visits.sign_in(visit, "grace.h")
    assert ada.post("/password/reset", token=_token(ada), password=NEW).status == 204
    assert ada.refresh(tokens["refresh_token"]).status == 400
    assert ada.api("GET", "/account").key == "sign-in-needed"
    assert ada.exchange(unspent).status == 400
    assert sessions.find(cookie) is None
    assert portal.portal.visits.find(visit.key, visit.cookie) is None


def test_a_reset_ends_a_sign_in_that_waits_for_its_second_step(ada: Somebody) -> None:
    ada.api("POST", "/account/two-step", {"method": "email", "password": PASSWORD})
    ada.api("POST", "/account/two-step/confirm", {"method": "email", "code": ada.code("grace@example.org")})
    session = ada.password("grace.h", PASSWORD).json["auth_session"]
    ada.post("/password/reset", token=_token(ada), password=NEW)
    answer = ada.challenge(auth_session=session, second_step_method="email", second_step_code="123456")
    assert answer.json["error"] == "invalid_session"


def test_a_link_lasts_half_an_hour_and_ends_with_another_that_is_used(portal: Sandbox, grace: Somebody) -> None:
    grace.sign_up()
    first, second = _token(grace), _token(grace, "GRACE@example.org")
    assert grace.post("/password/reset", token=second, password=NEW).status == 204
    assert grace.post("/password/reset", token=first, password=NEW).key == "expired-code"
    third = _token(grace)
    portal.portal.clock.advance(1801)
    assert grace.post("/password/reset", token=third, password=NEW).key == "expired-code"


def test_a_bad_new_password_does_not_spend_the_link(grace: Somebody) -> None:
    grace.sign_up()
    token = _token(grace)
    refused = grace.post("/password/reset", token=token, password="grace hopper 1986")
    assert [one["field"] for one in refused.json["errors"]]
    assert grace.post("/password/reset", token=token, password=NEW).status == 204


def test_of_many_who_use_a_link_at_once_one_succeeds(grace: Somebody) -> None:
    grace.sign_up()
    token = _token(grace)
    with ThreadPoolExecutor(6) as pool:
        send = grace.post
        answers = list(pool.map(lambda n: send("/password/reset", token=token, password=f"{NEW}{n}"), range(6)))
    assert sorted(one.status for one in answers) == [204] + [400] * 5


@pytest.mark.parametrize("login", ["nobody", "nobody@example.org", "", "x" * 3000])
def test_a_token_of_nobody_resets_nothing(grace: Somebody, login: str) -> None:
    grace.post("/password/forgot", login=login)
    assert grace.mail() == []
    assert grace.post("/password/reset", token="guess", password=NEW).key == "expired-code"


def test_the_answers_do_not_tell_whether_there_is_an_account(grace: Somebody) -> None:
    grace.sign_up()
    for path, known, unknown in (
        ("/password/forgot", {"login": "grace.h"}, {"login": "grace.x"}),
        ("/password/forgot", {"login": "grace@example.org"}, {"login": "other@example.org"}),
        (
            "/username/recover",
            {"email": "grace@example.org", "birth_date": "1986-12-09"},
            {"email": "grace@example.org", "birth_date": "1986-12-08"},
        ),
    ):
        assert _told(grace.post(path, **known)) == _told(grace.post(path, **unknown))
    wrong, nobody = grace.password("grace.h", "wrong"), grace.password("grace.x", "wrong")
    assert _told(wrong) == _told(nobody)


def test_a_known_and_an_unknown_login_leave_the_same_work_behind(portal: Sandbox, grace: Somebody) -> None:
    grace.sign_up()
    shelf = portal.portal.account_service.recovery._shelf
    counts = []
    for login in ("grace.h", "nobody"):
        grace.post("/password/forgot", login=login)
        counts.append(len(shelf.rows()))
    assert counts == [1, 2]


def test_repeated_requests_are_answered_alike_but_not_all_mailed(grace: Somebody) -> None:
    grace.sign_up()
    before = len(grace.mail())
    answers = {_told(grace.post("/password/forgot", login="grace.h"))[:2] for _ in range(8)}
    assert len(answers) == 1
    assert len(grace.mail()) - before == 5


def test_a_username_is_mailed_to_whoever_knows_address_and_birth_date(grace: Somebody) -> None:
    grace.sign_up()
    before = len(grace.mail())
    grace.post("/username/recover", email="grace@example.org", birth_date="1986-12-08")
    assert len(grace.mail()) == before
    grace.post("/username/recover", email="Grace@Example.org", birth_date="1986-12-09")
    assert "\ngrace.h\n" in grace.mail()[0]["body"]


def test_a_patient_of_the_practice_can_reset_by_the_address_on_file(portal: Sandbox, grace: Somebody) -> None:
    first = portal.sign_ins[0]
    token = _token(grace, first.username)
    assert grace.post("/password/reset", token=token, password=NEW).status == 204
    assert first.username not in {one.username for one in portal.sign_ins}
    assert grace.sign_in(first.username, NEW)["patient"] == first.patient


def test_messages_tell_nothing_about_health(portal: Sandbox, grace: Somebody) -> None:
    first = portal.sign_ins[0]
    grace.sign_up()
    _token(grace, first.username)
    known = portal.portal.repository.current("Patient", first.patient)
    assert known
    words = {one.resource()["code"]["text"] for one in portal.portal.repository.belongings(first.patient, "Condition")}
    everything = " ".join(one["subject"] + one["body"] for one in grace.mail())
    assert not [word for word in words if word in everything]
    assert known.resource()["birthDate"] not in everything
