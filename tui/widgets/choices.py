"""Lines to choose from, by arrows and by the keys of vi."""

from __future__ import annotations

from textual.widgets import OptionList

from tui.actions import Where, bindings


class Choices(OptionList):
    """Lines to choose from, also by `j` and `k`."""

    BINDINGS = bindings(Where.CHOICES)
