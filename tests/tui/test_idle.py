"""Idleness is measured by a clock that is given."""

from __future__ import annotations

from tui.idle import IdleWatch


def test_idleness_begins_with_the_last_touch() -> None:
    moment = [0.0]
    watch = IdleWatch(lambda: moment[0], limit=600)
    moment[0] = 599
    assert not watch.is_over
    watch.touch()
    moment[0] = 1198
    assert not watch.is_over
    moment[0] = 1199
    assert watch.is_over


def test_a_clock_that_was_set_back_counts_as_idle() -> None:
    moment = [10_000.0]
    watch = IdleWatch(lambda: moment[0], limit=600)
    moment[0] = 0
    assert watch.is_over
