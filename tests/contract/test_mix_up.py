"""Several portals at once, one of them hostile, and others who knock at the sign-in: nobody is mixed up."""

from __future__ import annotations

import http.client
import threading
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from store.errors import SignInRefused
from store.services.sign_in import SignInRequest
from tests.support.hostile import ScriptedPortal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client

BACK = "http://127.0.0.1:8765/callback"


@pytest.fixture
def honest() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running


@pytest.fixture
def hostile() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def tokens_asked(*portals: ScriptedPortal) -> int:
    return sum(portal.count("POST", "/auth/token") for portal in portals)


def test_an_answer_that_names_another_issuer_is_redeemed_nowhere(
    client: Client, honest: ScriptedPortal, hostile: ScriptedPortal
) -> None:
    with (
        client.sign_ins.begin(SignInRequest(honest.base_url)) as here,
        client.sign_ins.begin(SignInRequest(hostile.base_url)) as there,
    ):
        one, two = state_of(here.url()), state_of(there.url())
        for attempt, state, issuer in ((here, one, hostile.base_url), (there, two, honest.base_url)):
            with pytest.raises(SignInRefused, match="another portal"):
                attempt.finish(f"{BACK}?{urlencode({'code': 'stolen', 'state': state, 'iss': issuer})}")
    assert tokens_asked(honest, hostile) == 0


def test_an_answer_of_one_sign_in_is_of_no_use_to_another(
    client: Client, honest: ScriptedPortal, hostile: ScriptedPortal
) -> None:
    with (
        client.sign_ins.begin(SignInRequest(honest.base_url)) as here,
        client.sign_ins.begin(SignInRequest(hostile.base_url)) as there,
    ):
        one, two = state_of(here.url()), state_of(there.url())
        assert one != two
        assert here.caution is None
        for attempt, state in ((here, two), (there, one)):
            assert not attempt.is_answer(f"{BACK}?state={state}&code=stolen")
            with pytest.raises(SignInRefused, match="does not belong"):
                attempt.finish(f"{BACK}?{urlencode({'code': 'stolen', 'state': state})}")
    assert tokens_asked(honest, hostile) == 0


def test_a_portal_that_sends_the_browser_to_another_one_does_not_get_its_code(
    client: Client, honest: ScriptedPortal, hostile: ScriptedPortal
) -> None:
    hostile.smart["authorization_endpoint"] = f"{honest.origin}/auth/authorize"
    with client.sign_ins.begin(SignInRequest(hostile.base_url)) as attempt, attempt.listen() as listener:
        url = attempt.url(listener.redirect_uri)
        assert url.startswith(honest.origin)
        assert attempt.caution is not None
        assert honest.origin in attempt.caution
        assert hostile.origin in attempt.caution
        threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=5).close()).start()
        with pytest.raises(SignInRefused, match="another portal"):
            attempt.finish(listener.wait(attempt.is_answer, 5))
    assert tokens_asked(honest, hostile) == 0


def test_each_sign_in_waits_at_an_address_of_its_own(
    client: Client, honest: ScriptedPortal, hostile: ScriptedPortal
) -> None:
    with (
        client.sign_ins.begin(SignInRequest(honest.base_url)) as here,
        client.sign_ins.begin(SignInRequest(hostile.base_url)) as there,
        here.listen() as one,
        there.listen() as two,
    ):
        assert urlsplit(one.redirect_uri).port != urlsplit(two.redirect_uri).port
        assert urlsplit(one.redirect_uri).path != urlsplit(two.redirect_uri).path


def test_whoever_floods_the_port_neither_ends_the_sign_in_nor_slips_a_code_in(
    client: Client, honest: ScriptedPortal
) -> None:
    done = threading.Event()
    with client.sign_ins.begin(SignInRequest(honest.base_url)) as attempt, attempt.listen() as listener:
        url = attempt.url(listener.redirect_uri)
        racers = [threading.Thread(target=_race, args=(listener.redirect_uri, done)) for _ in range(4)]
        for racer in racers:
            racer.start()
        threading.Timer(0.5, lambda: urllib.request.urlopen(url, timeout=20).close()).start()
        try:
            redirected = listener.wait(attempt.is_answer, 30)
        finally:
            done.set()
            for racer in racers:
                racer.join()
        assert attempt.finish(redirected).patient == "p1"
    asked = [call.form["code"] for call in honest.requests if call.path == "/auth/token"]
    assert asked == ["code-1"]


def _race(redirect_uri: str, done: threading.Event) -> None:
    """Knock with forged codes, errors and states, as fast as it goes, as somebody who has seen the address."""
    parts = urlsplit(redirect_uri)
    forged = (
        "code=forged&state=forged",
        "error=access_denied",
        "error=access_denied&state=forged",
        "code=forged",
        "state=",
        "code=forged&state=a&state=b",
        "%ff%00=" + "x" * 4000,
    )
    while not done.is_set():
        for query in forged:
            line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
            try:
                line.request("GET", f"{parts.path}?{query}")
                line.getresponse().read()
            except (OSError, http.client.HTTPException):
                continue
            finally:
                line.close()
