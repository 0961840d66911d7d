"""Signed-in browsers: cookies that are new at each sign-in, end by themselves, and can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.accounts.sessions import Sessions, csrf_of, is_csrf
from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from portal_cli.sandbox.clock import Clock


@pytest.fixture
def portal() -> Sandbox:
    return Sandbox(SandboxOptions())


@pytest.fixture
def sessions(portal: Sandbox) -> Sessions:
    return portal.portal.account_service.sessions


@pytest.fixture
def clock(portal: Sandbox) -> Clock:
    return portal.portal.clock


def test_a_cookie_that_was_there_before_a_sign_in_is_worth_nothing_after(sessions: Sessions) -> None:
    before = sessions.begin("patient-1", "Firefox")
    after = sessions.begin("patient-2", "Firefox", before)
    assert before != after
    assert sessions.find(before) is None
    found = sessions.find(after)
    assert found
    assert found.username == "patient-2"


def test_a_session_ends_when_it_is_not_used_and_after_half_a_day_in_any_case(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.begin("patient-1", "Firefox")
    clock.advance(1799)
    assert sessions.find(cookie)
    clock.advance(1799)
    assert sessions.find(cookie)
    clock.advance(1800)
    assert sessions.find(cookie) is None
    cookie = sessions.begin("patient-1", "Firefox")
    for _ in range(29):
        clock.advance(1500)
        last = sessions.find(cookie)
    assert last is None
    assert sessions.of("patient-1") == []


def test_signing_out_ends_one_browser(sessions: Sessions) -> None:
    one, other = sessions.begin("patient-1", "Firefox"), sessions.begin("patient-1", "Chromium")
    sessions.end(one)
    assert sessions.find(one) is None
    assert [session.name for session in sessions.of("patient-1")] == ["Chromium"]
    found = sessions.find(other)
    assert found
    assert not sessions.end_one("patient-2", found.id)
    assert sessions.end_one("patient-1", found.id)
    assert sessions.find(other) is None


@pytest.mark.parametrize("cookie", ["", "guess", "\udcff", "é" * 100])
def test_a_cookie_that_was_never_given_opens_nothing(sessions: Sessions, cookie: str) -> None:
    sessions.begin("patient-1", "Firefox")
    assert sessions.find(cookie) is None


def test_the_secret_of_a_form_belongs_to_one_browser(sessions: Sessions) -> None:
    one, other = sessions.begin("patient-1", "Firefox"), sessions.begin("patient-1", "Firefox")
    assert is_csrf(one, csrf_of(one))
    assert not is_csrf(one, csrf_of(other))
    assert not is_csrf("", csrf_of(""))
    assert not is_csrf(one, "é")
