"""The recovery code: 160 random bits to write on paper, with a check sign in every group that finds slips of the pen.

`to_text` gives 8 groups of 5 signs, such as `A0KT5-…`. The signs are Crockford's base 32: digits and capital letters
without I, L, O and U. Four signs of a group carry 20 bits, the first group the highest. The fifth is a check sign,
Luhn's modulo 32 with the number of the group (0 to 7) added to the sum. It promises this of a code of the right
length, all of it tested:

- one wrong sign in a group is always found;
- two neighbours in a group that changed places are always found, but for the two signs `0` and `Z`, which double to
  themselves: `0Z` for `Z0` is the one swap among 496 that goes unnoticed;
- groups in another order are always found, and two of them exchanged as well; the first group that is not at its
  place is the one that is named;
- any other mess in a group goes unnoticed once in 32 times: the vault finds that one, when the key does not fit.

The check sign follows from the four before it, so it tells nobody more about the code.
"""

from __future__ import annotations

import secrets
import unicodedata

from store.errors import WrongRecoveryCode
from store.vault.keys import KEY_BYTES

CODE_BYTES = 20
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = {"O": "0", "I": "1", "L": "1"}
_GROUPS = 8
_DATA_SIGNS = 4
_GROUP_SIGNS = _DATA_SIGNS + 1
_BITS = 5
_BASE = 1 << _BITS
_VALUES = {
    **{sign: value for value, sign in enumerate(_SIGNS)},
    **{other: _SIGNS.index(sign) for other, sign in _LOOKALIKES.items()},
}
_VALUES |= {sign.lower(): value for sign, value in _VALUES.items()}
_SEPARATORS = ("Z", "P", "Cc", "Cf")  # Unicode categories: spaces, punctuation, line ends, invisible signs
_MINUS = "\N{MINUS SIGN}"


def new() -> bytes:
    """A random code."""
    return secrets.token_bytes(CODE_BYTES)


def to_text(code: bytes) -> str:
    """The code as it is written on paper: 8 groups of 5 signs, joined by `-`."""
    number = int.from_bytes(code, "big")
    signs = [number >> shift & _BASE - 1 for shift in range((_GROUPS * _DATA_SIGNS - 1) * _BITS, -1, -_BITS)]
    groups = [signs[start : start + _DATA_SIGNS] for start in range(0, len(signs), _DATA_SIGNS)]
    whole = [[*group, _check_value(group, number)] for number, group in enumerate(groups)]
    return "-".join("".join(_SIGNS[value] for value in group) for group in whole)


def from_text(typed: str) -> bytes:
    """Read a code as a person types it.

    Small letters, full-width letters, O for 0, and I or L for 1 are welcome; spaces, dashes, line ends and
    punctuation are passed over. Raises WrongRecoveryCode with the number (from 1) of the first group that has a
    slip, or 0 for another length or a sign that no code has.
    """
    kept = [sign for sign in unicodedata.normalize("NFKC", typed) if not _is_separator(sign)]
    values = [_VALUES.get(sign, -1) for sign in kept]
    if len(values) != _GROUPS * _GROUP_SIGNS or -1 in values:
        raise WrongRecoveryCode(0)
    number = 0
    for group in range(_GROUPS):
        *carried, check = values[group * _GROUP_SIGNS : (group + 1) * _GROUP_SIGNS]
        if check != _check_value(carried, group):
            raise WrongRecoveryCode(group + 1)
        for value in carried:
            number = number << _BITS | value
    return number.to_bytes(CODE_BYTES, "big")


def wrapping_key(code: bytes, salt: bytes) -> bytes:
    """The 256-bit key that a recovery slot is wrapped with: HKDF-SHA256 (RFC 5869), for 160 bits need no stretching."""
    # Deferred: only who lost a passphrase, or makes a code, needs it.
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=b"portal recovery").derive(code)


def _check_value(carried: list[int], group: int) -> int:
    """The sign that brings Luhn's sum of a group, and its number, to a multiple of 32."""
    doubled, plain = carried[-1::-2], carried[-2::-2]
    total = group + sum(plain) + sum(sum(divmod(2 * value, _BASE)) for value in doubled)
    return -total % _BASE


def _is_separator(sign: str) -> bool:
    return sign == _MINUS or unicodedata.category(sign).startswith(_SEPARATORS)
