"""What a patient sees and changes of their own account, and that nobody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.portal_cli.sandbox.accounts.conftest import ALL, PASSWORD, Somebody, new_person

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox

NEW = "violet harbour sandwich 7"


def test_a_password_that_is_changed_ends_all_but_the_app_that_changed_it(portal: Sandbox, ada: Somebody) -> None:
    other = new_person(portal)
    elsewhere = other.sign_in("grace.h")
    sessions = portal.portal.account_service.sessions
    cookie = sessions.begin("grace.h", "Firefox")
    assert ada.api("POST", "/account/password", {"current": "wrong", "new": NEW}).key == "wrong-password"
    weak = ada.api("POST", "/account/password", {"current": PASSWORD, "new": "grace hopper 1986"})
    assert {one["field"] for one in weak.json["errors"]} == {"new"}
    assert other.api("GET", "/account").status == 200
    assert ada.api("POST", "/account/password", {"current": PASSWORD, "new": NEW}).status == 204
    assert ada.api("GET", "/account").status == 200
    assert other.api("GET", "/account").key == "sign-in-needed"
    assert other.refresh(elsewhere["refresh_token"]).status == 400
    assert sessions.find(cookie) is None
    assert other.password("grace.h", PASSWORD).status == 400
    assert other.password("grace.h", NEW).status == 200
    assert ada.mail()[0]["subject"] == "Your password was changed"


def test_passwords_are_case_sensitive_and_usernames_are_not(ada: Somebody) -> None:
    assert ada.password("GRACE.H", PASSWORD).status == 200
    assert ada.password("grace.h", PASSWORD.upper()).status == 400


def test_the_same_letters_in_another_spelling_are_the_same_password(grace: Somebody) -> None:
    grace.sign_up(password="caf\u00e9 lantern otter 58")
    assert grace.password("grace.h", "cafe\u0301 lantern otter 58").status == 200


def test_passwords_cannot_be_guessed_for_long(portal: Sandbox, ada: Somebody) -> None:
    guesses = [ada.password("grace.h", f"guess {place}").status for place in range(10)]
    assert guesses == [400] * 10
    shut = ada.password("Grace.H", PASSWORD)
    assert shut.status == 429
    assert int(shut.headers["retry-after"]) > 0
    confirmed = ada.api("POST", "/account/password", {"current": PASSWORD, "new": NEW})
    assert confirmed.key == "too-many-attempts"
    unknown = [ada.password("nobody", "guess").status for _ in range(11)]
    assert unknown == [400] * 10 + [429]
    portal.portal.clock.advance(301)
    assert ada.password("grace.h", PASSWORD).status == 200


def test_devices_are_listed_by_name_and_last_use_and_can_be_signed_out(portal: Sandbox, ada: Somebody) -> None:
    sessions = portal.portal.account_service.sessions
    cookie = sessions.begin("grace.h", "Firefox on Linux")
    portal.portal.clock.advance(120)
    ada.send("GET", "/fhir/Patient")
    listed = ada.api("GET", "/account/devices").json["devices"]
    app, browser = listed
    assert (app["kind"], app["name"], app["is_current"]) == ("app", "Portal for the terminal", True)
    assert app["scope"] == ALL
    assert app["last_used"] > app["created"]
    assert (browser["kind"], browser["name"], browser["is_current"]) == ("browser", "Firefox on Linux", False)
    assert ada.api("DELETE", f"/account/devices/{browser['id']}").status == 204
    assert sessions.find(cookie) is None
    assert ada.api("DELETE", f"/account/devices/{browser['id']}").key == "not-found"
    assert ada.api("DELETE", f"/account/devices/{app['id']}").status == 204
    assert ada.api("GET", "/account/devices").key == "sign-in-needed"
    assert ada.send("GET", "/fhir/Patient").status == 401


def test_an_app_without_a_name_is_listed_by_its_client_id_until_its_token_ends(portal: Sandbox, ada: Somebody) -> None:
    code = ada.password("grace.h", PASSWORD, "patient/*.rs", client_id="other-app").json["authorization_code"]
    assert ada.exchange(code, "other-app").status == 200
    names = {one["name"] for one in ada.api("GET", "/account/devices").json["devices"]}
    assert names == {"Portal for the terminal", "other-app"}
    portal.portal.clock.advance(3601)
    ada.sign_in("grace.h")
    names = {one["name"] for one in ada.api("GET", "/account/devices").json["devices"]}
    assert names == {"Portal for the terminal"}


def test_devices_of_another_account_are_neither_seen_nor_ended(portal: Sandbox, ada: Somebody) -> None:
    other, first = new_person(portal), portal.sign_ins[0]
    other.sign_in(first.username, first.password)
    (theirs,) = other.api("GET", "/account/devices").json["devices"]
    assert theirs["id"] not in {one["id"] for one in ada.api("GET", "/account/devices").json["devices"]}
    assert ada.api("DELETE", f"/account/devices/{theirs['id']}").key == "not-found"
    assert other.api("GET", "/account").json["username"] == first.username


def test_notifications_are_kept_as_set(ada: Somebody) -> None:
    chosen = ada.api("GET", "/account/notifications").json
    chosen["email"]["results"] = not chosen["email"]["results"]
    assert ada.api("PUT", "/account/notifications", chosen).json == chosen
    assert ada.api("GET", "/account/notifications").json == chosen
    for wrong in ({}, {"email": chosen["email"]}, {**chosen, "text": {"results": True}}, {**chosen, "email": 1}):
        assert ada.api("PUT", "/account/notifications", wrong).key == "invalid"
    assert ada.api("PUT", "/account/notifications", {**chosen, "text": {**chosen["text"], "refills": 1}}).status == 400
    assert ada.api("GET", "/account/notifications").json == chosen


def test_a_new_contact_counts_once_its_code_came_back(ada: Somebody) -> None:
    change = {"channel": "email", "value": "new@example.org", "password": PASSWORD}
    assert ada.api("POST", "/account/contacts", {**change, "password": "wrong"}).key == "wrong-password"
    assert ada.api("POST", "/account/contacts", {**change, "value": "new"}).key == "invalid"
    assert ada.mail("new@example.org") == []
    assert ada.api("POST", "/account/contacts/verify", {"channel": "email", "code": "123456"}).key == "expired-code"
    assert ada.api("POST", "/account/contacts", change).status == 202
    assert ada.api("GET", "/account").json["email"]["value"] == "grace@example.org"
    answer = ada.api("POST", "/account/contacts/verify", {"channel": "email", "code": "12345x"})
    assert (answer.key, answer.json["attempts_left"]) == ("wrong-code", 4)
    code = ada.code("new@example.org")
    assert ada.api("POST", "/account/contacts/verify", {"channel": "phone", "code": code}).key == "expired-code"
    assert ada.api("POST", "/account/contacts/verify", {"channel": "email", "code": code}).status == 200
    assert ada.api("GET", "/account").json["email"] == {"value": "new@example.org", "is_verified": True}
    assert ada.mail("grace@example.org")[0]["subject"] == "Your e-mail address was changed"
    assert ada.api("POST", "/account/contacts/verify", {"channel": "email", "code": code}).key == "expired-code"


def test_the_address_of_another_account_cannot_be_taken_nor_found_out(portal: Sandbox, ada: Somebody) -> None:
    other = new_person(portal)
    other.fields |= {"email": "other@example.org", "phone": "+15550107777", "username": "other"}
    other.sign_up()
    free, taken = (
        ada.api("POST", "/account/contacts", {"channel": "email", "value": value, "password": PASSWORD})
        for value in ("free@example.org", "other@example.org")
    )
    assert (free.status, free.body) == (taken.status, taken.body)
    assert ada.mail("other@example.org")[0]["subject"] == "You have an account already"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", ""),
        ("POST", "/password"),
        ("GET", "/devices"),
        ("DELETE", "/devices/x"),
        ("GET", "/notifications"),
        ("PUT", "/notifications"),
        ("POST", "/two-step"),
        ("POST", "/two-step/confirm"),
        ("DELETE", "/two-step/totp"),
        ("POST", "/recovery-codes"),
        ("POST", "/contacts"),
        ("POST", "/contacts/verify"),
    ],
)
def test_every_setting_needs_a_token_with_the_scope_for_it(portal: Sandbox, verb: str, path: str) -> None:
    person, first = Somebody(portal), portal.sign_ins[0]
    nobody = person.api(verb, f"/account{path}", {})
    assert (nobody.status, nobody.key) == (401, "sign-in-needed")
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    refresh = person.sign_in(first.username, first.password, "patient/*.cruds offline_access")["refresh_token"]
    narrow = person.api(verb, f"/account{path}", {})
    assert (narrow.status, narrow.key) == (403, "insufficient-scope")
    person.token = refresh
    assert person.api(verb, f"/account{path}", {}).key == "sign-in-needed"


def test_the_scope_for_the_account_opens_no_record(portal: Sandbox) -> None:
    person, first = Somebody(portal), portal.sign_ins[0]
    person.sign_in(first.username, first.password, "account")
    assert person.api("GET", "/account").status == 200
    assert person.send("GET", f"/fhir/Patient/{first.patient}").status == 403
