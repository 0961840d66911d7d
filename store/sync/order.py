"""What one sync is to do."""

from __future__ import annotations

from store.light import dataclass


@dataclass(frozen=True)
class Order:
    """What a sync is to do: with `full` it asks for everything again, `only` for some types, if any are named.

    With `accepts_loss` whatever is gone from the portal is marked as gone, however much that is.
    """

    full: bool = False
    only: frozenset[str] = frozenset()
    accepts_loss: bool = False
    in_flight: int = 4
