from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.vault import keys, recovery, slots

if TYPE_CHECKING:
    from collections.abc import Callable

KEY, WRAPPING, CODE, VAULT, CREATED = bytes(range(32)), bytes(32), bytes(range(20)), "vault-1", 1_764_000_000


def for_passphrase() -> slots.Slot:
    return slots.for_passphrase(KEY, VAULT, b"pass", keys.FLOOR, CREATED)


def for_recovery() -> slots.Slot:
    return slots.for_recovery(KEY, VAULT, CODE, CREATED)


def for_keychain() -> slots.Slot:
    return slots.for_keychain(KEY, VAULT, "SecretService", WRAPPING, CREATED)


MAKERS = pytest.mark.parametrize("make", [for_passphrase, for_recovery, for_keychain])


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


@MAKERS
def test_a_slot_is_read_from_json_as_it_was_made(make: Callable[[], slots.Slot]) -> None:
    slot = make()
    assert slots.read(json.loads(json.dumps(slot.document()))) == slot
    assert slot.created == CREATED
    assert KEY.hex() not in repr(slot)
    assert "key=" not in repr(slot)


def test_each_type_opens_with_what_it_is_for() -> None:
    passphrase, code, keychain = for_passphrase(), for_recovery(), for_keychain()
    assert passphrase.unwrap(VAULT, keys.derive(b"pass", passphrase.salt(), passphrase.cost())) == KEY
    assert code.unwrap(VAULT, recovery.wrapping_key(CODE, code.salt())) == KEY
    assert keychain.unwrap(VAULT, WRAPPING) == KEY
    assert [slot.type for slot in (passphrase, code, keychain)] == ["passphrase", "recovery", "keychain"]


@MAKERS
def test_no_two_slots_share_an_id_a_nonce_or_a_salt(make: Callable[[], slots.Slot]) -> None:
    one, other = make(), make()
    assert one.id != other.id
    assert one.key.nonce != other.key.nonce
    assert "kdf" not in one.fields or one.salt() != other.salt()


def test_a_slot_does_not_open_in_another_vault_or_after_a_change() -> None:
    slot = for_keychain()
    for fields, vault in (
        (slot.fields, "vault-2"),
        ({**slot.fields, "backend": "KWallet"}, VAULT),
        ({**slot.fields, "more": 1}, VAULT),
        (without(dict(slot.fields), "created"), VAULT),
    ):
        with pytest.raises(keys.UnwrapFailed):
            slots.Slot(fields, slot.key).unwrap(vault, WRAPPING)


@pytest.mark.parametrize("wrapping_key", [b"", bytes(31), bytes(33), bytes([1]) * 32])
def test_another_wrapping_key_opens_nothing(wrapping_key: bytes) -> None:
    with pytest.raises(keys.UnwrapFailed):
        for_keychain().unwrap(VAULT, wrapping_key)


@MAKERS
@pytest.mark.parametrize("name", ["id", "type", "nonce", "wrapped"])
def test_a_slot_without_one_of_its_parts_is_none(make: Callable[[], slots.Slot], name: str) -> None:
    with pytest.raises(ValueError, match="not complete"):
        slots.read(without(make().document(), name))


@pytest.mark.parametrize("document", [None, [], "slot", 1, {}, [[]]])
def test_what_is_no_object_is_no_slot(document: object) -> None:
    with pytest.raises(ValueError, match="not complete"):
        slots.read(document)


@pytest.mark.parametrize("name", ["vault_id", "format"])
def test_a_slot_says_nothing_that_only_the_header_may_say(name: str) -> None:
    with pytest.raises(ValueError, match="only the header"):
        slots.read({**for_keychain().document(), name: 1})


@pytest.mark.parametrize(("name", "value"), [("nonce", "AAAA"), ("wrapped", "AAAA"), ("nonce", "Ä"), ("wrapped", "?")])
def test_a_wrapped_key_of_another_length_or_in_other_signs_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"length|complete|ASCII"):
        slots.read({**for_keychain().document(), name: value})


def test_a_slot_that_does_not_say_when_it_was_made_is_read() -> None:
    slot = slots.sealed(KEY, VAULT, {"id": "1", "type": "passkey", "created": "today"}, WRAPPING)
    assert slots.read(slot.document()).created is None


def test_an_account_names_vault_and_slot() -> None:
    slot = for_keychain()
    assert slots.account(VAULT, slot) == f"{VAULT}/{slot.id}"
