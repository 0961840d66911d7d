from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from store.vault import keys

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
ASSOCIATED = {"id": "1", "kdf": {"lanes": 1}}


def test_argon2id_gives_the_vector_of_rfc_9106() -> None:
    kdf = Argon2id(
        salt=b"\x02" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\x04" * 12, secret=b"\x03" * 8
    )
    assert kdf.derive(b"\x01" * 32).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


def test_a_derived_key_is_what_another_implementation_derives() -> None:
    derived = keys.derive(b"correct horse battery staple", bytes(range(16)), keys.FLOOR)
    assert derived.hex() == "818259b6310026a8e0dbac5d2e6927abcfdb07b32258fac4f61b18b80f929085"


def test_aes_gcm_gives_the_vector_of_its_specification() -> None:
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    plain = (
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
        "ba637b39"
    )
    sealed = (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
        "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
    )
    nonce, associated = bytes.fromhex("cafebabefacedbaddecaf888"), bytes.fromhex("feedfacedeadbeef" * 2 + "abaddad2")
    assert AESGCM(key).encrypt(nonce, bytes.fromhex(plain), associated).hex() == sealed


def test_a_subkey_is_hkdf_as_rfc_5869_writes_it() -> None:
    extracted = hmac.new(bytes(32), KEY, hashlib.sha256).digest()
    expanded = hmac.new(extracted, b"portal audit\x01", hashlib.sha256).digest()
    assert keys.subkey(KEY, "audit") == expanded
    assert keys.subkey(KEY, "audit") != keys.subkey(KEY, "other")


def test_a_wrapped_key_is_unwrapped_with_the_same_key_and_fields() -> None:
    wrapped = keys.wrap(KEY, OTHER, ASSOCIATED)
    assert keys.unwrap(wrapped, OTHER, ASSOCIATED) == KEY
    assert keys.unwrap(wrapped, OTHER, dict(reversed(ASSOCIATED.items()))) == KEY


def test_no_two_wrappings_are_alike() -> None:
    one, two = keys.wrap(KEY, OTHER, ASSOCIATED), keys.wrap(KEY, OTHER, ASSOCIATED)
    assert one.nonce != two.nonce
    assert one.ciphertext != two.ciphertext


@given(st.integers(0, 48 * 8 - 1))
def test_one_changed_bit_is_refused(place: int) -> None:
    wrapped = keys.wrap(KEY, OTHER, ASSOCIATED)
    changed = bytearray(wrapped.ciphertext)
    changed[place // 8] ^= 1 << place % 8
    with pytest.raises(keys.UnwrapFailed):
        keys.unwrap(keys.WrappedKey(wrapped.nonce, bytes(changed)), OTHER, ASSOCIATED)


@pytest.mark.parametrize("associated", [{}, {**ASSOCIATED, "id": "2"}, {**ASSOCIATED, "more": 1}])
def test_changed_fields_are_refused(associated: dict[str, object]) -> None:
    with pytest.raises(keys.UnwrapFailed):
        keys.unwrap(keys.wrap(KEY, OTHER, ASSOCIATED), OTHER, associated)


def test_another_key_and_a_nonce_of_another_length_are_refused() -> None:
    wrapped = keys.wrap(KEY, OTHER, ASSOCIATED)
    for key, nonce in ((KEY, wrapped.nonce), (OTHER, b"")):
        with pytest.raises(keys.UnwrapFailed):
            keys.unwrap(keys.WrappedKey(nonce, wrapped.ciphertext), key, ASSOCIATED)


@pytest.mark.parametrize(
    ("cost", "is_acceptable"),
    [
        (keys.FLOOR, True),
        (keys.DEFAULT_COST, True),
        (keys.KdfCost(19 * 1024 - 1, 2, 1), False),
        (keys.KdfCost(19 * 1024, 1, 1), False),
        (keys.KdfCost(19 * 1024, 2, 0), False),
        (keys.KdfCost(1 << 40, 2, 1), False),
        (keys.KdfCost(19 * 1024, 1 << 20, 1), False),
        (keys.KdfCost(19 * 1024, 2, 1 << 20), False),
    ],
)
def test_a_cost_has_a_floor_and_a_ceiling(cost: keys.KdfCost, is_acceptable: bool) -> None:  # noqa: FBT001 - an expected value
    assert cost.is_acceptable() is is_acceptable


def test_new_keys_and_salts_are_of_full_length_and_never_alike() -> None:
    assert (len(keys.new_key()), len(keys.new_salt())) == (32, 16)
    assert keys.new_key() != keys.new_key()
