"""Signing in on another device: asked for as seldom as the portal wants, and ended when it is over."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import BadAnswer, InsecureAddress, NotOffered, SignInRefused
from store.remote import device
from store.remote.discovery import read_smart
from store.remote.http import Http
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.remote.discovery import Smart
    from tests.support.hostile import ScriptedPortal

CODE = {
    "device_code": "secret",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://portal.example/activate",
    "expires_in": 60,
    "interval": 5,
}


@pytest.fixture
def line(portal: ScriptedPortal) -> Iterator[Http]:
    with closing(Http(portal.base_url, 5.0)) as found:
        yield found


def smart_of(portal: ScriptedPortal) -> Smart:
    portal.smart["device_authorization_endpoint"] = f"{portal.origin}/auth/device"
    return read_smart(json.dumps(portal.smart_configuration()).encode(), portal.base_url)


def begin(portal: ScriptedPortal, line: Http, **fields: Any) -> device.DeviceCode:
    body = {name: value for name, value in {**CODE, **fields}.items() if value is not None}
    portal.behaviours["/auth/device"] = Answer(200, json.dumps(body).encode())
    return device.begin(line, smart_of(portal), "me", "patient/*.rs", portal.base_url)


def wait(portal: ScriptedPortal, line: Http, *answers: Answer) -> list[float]:
    """Wait through answers, then tokens; gives the pauses that were made."""
    left, pauses = list(answers), list[float]()
    portal.behaviours["/auth/token"] = lambda _: left.pop(0) if left else None
    code = begin(portal, line)
    assert device.wait(line, smart_of(portal), "me", code, "s", pauses.append).access == "access-1"
    return pauses


def said(error: str, status: int = 400) -> Answer:
    return Answer(status, json.dumps({"error": error}).encode())


def test_a_code_is_had_with_what_is_asked_for(portal: ScriptedPortal, line: Http) -> None:
    code = begin(portal, line, verification_uri_complete="https://portal.example/activate?c=1")
    assert portal.requests[-1].form == {"client_id": "me", "scope": "patient/*.rs", "aud": portal.base_url}
    assert (code.user_code, code.address, code.lives, code.interval) == ("ABCD-EFGH", CODE["verification_uri"], 60, 5)
    assert code.whole_address == "https://portal.example/activate?c=1"
    assert "secret" not in repr(code)


@pytest.mark.parametrize(
    ("fields", "interval", "lives"),
    [
        ({"interval": None, "expires_in": None}, 5, 600),
        ({"interval": 0, "expires_in": -1}, 5, 600),
        ({"interval": 0.01, "expires_in": 10**400}, 1, 3600),
        ({"interval": 10**9, "expires_in": "x"}, 60, 600),
        ({"interval": True, "expires_in": []}, 5, 600),
    ],
)
def test_odd_times_are_put_right(
    portal: ScriptedPortal, line: Http, fields: dict[str, Any], interval: float, lives: float
) -> None:
    code = begin(portal, line, **fields)
    assert (code.interval, code.lives) == (interval, lives)


@pytest.mark.parametrize("field", ["device_code", "user_code", "verification_uri"])
def test_an_answer_that_lacks_a_part_cannot_be_used(portal: ScriptedPortal, line: Http, field: str) -> None:
    with pytest.raises(BadAnswer, match="no code"):
        begin(portal, line, **{field: None})


@pytest.mark.parametrize("field", ["verification_uri", "verification_uri_complete"])
def test_nobody_is_sent_to_a_page_in_clear(portal: ScriptedPortal, line: Http, field: str) -> None:
    with pytest.raises(InsecureAddress):
        begin(portal, line, **{field: "http://portal.example/activate"})


def test_a_portal_that_does_not_offer_it_is_not_asked(portal: ScriptedPortal, line: Http) -> None:
    bare = read_smart(json.dumps(portal.smart_configuration()).encode(), portal.base_url)
    with pytest.raises(NotOffered, match="another device"):
        device.begin(line, bare, "me", "s", portal.base_url)
    assert portal.requests == []


@pytest.mark.parametrize(("answer", "error"), [(said("invalid_scope"), SignInRefused), (Answer(503), BadAnswer)])
def test_a_portal_that_gives_no_code_is_told(
    portal: ScriptedPortal, line: Http, answer: Answer, error: type[Exception]
) -> None:
    smart = smart_of(portal)
    portal.behaviours["/auth/device"] = answer
    with pytest.raises(error):
        device.begin(line, smart, "me", "s", portal.base_url)


def test_it_waits_as_long_as_the_portal_wants_between_questions(portal: ScriptedPortal, line: Http) -> None:
    pending, slow = said("authorization_pending"), said("slow_down")
    assert wait(portal, line, pending, pending, slow, pending) == [5, 5, 5, 10, 10]
    assert portal.requests[-1].form == {"grant_type": device.GRANT, "device_code": "secret", "client_id": "me"}


def test_a_portal_that_fails_is_asked_less_often(portal: ScriptedPortal, line: Http) -> None:
    assert wait(portal, line, HANG_UP, Answer(503)) == [5, 10, 20]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said("access_denied"), "refused on the other device"),
        (said("expired_token"), "has ended"),
        (said("invalid_grant"), "invalid_grant"),
        (Answer(404), "HTTP status 404"),
    ],
)
def test_what_ends_the_wait_is_told(portal: ScriptedPortal, line: Http, answer: Answer, words: str) -> None:
    with pytest.raises(SignInRefused, match=words):
        wait(portal, line, answer)
    assert portal.count("POST", "/auth/token") == 1


def test_the_wait_ends_with_the_code(portal: ScriptedPortal, line: Http) -> None:
    with pytest.raises(SignInRefused, match="has ended"):
        wait(portal, line, *[said("authorization_pending")] * 50)
    assert portal.count("POST", "/auth/token") == 12
