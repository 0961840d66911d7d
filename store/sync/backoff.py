"""How long to leave a busy portal in peace (pure)."""

from __future__ import annotations

LONGEST_SECONDS = 15 * 60
_FIRST_SECONDS = 4.0
_MOST_DOUBLINGS = 10


def pause(named: float | None, attempts: int, chance: float) -> float:
    """Seconds until an item may be sent again: as the portal names them, else growing with `attempts`.

    Each attempt doubles the span from which `chance` (0 to 1) picks, so that many clients do not come back together.
    """
    if named is not None:
        return min(max(named, 0.0), LONGEST_SECONDS)
    span = _FIRST_SECONDS * (1 << min(max(attempts - 1, 0), _MOST_DOUBLINGS))
    return min(span, LONGEST_SECONDS) * chance
