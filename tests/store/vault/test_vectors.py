"""Published vectors of the vault's formats: every case as this program reads it, the good ones also read anew.

The second reading is written from the words of `store/vault/slots.py` and `recovery.py` alone, and shares no code.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.errors import PortalError, WrongRecoveryCode
from store.vault import header, keys, recovery

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
Case = dict[str, Any]


def load(name: str) -> list[Case]:
    found: list[Case] = json.loads((VECTORS / name).read_text(encoding="ascii"))
    return found


HEADERS, CODES = load("header.json"), load("recovery.json")
GOOD = [case for case in HEADERS if not case["expect"].isalpha()]


def text(case: Case) -> str:
    return str(case["header_text"]) if "header_text" in case else json.dumps(case["header"])


def opened(case: Case) -> str:
    """What this program makes of a case: the vault key in hexadecimal digits, or the name of the error."""
    try:
        found = header.from_bytes(text(case).encode(), Path("vault.json"))
        if case["opens_with"] == "passphrase":
            return header.unseal(found, case["secret"].encode()).hex()
        if case["opens_with"] == "recovery":
            return header.unseal_with_code(found, bytes.fromhex(case["secret"])).hex()
        (slot,) = found.of_type(case["opens_with"])
        return slot.unwrap(found.vault_id, bytes.fromhex(case["secret"])).hex()
    except (PortalError, keys.UnwrapFailed) as error:
        return type(error).__name__


def opened_anew(document: Any, way: str, secret: str) -> set[str]:
    """Every vault key that a secret opens, by another implementation."""
    found = set()
    for slot in document["slots"]:
        if slot["type"] != way:
            continue
        clear = {name: value for name, value in slot.items() if name not in {"nonce", "wrapped"}}
        clear |= {"vault_id": document["vault_id"], "format": document["format"]}
        associated = json.dumps(clear, sort_keys=True, separators=(",", ":")).encode()
        key = AESGCM(wrapping_key_anew(slot, way, secret))
        try:
            opened = key.decrypt(base64.b64decode(slot["nonce"]), base64.b64decode(slot["wrapped"]), associated)
        except Exception:  # noqa: BLE001, S112 - a slot of another secret
            continue
        found.add(opened.hex())
    return found


def wrapping_key_anew(slot: Any, way: str, secret: str) -> bytes:
    if way == "passphrase":
        cost, salt = slot["kdf"], base64.b64decode(slot["kdf"]["salt"])
        kdf = Argon2id(
            salt=salt,
            length=32,
            iterations=cost["iterations"],
            lanes=cost["lanes"],
            memory_cost=cost["memory_kib"],
        )
        return kdf.derive(secret.encode())
    if way == "recovery":
        salt = base64.b64decode(slot["kdf"]["salt"])
        return HKDF(SHA256(), 32, salt, b"portal recovery").derive(bytes.fromhex(secret))
    return bytes.fromhex(secret)


def code_anew(typed: str) -> str:
    """The bytes of a code in its canonical spelling, and the check sign of each group made sure of, anew."""
    bits = ""
    for number, group in enumerate(typed.split("-")):
        values = [SIGNS.index(sign) for sign in group]
        doubled = [sum(divmod(2 * value, 32)) for value in (values[1], values[3])]
        assert (values[0] + values[2] + sum(doubled) + values[4] + number) % 32 == 0
        bits += "".join(f"{value:05b}" for value in values[:4])
    return int(bits, 2).to_bytes(20, "big").hex()


def test_there_are_vectors_enough_and_each_has_a_name_of_its_own() -> None:
    for cases in (HEADERS, CODES):
        assert len({case["name"] for case in cases}) == len(cases)
    assert len(HEADERS) + len(CODES) >= 150
    assert len(GOOD) >= 20


@pytest.mark.parametrize("case", HEADERS, ids=lambda case: case["name"])
def test_a_header_opens_to_the_key_or_the_error_of_its_vector(case: Case) -> None:
    assert opened(case) == case["expect"]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_a_second_implementation_opens_the_same_key(case: Case) -> None:
    assert opened_anew(json.loads(text(case)), case["opens_with"], case["secret"]) == {case["expect"]}


@pytest.mark.parametrize("case", CODES, ids=lambda case: case["name"])
def test_a_recovery_code_is_read_as_its_vector_says(case: Case) -> None:
    if "group" in case:
        with pytest.raises(WrongRecoveryCode) as caught:
            recovery.from_text(case["typed"])
        assert caught.value.group == case["group"]
        return
    assert recovery.from_text(case["typed"]).hex() == case["code"]
    if case.get("is_canonical"):
        assert recovery.to_text(bytes.fromhex(case["code"])) == case["typed"]
        assert code_anew(case["typed"]) == case["code"]
