"""Which passwords may be chosen: long, not to be guessed, and without what anybody knows of the patient.

As NIST SP 800-63B has it: length and guessing decide, no kinds of characters are demanded, and every character counts.
"""

from __future__ import annotations

from zxcvbn import zxcvbn

from portal_cli.sandbox.accounts.hashing import normalised

MIN_LENGTH = 12
MAX_LENGTH = 128
RULES = (
    f"At least {MIN_LENGTH} characters.",
    f"At most {MAX_LENGTH} characters; spaces and letters of any script are fine.",
    "Nothing that is easily guessed, such as a common password or a row of keys.",
    "Not your name, username or e-mail address.",
)
_MIN_SCORE = 3
_ESTIMATED = 32  # zxcvbn takes seconds for long texts; a beginning that cannot be guessed is enough
_MIN_PART = 3


def password_problems(password: str, known: tuple[str, ...] = ()) -> list[str]:
    """Say what is wrong with a password, sentence by sentence; nothing when it is good.

    `known` is what others may know of the patient: name, username, e-mail address.
    """
    text = normalised(password)
    problems = []
    if len(text) < MIN_LENGTH:
        problems.append(f"The password is too short: take at least {MIN_LENGTH} characters.")
    if len(text) > MAX_LENGTH:
        problems.append(f"The password is too long: take at most {MAX_LENGTH} characters.")
        return problems
    parts = _parts(known)
    if any(part in text.casefold() for part in parts):
        problems.append("The password contains your name, username or e-mail address.")
    if text and _is_guessable(text[:_ESTIMATED], parts):
        problems.append("The password is easily guessed: take several words that do not belong together.")
    return problems


def _is_guessable(text: str, parts: list[str]) -> bool:
    return int(zxcvbn(text, user_inputs=[*parts, "portal", "patient", "practice"])["score"]) < _MIN_SCORE


def _parts(known: tuple[str, ...]) -> list[str]:
    """Take what is known apart: `ada.lovelace@example.org` holds both names and the domain."""
    found = set()
    for text in known:
        folded = normalised(text).casefold()[:MAX_LENGTH]
        pieces = folded.replace("@", " ").replace(".", " ").replace("_", " ").replace("-", " ").split()
        found |= {folded.strip(), *pieces}
    return sorted(part for part in found if len(part) >= _MIN_PART)
