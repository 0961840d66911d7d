from __future__ import annotations

import base64
import hashlib
import hmac
import traceback
from itertools import combinations, product

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from store.errors import WrongRecoveryCode
from store.vault import recovery

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CODE = bytes(range(20))
TEXT = "000GZ-40R4V-0M30J-E209S-185G5-R38ES-1W81P-24GKR"
GROUPS = range(8)
codes = st.binary(min_size=20, max_size=20)


def code_of(signs: str) -> bytes:
    """Twenty bytes from their 32 signs, by the base 32 of RFC 4648."""
    return base64.b32decode(signs.translate(str.maketrans(SIGNS, RFC_4648)))


def group_text(signs: str, group: int) -> str:
    """What four signs become as a group of a code."""
    return recovery.to_text(code_of("0000" * group + signs + "0000" * (7 - group))).split("-")[group]


def with_group(text: str, group: int) -> str:
    """A code with this text in the place of one of its groups."""
    whole = recovery.to_text(bytes(20)).split("-")
    whole[group] = text
    return "-".join(whole)


def finds_slip(typed: str) -> int | None:
    """The group that is named, or None when the text is taken for a code."""
    try:
        recovery.from_text(typed)
    except WrongRecoveryCode as error:
        return error.group
    return None


def swaps(group: int) -> list[tuple[str, int]]:
    """Texts of a group that together hold every two signs as neighbours in every place, and the place."""
    found = []
    for one, other in product(SIGNS, repeat=2):
        found += [(group_text(f"{one}{other}7K", group), 0), (group_text(f"7{one}{other}K", group), 1)]
        found.append((group_text(f"7K{one}{other}", group), 2))
        ends = (group_text(f"{first}7K{one}", group) for first in SIGNS)
        found.append((next(text for text in ends if text[4] == other), 3))
    return found


def test_a_new_code_has_160_bits_and_is_never_alike() -> None:
    assert len(recovery.new()) == 20
    assert recovery.new() != recovery.new()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (bytes(20), "00000-0000Z-0000Y-0000X-0000W-0000V-0000T-0000S"),
        (b"\xff" * 20, "ZZZZ4-ZZZZ3-ZZZZ2-ZZZZ1-ZZZZ0-ZZZZZ-ZZZZY-ZZZZX"),
        (CODE, TEXT),
        (
            bytes.fromhex("00112233445566778899aabbccddeeff01234567"),
            "008JK-4CT41-ANK78-F24SK-NAXWX-SQFE8-ZW0JX-6HB7Q",
        ),
    ],
)
def test_a_code_keeps_its_text_for_ever(code: bytes, text: str) -> None:
    assert recovery.to_text(code) == text
    assert recovery.from_text(text) == code


@given(codes)
def test_the_data_signs_are_the_base_32_of_another_implementation(code: bytes) -> None:
    groups = recovery.to_text(code).split("-")
    assert [len(group) for group in groups] == [5] * 8
    assert code_of("".join(group[:4] for group in groups)) == code


@given(codes)
def test_the_check_sign_is_luhn_as_it_is_published(code: bytes) -> None:
    for number, group in enumerate(recovery.to_text(code).split("-")):
        factor, total = 2, number
        for sign in reversed(group[:4]):
            addend = factor * SIGNS.index(sign)
            factor = 1 if factor == 2 else 2
            total += addend // 32 + addend % 32
        assert SIGNS.index(group[4]) == (32 - total % 32) % 32


@given(codes)
def test_a_code_is_read_back_from_its_text(code: bytes) -> None:
    assert recovery.from_text(recovery.to_text(code)) == code


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.replace("-", ""),
        TEXT.replace("-", " "),
        f"  {TEXT}\r\n",
        TEXT.replace("-", " \N{EN DASH} "),
        TEXT.replace("-", "\N{MINUS SIGN}"),
        TEXT.replace("-", "\N{NON-BREAKING HYPHEN}"),
        TEXT.replace("-", "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}"),
        TEXT.replace("-", "_"),
        TEXT.replace("-", "\t"),
        TEXT.replace("-", ".\n"),
        TEXT.replace("0", "O"),
        TEXT.replace("0", "o").replace("1", "l"),
        TEXT.replace("1", "I"),
        TEXT.lower().replace("1", "i"),
        "".join(chr(ord(sign) + 0xFEE0) for sign in TEXT),
        "-".join(TEXT),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert recovery.from_text(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        TEXT[:-1],
        TEXT + "0",
        TEXT * 2,
        TEXT[:-6],
        TEXT[:-1] + "U",
        TEXT[:-1] + "\N{LATIN SMALL LETTER SHARP S}",
    ],
)
def test_another_length_or_an_impossible_sign_is_no_code(typed: str) -> None:
    assert finds_slip(typed) == 0


@given(st.text())
def test_whatever_is_typed_is_a_code_or_refused_as_one(typed: str) -> None:
    assert finds_slip(typed) in {None, *range(9)}


@pytest.mark.parametrize("group", GROUPS)
def test_every_single_wrong_sign_is_found_and_its_group_named(group: int) -> None:
    for place in range(4):
        for right, wrong in product(SIGNS, repeat=2):
            text = group_text("7K2Z"[:place] + right + "7K2Z"[place + 1 :], group)
            typed = with_group(text[:place] + wrong + text[place + 1 :], group)
            assert finds_slip(typed) == (None if right == wrong else group + 1)


@given(codes, st.integers(0, 39), st.sampled_from(SIGNS))
def test_a_wrong_sign_is_found_in_any_code(code: bytes, place: int, wrong: str) -> None:
    signs = recovery.to_text(code).replace("-", "")
    typed = signs[:place] + wrong + signs[place + 1 :]
    assert finds_slip(typed) == (None if typed == signs else place // 5 + 1)


@pytest.mark.parametrize("group", GROUPS)
def test_one_of_all_32_check_signs_fits(group: int) -> None:
    for signs in ("0000", "ZZZZ", "7K2Z", "QXW1"):
        assert [finds_slip(with_group(signs + check, group)) for check in SIGNS].count(None) == 1


@pytest.mark.parametrize("group", GROUPS)
def test_every_swap_of_neighbours_is_found_but_that_of_0_and_z(group: int) -> None:
    missed = set()
    for text, place in swaps(group):
        typed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        found = finds_slip(with_group(typed, group))
        assert found in {None, group + 1}
        if found is None and typed != text:
            missed.add((text[place : place + 2], place))
    assert missed == {(pair, place) for pair in ("0Z", "Z0") for place in range(4)}


@given(codes)
def test_every_swap_of_two_groups_is_found_and_the_first_is_named(code: bytes) -> None:
    for one, other in combinations(GROUPS, 2):
        groups = recovery.to_text(code).split("-")
        groups[one], groups[other] = groups[other], groups[one]
        assert finds_slip("-".join(groups)) == one + 1


@given(codes, st.permutations(list(GROUPS)))
def test_groups_in_another_order_are_found(code: bytes, order: list[int]) -> None:
    groups = recovery.to_text(code).split("-")
    moved = next((place + 1 for place, group in enumerate(order) if place != group), None)
    assert finds_slip("-".join(groups[group] for group in order)) == moved


def test_the_refusal_holds_nothing_of_the_code() -> None:
    for typed in (TEXT.replace("Z", "Y"), TEXT[:-1], TEXT[:-1] + "!U"):
        with pytest.raises(WrongRecoveryCode) as refused:
            recovery.from_text(typed)
        assert refused.value.__context__ is None
        told = "".join(traceback.format_exception_only(refused.value)) + repr(refused.value.args)
        assert not [group for group in typed.split("-") if group in told]


def test_hkdf_gives_the_vectors_of_rfc_5869() -> None:
    first = HKDF(SHA256(), 42, bytes(range(13)), bytes(range(0xF0, 0xFA))).derive(b"\x0b" * 22)
    assert first.hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    second = HKDF(SHA256(), 82, bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100))).derive(bytes(range(0x50)))
    assert second.hex() == (
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8"
        "367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    )


def test_the_wrapping_key_is_hkdf_as_rfc_5869_writes_it() -> None:
    salt = bytes(range(16))
    extracted = hmac.new(salt, CODE, hashlib.sha256).digest()
    expanded = hmac.new(extracted, b"portal recovery\x01", hashlib.sha256).digest()
    assert recovery.wrapping_key(CODE, salt) == expanded
    assert expanded.hex() == "f646fb0488c5a316b203a0bd717fbcb2ea60ddfe359d70c3a25ae2ec28d8a406"
    assert recovery.wrapping_key(CODE, bytes(16)) != expanded
