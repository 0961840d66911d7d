from __future__ import annotations

import pytest

from store.sync.backoff import LONGEST_SECONDS, pause


def test_a_pause_that_the_portal_names_is_kept_and_none_is_longer_than_the_longest() -> None:
    assert pause(30.0, 5, 0.5) == 30.0
    assert pause(0.0, 5, 0.5) == 0.0
    assert pause(1e9, 1, 0.5) == LONGEST_SECONDS


@pytest.mark.parametrize(("attempts", "span"), [(0, 4), (1, 4), (2, 8), (5, 64), (8, 512), (9, 900), (10_000, 900)])
def test_a_pause_grows_with_every_attempt_and_is_spread_over_its_whole_span(attempts: int, span: int) -> None:
    assert [pause(None, attempts, chance) for chance in (0.0, 0.5, 1.0)] == [0.0, span / 2, span]
