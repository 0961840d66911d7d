from __future__ import annotations

import io

import pyrage
import pytest

from store.errors import InvalidInput
from store.export import age

OWN = pyrage.x25519.Identity.generate()
PUBLIC = str(OWN.to_public())


def sealed(content: bytes, *recipients: str, passphrase: bytes = b"") -> bytes:
    stream = io.BytesIO()
    encrypted = age.Encrypted(stream, [age.recipient(each) for each in recipients], passphrase, work=10)
    for start in range(0, len(content), 7_777):
        encrypted.write(content[start : start + 7_777])
    encrypted.finish()
    return stream.getvalue()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001])
def test_what_is_written_in_pieces_is_decrypted_whole(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert pyrage.decrypt(sealed(content, PUBLIC), [OWN]) == content
    assert pyrage.passphrase.decrypt(sealed(content, passphrase=b"correct horse"), "correct horse") == content


def test_each_of_several_recipients_can_read_it_and_nobody_else() -> None:
    other, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    found = sealed(b"mine", PUBLIC, str(other.to_public()))
    assert pyrage.decrypt(found, [OWN]) == pyrage.decrypt(found, [other]) == b"mine"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(found, [stranger])


def test_what_was_cut_off_is_not_taken_for_whole() -> None:
    found = sealed(bytes(100_000), PUBLIC)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(found[:-20_000], [OWN])


def test_no_two_files_have_a_key_or_a_nonce_in_common() -> None:
    assert sealed(b"same", PUBLIC) != sealed(b"same", PUBLIC)


@pytest.mark.parametrize("place", [5, 20, len(PUBLIC) - 1])
def test_a_recipient_with_one_wrong_letter_is_refused(place: int) -> None:
    wrong = PUBLIC[:place] + ("q" if PUBLIC[place] != "q" else "p") + PUBLIC[place + 1 :]
    with pytest.raises(InvalidInput, match="age"):
        age.recipient(wrong)


@pytest.mark.parametrize(
    "typed",
    ["", "age1", "age1q", "AGE1" + PUBLIC[4:], "ssh-ed25519 AAAA", PUBLIC[:-1], "bob"],
    ids=["nothing", "beginning", "short", "half in capitals", "of ssh", "cut", "name"],
)
def test_what_is_no_recipient_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        age.recipient(typed)


def test_a_recipient_may_be_in_capitals() -> None:
    assert age.recipient(PUBLIC.upper()) == age.recipient(PUBLIC)
