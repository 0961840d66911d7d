"""How often one may try, by the portal's clock, without growing for ever."""

from __future__ import annotations

import pytest

from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.refusals import TooManyAttempts
from portal_cli.sandbox.clock import Clock


def test_an_attempt_more_than_may_be_waits_until_the_first_is_long_ago() -> None:
    clock = Clock()
    attempts = Attempts(clock.now, 3, 60)
    for _ in range(3):
        attempts.count("ada")
    clock.advance(40)
    with pytest.raises(TooManyAttempts) as refused:
        attempts.count("ada")
    assert 1 <= refused.value.seconds <= 20
    attempts.count("ben")
    clock.advance(21)
    attempts.count("ada")


def test_a_right_attempt_forgives_those_before() -> None:
    attempts = Attempts(Clock().now, 2, 60)
    for _ in range(5):
        attempts.count("ada")
        attempts.clear("ada")


def test_a_flood_of_names_forgets_the_oldest_and_not_the_newest() -> None:
    attempts = Attempts(Clock().now, 1, 60)
    attempts.count("x" * 100_000)
    for place in range(10_000):
        attempts.count(f"name {place}")
    with pytest.raises(TooManyAttempts):
        attempts.count("name 9999")
    assert len(attempts._made) <= 10_000
    assert max(map(len, attempts._made)) <= 300
