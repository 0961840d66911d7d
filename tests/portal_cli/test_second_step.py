"""What is answered to a portal that wants a second step."""

from __future__ import annotations

import io
import sys

import pytest

from portal_cli.second_step import SecondStepAsker
from store.errors import SignInRefused
from store.services.sign_in import Reply, SecondStep

WANTED = SecondStep("s", ("totp", "email"), {"email": "a***@example.org"})


def test_a_code_that_has_to_be_sent_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("123456\n"))
    asker = SecondStepAsker("email", from_stdin=True)
    assert [asker(WANTED), asker(WANTED)] == [Reply("email"), Reply("email", "123456")]


def test_a_way_that_is_not_offered_is_refused_with_those_that_are() -> None:
    with pytest.raises(SignInRefused, match="totp, email"):
        SecondStepAsker("recovery", from_stdin=True)(WANTED)


def test_a_portal_that_is_never_content_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal_cli.prompts.visible", lambda _: "000000")
    asker = SecondStepAsker("totp", from_stdin=False)
    assert {asker(WANTED) for _ in range(20)} == {Reply("totp", "000000")}
    with pytest.raises(SignInRefused, match="one code after the other"):
        asker(WANTED)
