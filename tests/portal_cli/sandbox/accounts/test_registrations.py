"""Signing up: both contacts are proven, and nothing is told of who else has an account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.accounts.conftest import Reply, Somebody


def _shape(reply: Reply) -> tuple[int, set[str], list[str]]:
    """What of an answer could tell two apart, without what is random or the time."""
    fixed = {f"{name}: {value}" for name, value in reply.headers.items() if name != "date"}
    return reply.status, fixed, sorted(reply.json)


def test_whoever_proves_both_contacts_has_an_account_and_a_record(grace: Somebody) -> None:
    fields = grace.sign_up(address={"line": "1 Mill Rd", "city": "York", "state": "PA", "postal_code": "17401"})
    tokens = grace.sign_in("grace.h")
    shown = grace.api("GET", "/account").json
    assert shown["patient"] == tokens["patient"]
    assert shown["name"] == "Grace Hopper"
    assert shown["email"] == {"value": fields["email"], "is_verified": True}
    patient = grace.send("GET", f"/fhir/Patient/{tokens['patient']}").json
    assert patient["name"][0]["family"] == "Hopper"
    assert patient["birthDate"] == "1986-12-09"
    assert patient["address"][0]["postalCode"] == "17401"


def test_a_patient_whom_the_practice_knows_gets_the_record_that_is_there(portal: Sandbox, grace: Somebody) -> None:
    known = portal.portal.repository.current("Patient", portal.sign_ins[0].patient)
    assert known
    patient = known.resource()
    name = next(one for one in patient["name"] if one.get("use") == "official")
    phone = next(one["value"] for one in patient["telecom"] if one["system"] == "phone")
    digits = "".join(sign for sign in phone if sign.isdigit())
    person = {"given": name["given"][0].upper(), "family": name["family"], "birth_date": patient["birthDate"]}
    grace.sign_up(**person, phone=digits)
    assert grace.sign_in("grace.h")["patient"] == portal.sign_ins[0].patient


def test_a_namesake_without_a_known_contact_gets_a_record_of_their_own(portal: Sandbox, grace: Somebody) -> None:
    known = portal.portal.repository.current("Patient", portal.sign_ins[0].patient)
    assert known
    patient = known.resource()
    name = patient["name"][0]
    grace.sign_up(given=name["given"][0], family=name["family"], birth_date=patient["birthDate"])
    assert grace.sign_in("grace.h")["patient"] not in portal.portal.patients()[:3]


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(grace: Somebody) -> None:
    fresh = grace.register()
    grace.sign_up()
    taken = grace.register()
    assert _shape(fresh) == _shape(taken)
    (word, *_) = grace.mail("grace@example.org")
    assert word["subject"] == "You have an account already"
    key = taken.json["registration"]
    again = [grace.post(f"/registrations/{key}/codes", channel="email") for _ in range(1)]
    assert again[0].status == 202
    answer = grace.post(f"/registrations/{key}/verify", channel="email", code="123456")
    assert (answer.key, answer.json["attempts_left"]) == ("wrong-code", 4)


def test_only_the_verify_step_tells_that_a_username_is_taken_and_another_may_be_chosen(grace: Somebody) -> None:
    grace.sign_up()
    other = {"email": "other@example.org", "phone": "+15550109999", "username": "Grace.H"}
    key = grace.register(**other).json["registration"]
    where = f"/registrations/{key}/verify"
    first = grace.post(where, channel="email", code=grace.code("other@example.org"))
    assert first.json == {"verified": ["email"], "pending": ["phone"], "is_complete": False}
    code = grace.code("+15550109999")
    assert grace.post(where, channel="phone", code=code).key == "username-taken"
    assert grace.post(where, channel="phone", code=code, username="x").key == "invalid"
    done = grace.post(where, channel="phone", code=code, username="grace.other")
    assert done.json["is_complete"]
    assert done.json["username"] == "grace.other"
    assert grace.post(where, channel="phone", code=code).key == "not-found"


def test_a_code_is_tried_five_times_and_a_new_one_can_be_asked_for(grace: Somebody) -> None:
    key = grace.register().json["registration"]
    right = grace.code("grace@example.org")
    wrong = "000000" if right != "000000" else "111111"
    where = f"/registrations/{key}/verify"
    answers = [grace.post(where, channel="email", code=wrong) for _ in range(5)]
    assert [one.json["attempts_left"] for one in answers] == [4, 3, 2, 1, 0]
    assert grace.post(where, channel="email", code=right).key == "expired-code"
    assert grace.post(f"/registrations/{key}/codes", channel="email").status == 202
    assert grace.post(where, channel="email", code=grace.code("grace@example.org")).status == 200


def test_a_code_lasts_ten_minutes_and_a_registration_an_hour(portal: Sandbox, grace: Somebody) -> None:
    key = grace.register().json["registration"]
    code = grace.code("grace@example.org")
    portal.portal.clock.advance(601)
    where = f"/registrations/{key}/verify"
    assert grace.post(where, channel="email", code=code).key == "expired-code"
    grace.post(f"/registrations/{key}/codes", channel="email")
    portal.portal.clock.advance(3000)
    assert grace.post(where, channel="email", code=grace.code("grace@example.org")).key == "not-found"


def test_a_new_code_ends_the_one_before(grace: Somebody) -> None:
    key = grace.register().json["registration"]
    before = grace.code("grace@example.org")
    grace.post(f"/registrations/{key}/codes", channel="email")
    after = grace.code("grace@example.org")
    if before != after:
        answer = grace.post(f"/registrations/{key}/verify", channel="email", code=before)
        assert answer.key == "wrong-code"


def test_a_contact_is_not_flooded_with_codes(grace: Somebody) -> None:
    key = grace.register().json["registration"]
    replies = [grace.post(f"/registrations/{key}/codes", channel="email") for _ in range(5)]
    assert [one.status for one in replies] == [202] * 4 + [429]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 900
    assert grace.register(email="GRACE@example.org").key == "too-many-attempts"
    assert len(grace.mail("grace@example.org")) == 5


def test_of_two_who_verify_at_once_one_gets_the_username(portal: Sandbox, grace: Somebody) -> None:
    people, before = [], set(portal.portal.patients())
    for place in range(4):
        contact = {"email": f"p{place}@example.org", "phone": f"+1555020000{place}"}
        key = grace.register(**contact).json["registration"]
        where = f"/registrations/{key}/verify"
        assert grace.post(where, channel="email", code=grace.code(contact["email"])).status == 200
        people.append((where, grace.code(contact["phone"])))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: grace.post(one[0], channel="phone", code=one[1]), people))
    assert sorted(one.status for one in answers) == [200, 409, 409, 409]
    assert len(set(portal.portal.patients()) - before) == 1


def test_a_registration_is_completed_once_however_often_at_once(portal: Sandbox, grace: Somebody) -> None:
    before = set(portal.portal.patients())
    key = grace.register().json["registration"]
    where = f"/registrations/{key}/verify"
    grace.post(where, channel="email", code=grace.code("grace@example.org"))
    code = grace.code("+15550104242")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: grace.post(where, channel="phone", code=code), range(6)))
    assert sorted(one.status for one in answers) == [200] + [404] * 5
    assert len(set(portal.portal.patients()) - before) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given", ""),
        ("given", 7),
        ("family", "x" * 101),
        ("birth_date", "9 December 1986"),
        ("birth_date", "2999-01-01"),
        ("birth_date", "1700-01-01"),
        ("email", "grace"),
        ("email", "grace@example.org\nBcc: all@example.org"),
        ("phone", "call me"),
        ("username", "a b"),
        ("username", "x"),
        ("terms_version", "0"),
        ("address", "1 Mill Rd"),
        ("password", "short"),
        ("password", "Grace and the otter 58"),
        ("password", "password1234"),
        ("password", "q7 " * 50),
    ],
)
def test_a_field_that_cannot_be_used_is_named(grace: Somebody, field: str, value: object) -> None:
    answer = grace.register(**{field: value})
    assert (answer.status, answer.key) == (400, "invalid")
    assert {one["field"] for one in answer.json["errors"]} == {field}
    assert grace.mail() == []


def test_every_field_that_is_wrong_is_named_at_once(grace: Somebody) -> None:
    answer = grace.post("/registrations")
    assert len({one["field"] for one in answer.json["errors"]}) == 8


def test_the_live_check_says_what_is_wrong_with_a_password(grace: Somebody) -> None:
    assert grace.post("/password-check", password="quartz lantern otter 58").json == {"is_good": True, "problems": []}
    for password in ("short", "password1234", "grace hopper rocks 99", "x" * 129):
        answer = grace.post("/password-check", password=password, given="Grace", family="Hopper").json
        assert not answer["is_good"]
        assert answer["problems"]


def test_what_one_has_to_know_before_is_told(portal: Sandbox, grace: Somebody) -> None:
    configuration = grace.send("GET", "/fhir/.well-known/smart-configuration").json
    origin = portal.base_url.removesuffix("/fhir")
    assert configuration["account_api_endpoint"] == f"{origin}/account/api"
    assert "account" in configuration["scopes_supported"]
    about = grace.api("GET", "/")
    assert about.headers["cache-control"] == "no-store"
    assert about.json["version"] == 1
    assert about.json["pages"] == configuration["account_pages"]
    assert set(about.json["pages"]) == {
        "register",
        "verify",
        "sign_in",
        "password_forgot",
        "username_recover",
        "account",
    }
    assert grace.register(terms_version=about.json["terms"]["version"]).status == 202
    assert {one["name"] for one in about.json["registration_fields"]} == {*grace.fields, "address"}
