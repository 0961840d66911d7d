"""Where requests, drafts, insurances and allergies stand, as a sign and words; nothing is said by colour alone."""

from __future__ import annotations

from tui.columns import Tone

_REQUESTS = {
    "draft": "○ draft",
    "queued": "○ waiting to send",
    "sending": "↻ sending",
    "unknown": "? answer lost",
    "rejected": "✗ refused",
    "conflict": "! needs you",
    "confirmed": "✓ arrived",
    "cancelled": "· given up",
}
_MEANINGS = {
    "draft": "It is not to be sent yet.",
    "queued": "It waits here. The next sync sends it, once, when it is due and the portal can be reached.",
    "sending": "It is being sent, or was when the program that sent it ended.",
    "unknown": "It was sent, and the answer was lost: the portal may have it, or may not. The next sync looks.",
    "rejected": "The portal refused it. It stays here until you change it, send it again or give it up.",
    "conflict": "The portal has changed the same thing meanwhile. It waits for you to decide: press g, then k.",
    "confirmed": "The portal has it.",
    "cancelled": "It was given up.",
}
_ASKED = {
    "requested": "→ asked for",
    "received": "→ received",
    "accepted": "→ accepted",
    "in-progress": "→ in progress",
    "on-hold": "! on hold",
    "completed": "✓ done",
    "rejected": "✗ declined",
    "failed": "✗ failed",
    "cancelled": "· taken back",
    "entered-in-error": "· entered in error",
}
_COVERAGES = {
    "active": "✓ current",
    "draft": "→ not confirmed",
    "cancelled": "· over",
    "entered-in-error": "· entered in error",
}
_ALLERGIES = {"active": "! active", "inactive": "· over", "resolved": "· over"}
_KINDS = {"read": "read receipt"}
UNSENT = frozenset({"draft", "queued", "sending", "unknown", "rejected", "conflict"})
"""States of what the portal has not taken."""


def request(state: str) -> str:
    """Where an item of the outbox stands."""
    return _REQUESTS.get(state, _spoken(state))


def counted(state: str, number: int) -> str:
    """How many items stand there: `! 2 need you`."""
    sign, words = request(state).split(" ", 1)
    if state == "conflict" and number > 1:
        words = "need you"
    return f"{sign} {number} {words}"


def about(type_name: str, title: str) -> str:
    """What a request is about: changed details are called by the name of whose they are."""
    return f"Details of {title}" if type_name == "Patient" else title


def meaning(state: str) -> str:
    """The same as a sentence."""
    return _MEANINGS.get(state, "")


def asked(status: str) -> str:
    """Where a change stands that a practice was asked for."""
    return _ASKED.get(status, request(status))


def kind(code: str) -> str:
    """What sort of request an item of the outbox is."""
    return _KINDS.get(code, _spoken(code))


def coverage(status: str) -> str:
    """Where an insurance stands."""
    return _COVERAGES.get(status, request(status))


def allergy(status: str, standing: str = "") -> str:
    """Where an allergy stands."""
    if standing == "entered-in-error":
        return "· told in error"
    return _ALLERGIES.get(status, request(status)) if status else _spoken(standing)


def tone(words: str) -> Tone:
    """How loudly a state speaks: one that asks for attention louder than others."""
    return Tone.ALERT if words[:1] in {"!", "?", "✗", "○", "↻"} else Tone.QUIET


def _spoken(code: str) -> str:
    return code.replace("-", " ")
