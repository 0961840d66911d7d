"""Whether a new passphrase could be guessed, by zxcvbn's estimate, and what would make it better, in our own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from store.errors import PassphraseWeak

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENOUGH = 3  # of 4: a thief with the file needs more than a hundred million guesses, each a whole derivation
_QUICK_SIGNS, _MAX_SIGNS = 32, 72  # zxcvbn's time explodes with the length (seconds at 72); it takes no more than 72
_MAX_ADVICE = 3
_MIN_PART = 3  # a shorter part of a name is in everything

_EMPTY = "It is empty."
_SHORT = "It is too short."
_KNOWN = "It holds something that is known about you or your portal."
_PASSWORD = "It is, or is much like, a password that many people use."  # noqa: S105 - a sentence
_WORD = "A word or two is soon guessed."
_NAME = "Names are soon guessed."
_ROW = "Rows and shapes on the keyboard are soon guessed."
_REPEAT = "Saying the same thing again makes it longer, but hardly harder to guess."
_RUN = "Letters or digits in their usual order are soon guessed."
_DATE = "Dates and years are soon guessed."
_SUBSTITUTE = "Signs in the place of letters that they look like hardly help."
_BACKWARDS = "Writing a word backwards hardly helps."
_CAPITALS = "Capital letters hardly help."

_PATTERNS = {"spatial": _ROW, "repeat": _REPEAT, "sequence": _RUN, "regex": _DATE, "date": _DATE}
_DICTIONARIES = {
    "user_inputs": _KNOWN,
    "passwords": _PASSWORD,
    "surnames": _NAME,
    "male_names": _NAME,
    "female_names": _NAME,
}


def check(passphrase: bytes, known: tuple[str, ...] = ()) -> None:
    """Refuse a new passphrase that could be guessed; `known` is what a thief knows, such as a user name or a host.

    Raises PassphraseWeak, whose advice is sentences of this module and never a part of the passphrase. The first 32
    signs may be enough; what comes after 72 is not looked at, for it can only make a passphrase stronger.
    """
    # Deferred: word lists of 1.5 MB, which only whoever chooses a passphrase needs.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    text = passphrase.decode("utf-8", "surrogateescape")[:_MAX_SIGNS]
    if not text:
        raise PassphraseWeak((_EMPTY,))
    for beginning in dict.fromkeys((text[:_QUICK_SIGNS], text)):
        estimate = zxcvbn(beginning, user_inputs=sorted(set(_parts(known))))
        if estimate["score"] >= _ENOUGH:
            return
    raise PassphraseWeak(_advice(estimate["sequence"]))


def _parts(known: tuple[str, ...]) -> Iterator[str]:
    """Each thing that is known, and the words in it."""
    for thing in known:
        yield thing
        yield from (part for part in re.split(r"[\W_]+", thing) if len(part) >= _MIN_PART)


def _advice(sequence: list[dict[str, Any]]) -> tuple[str, ...]:
    """What to say about the patterns that zxcvbn took a passphrase apart into, the longest first.

    Its own sentences are not used: they quote examples, go through gettext, and change between its versions.
    """
    found = dict.fromkeys(
        sentence for match in sorted(sequence, key=_length, reverse=True) for sentence in _sentences(match)
    )
    return tuple(found)[:_MAX_ADVICE] or (_SHORT,)


def _length(match: dict[str, Any]) -> int:
    return len(match["token"])


def _sentences(match: dict[str, Any]) -> Iterator[str]:
    if match["pattern"] != "dictionary":
        if match["pattern"] in _PATTERNS:
            yield _PATTERNS[match["pattern"]]
        return
    yield _DICTIONARIES.get(match["dictionary_name"], _WORD)
    if match.get("l33t"):
        yield _SUBSTITUTE
    if match.get("reversed"):
        yield _BACKWARDS
    if match["token"] != match["token"].lower():
        yield _CAPITALS
