from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from store.errors import VaultDamaged, VaultErased, VaultNewer, WrongPassphrase, WrongRecoveryCode
from store.vault import header, keys, slots
from tests.store.vault.building import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY, CODE, CREATED = bytes(range(32)), bytes(range(20)), 1_764_000_000


@pytest.fixture(scope="module")
def sealed() -> header.Header:
    return header.seal(KEY, PASSPHRASE, keys.FLOOR, CREATED)


@pytest.fixture
def path(tmp_path: Path, sealed: header.Header) -> Path:
    path = tmp_path / "vault.json"
    header.write(path, sealed)
    return path


@pytest.fixture
def no_kdf(monkeypatch: pytest.MonkeyPatch) -> None:
    def derive(*_: object) -> bytes:
        pytest.fail("the key derivation ran")

    monkeypatch.setattr(keys, "derive", derive)


def fields(node: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*way, key)
        yield from fields(child, (*way, key))


def others(value: Any) -> Iterator[Any]:
    yield from (None, [], {}, -1, 0, True, 1.5, "", "AAAA", "ÄÖ", [[]])
    if isinstance(value, str):
        yield from (value[1:], ("B" if value[0] == "A" else "A") + value[1:], value + "AAAA")
    if isinstance(value, int):
        yield from (value + 1, value - 1, value * 2, str(value), float(value))


def changed(document: Any, way: tuple[str | int, ...], value: Any) -> Any:
    found = node = copy.deepcopy(document)
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = value
    return found


def test_a_header_is_read_as_it_was_written(path: Path, sealed: header.Header) -> None:
    assert header.read(path) == sealed
    assert header.unseal(header.read(path), PASSPHRASE) == KEY


def test_a_header_in_the_clear_holds_neither_key_nor_passphrase(path: Path, sealed: header.Header) -> None:
    assert PASSPHRASE not in path.read_bytes()
    assert KEY not in path.read_bytes()
    assert "ciphertext" not in repr(sealed)


def test_another_passphrase_opens_no_slot(sealed: header.Header) -> None:
    with pytest.raises(WrongPassphrase):
        header.unseal(sealed, PASSPHRASE + b" ")


def test_any_slot_may_open(sealed: header.Header) -> None:
    elsewhere = header.seal(KEY, b"another", keys.FLOOR, CREATED)
    assert header.unseal(header.Header(sealed.vault_id, elsewhere.slots + sealed.slots), PASSPHRASE) == KEY


def test_a_slot_of_another_vault_does_not_open(sealed: header.Header) -> None:
    elsewhere = header.seal(bytes(32), PASSPHRASE, keys.FLOOR, CREATED)
    with pytest.raises(WrongPassphrase):
        header.unseal(header.Header(sealed.vault_id, elsewhere.slots), PASSPHRASE)


def test_any_field_that_was_changed_keeps_the_vault_closed(path: Path) -> None:
    written = json.loads(path.read_text())
    for way in fields(written):
        value = written
        for key in way:
            value = value[key]
        for other in others(value):
            if type(other) is type(value) and other == value:
                continue
            path.write_text(json.dumps(changed(written, way, other)))
            with pytest.raises((WrongPassphrase, VaultDamaged, VaultNewer)):
                header.unseal(header.read(path), PASSPHRASE)


def test_any_field_that_is_missing_keeps_the_vault_closed(path: Path) -> None:
    written = json.loads(path.read_text())
    for way in fields(written):
        without = copy.deepcopy(written)
        node = without
        for key in way[:-1]:
            node = node[key]
        del node[way[-1]]
        path.write_text(json.dumps(without))
        with pytest.raises((WrongPassphrase, VaultDamaged)):
            header.unseal(header.read(path), PASSPHRASE)


@pytest.mark.usefixtures("no_kdf")
@pytest.mark.parametrize(
    "kdf",
    [
        {"memory_kib": 8},
        {"memory_kib": 1 << 40},
        {"iterations": 1},
        {"iterations": 1 << 20},
        {"lanes": 0},
        {"lanes": 1 << 20},
        {"lanes": True},
        {"memory_kib": 19456.0},
        {"name": "argon2d"},
        {"name": "none"},
        {"salt": ""},
        {"salt": "AAAA"},
    ],
)
def test_a_weakened_or_ruinous_key_derivation_is_refused_before_it_runs(path: Path, kdf: dict[str, Any]) -> None:
    written = json.loads(path.read_text())
    written["slots"][0]["kdf"].update(kdf)
    path.write_text(json.dumps(written))
    with pytest.raises(VaultDamaged):
        header.read(path)


@pytest.mark.usefixtures("no_kdf")
def test_a_newer_format_is_refused_by_its_number(path: Path) -> None:
    written = json.loads(path.read_text())
    path.write_text(json.dumps({"format": slots.FORMAT + 1, "vault_id": written["vault_id"]}))
    with pytest.raises(VaultNewer) as caught:
        header.read(path)
    assert (caught.value.found, caught.value.known) == (slots.FORMAT + 1, slots.FORMAT)


@pytest.mark.parametrize("number", [0, -1, True, 1.0, "1", None])
def test_a_format_that_never_was_is_refused(path: Path, number: object) -> None:
    written = json.loads(path.read_text())
    path.write_text(json.dumps({**written, "format": number}))
    with pytest.raises(VaultDamaged):
        header.read(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"{}",
        b"[" * 60_000,
        b'{"format":1' + b" " * 70_000 + b"}",
        bytes(4096),
    ],
    ids=["empty", "cut", "list", "null", "bytes", "object", "deep", "long", "zeros"],
)
def test_a_file_that_is_no_header_is_damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(VaultDamaged):
        header.read(path)


def test_a_header_that_was_cut_short_is_damaged(path: Path) -> None:
    whole = path.read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(VaultDamaged):
            header.read(path)


def test_a_folder_in_place_of_a_header_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(VaultDamaged):
        header.read(tmp_path)


def test_a_slot_of_a_kind_unknown_here_is_passed_over(path: Path, sealed: header.Header) -> None:
    written = json.loads(path.read_text())
    unknown = {"id": "x", "type": "passkey", "made by": ["?"], "nonce": "A" * 16, "wrapped": "A" * 64}
    written["slots"].insert(0, unknown)
    path.write_text(json.dumps(written))
    found = header.read(path)
    assert found.slots[1:] == sealed.slots
    assert header.unseal(found, PASSPHRASE) == KEY
    header.write(path, found)
    assert json.loads(path.read_text())["slots"][0] == unknown


def test_a_slot_takes_the_place_of_those_of_its_type_only(sealed: header.Header) -> None:
    old, new = (slots.for_recovery(KEY, sealed.vault_id, CODE, CREATED) for _ in range(2))
    found = sealed.having(old).having(new)
    assert found.slots == (*sealed.slots, new)
    assert found.of_type(slots.RECOVERY) == (new,)
    assert found.without(slots.RECOVERY) == sealed


def test_a_recovery_code_opens_its_slot_and_another_code_none(sealed: header.Header) -> None:
    found = sealed.having(slots.for_recovery(KEY, sealed.vault_id, CODE, CREATED))
    assert header.unseal_with_code(found, CODE) == KEY
    for code, header_of in ((CODE[::-1], found), (CODE, sealed)):
        with pytest.raises(WrongRecoveryCode) as caught:
            header.unseal_with_code(header_of, code)
        assert caught.value.group is None


@pytest.mark.usefixtures("no_kdf")
@pytest.mark.parametrize("name", ["vault_id", "format"])
def test_a_slot_cannot_say_what_only_the_header_says(path: Path, name: str) -> None:
    written = json.loads(path.read_text())
    written["slots"][0][name] = written[name]
    path.write_text(json.dumps(written))
    with pytest.raises(VaultDamaged):
        header.read(path)


@pytest.mark.usefixtures("no_kdf")
def test_two_slots_of_one_id_are_damage(path: Path, sealed: header.Header) -> None:
    header.write(path, header.Header(sealed.vault_id, sealed.slots * 2))
    with pytest.raises(VaultDamaged):
        header.read(path)


@pytest.mark.usefixtures("no_kdf")
@pytest.mark.parametrize("name", ["format", "created", "salt"])
def test_a_name_that_is_given_twice_is_damage(path: Path, name: str) -> None:
    before, mark, after = path.read_text().partition(f'"{name}"')
    path.write_text(f'{before}"{name}": 1, {mark}{after}')
    with pytest.raises(VaultDamaged):
        header.read(path)


@pytest.mark.usefixtures("no_kdf")
def test_more_passphrases_than_anyone_needs_are_refused_before_one_is_tried(path: Path) -> None:
    written = json.loads(path.read_text())
    (slot,) = written["slots"]
    written["slots"] = [{**slot, "id": str(number)} for number in range(5)]
    path.write_text(json.dumps(written))
    with pytest.raises(VaultDamaged):
        header.read(path)
    others_only = [{**slot, "id": str(number), "type": "recovery"} for number in range(16)]
    path.write_text(json.dumps({**written, "slots": [slot, *others_only]}))
    with pytest.raises(VaultDamaged):
        header.read(path)


def test_a_destroyed_header_holds_no_slot_and_says_so(path: Path, sealed: header.Header) -> None:
    header.destroy(path)
    written = path.read_text()
    assert all(part not in written for part in (sealed.vault_id, sealed.slots[0].id, "wrapped"))
    with pytest.raises(VaultErased) as caught:
        header.read(path)
    assert caught.value.path == path.parent
    header.destroy(path)
    with pytest.raises(VaultErased):
        header.read(path)


@given(st.binary(max_size=300))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_header_or_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.json"
    path.write_bytes(content)
    with pytest.raises(VaultDamaged):
        header.read(path)
