"""Words of and about messages that a patient writes: cleaned of what no portal takes, and how soon answers came."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from store.records.text import Safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.messages import Message

EMERGENCY = (
    "Messages are not for emergencies, and may be read days later. In an emergency call your local emergency number "
    "(911 in the United States)."
)
_UNKNOWN = "How soon this practice answers is not known yet; two or three working days are usual."
_FIRST_PRINTABLE = 32
_HOUR, _DAY = 3600, 86_400


def text(typed: str) -> str:
    """What was typed, without what FHIR allows in no text (FHIR R4 §2.24.0.1), and without space around it."""
    whole = typed.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    return "".join(sign for sign in whole if ord(sign) >= _FIRST_PRINTABLE or sign in "\n\t").strip()


def line(typed: str) -> str:
    """What was typed, on one line."""
    return " ".join(text(typed).split())


def replies(threads: Sequence[Sequence[Message]]) -> Safe:
    """How soon answers can be expected, by those that came so far."""
    waits = [wait for messages in threads for wait in _waits(messages)]
    if not waits:
        return Safe(_UNKNOWN)
    return Safe(f"This practice has mostly answered within {_rounded(statistics.median(waits))} so far.")


def _waits(messages: Sequence[Message]) -> Iterator[int]:
    """Seconds from each message of the patient's to the answer that came after it."""
    asked: int | None = None
    for message in messages:
        at = message.sent.epoch if message.sent and message.is_there else None
        if at is None:
            continue
        if message.is_from_patient:
            asked = at if asked is None else asked
        elif asked is not None:
            yield max(0, at - asked)
            asked = None


def _rounded(seconds: float) -> str:
    """A time in words, never less than it is."""
    for length, word in ((_HOUR, "hour"), (_DAY, "day")):
        number = max(1, -int(-seconds // length))
        if length == _DAY or number < _DAY // _HOUR:
            return f"{number} {word}{'' if number == 1 else 's'}"
    raise AssertionError(seconds)
