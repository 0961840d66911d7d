"""Which b-trees of a vault's file were written to between two moments.

SQLCipher seals a page with a new nonce each time it is written, so a page that was written differs from before even
when its content does not. To tell which tree a page belongs to, the trees are walked in the decrypted file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.vault.vault import Vault

_PAGE, _RESERVE, _NONCE = 4096, 80, 16
_USABLE = _PAGE - _RESERVE
_INTERIOR_INDEX, _INTERIOR_TABLE, _LEAF_INDEX, _LEAF_TABLE = 2, 5, 10, 13
_LEAST = (_USABLE - 12) * 32 // 255 - 23
_MOST = {_LEAF_TABLE: _USABLE - 35, _LEAF_INDEX: (_USABLE - 12) * 64 // 255 - 23}


class Snapshot:
    """The file of a vault at one moment, its log folded in."""

    def __init__(self, vault: Vault, path: Path) -> None:
        vault.checkpoint()
        self._file = path.read_bytes()
        self._key = vault.key
        rows = vault.connection().execute(
            "SELECT name, rootpage FROM sqlite_master WHERE tbl_name LIKE 'resource%' AND rootpage > 0"
        )
        self.roots: dict[str, int] = dict(rows.fetchall())

    def sealed(self, number: int) -> bytes:
        """A page as it lies in the file."""
        return self._file[(number - 1) * _PAGE : number * _PAGE]

    def page(self, number: int) -> bytes:
        """A page, decrypted; not for the first."""
        sealed = self.sealed(number)
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(sealed[_USABLE : _USABLE + _NONCE]))
        return cipher.decryptor().update(sealed[:_USABLE])

    def tree(self, root: int) -> Iterator[int]:
        """The numbers of all pages of a tree, those that long rows go on on included."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            yield number
            page = self.page(number)
            kind, count = page[0], int.from_bytes(page[3:5], "big")
            is_interior = kind in {_INTERIOR_INDEX, _INTERIOR_TABLE}
            start = 12 if is_interior else 8
            if is_interior:
                waiting.append(int.from_bytes(page[8:12], "big"))
            for cell in range(count):
                at = int.from_bytes(page[start + 2 * cell : start + 2 * cell + 2], "big")
                if is_interior:
                    waiting.append(int.from_bytes(page[at : at + 4], "big"))
                if kind != _INTERIOR_TABLE:
                    yield from self._overflow(page, at + 4 * is_interior, is_table=kind == _LEAF_TABLE)

    def _overflow(self, page: bytes, at: int, *, is_table: bool) -> Iterator[int]:
        size, at = _varint(page, at)
        if is_table:
            _, at = _varint(page, at)
        most = _MOST[_LEAF_TABLE if is_table else _LEAF_INDEX]
        if size <= most:
            return
        local = _LEAST + (size - _LEAST) % (_USABLE - 4)
        at += local if local <= most else _LEAST
        following = int.from_bytes(page[at : at + 4], "big")
        while following:
            yield following
            following = int.from_bytes(self.page(following)[:4], "big")


def written(before: Snapshot, after: Snapshot) -> dict[str, int]:
    """How many pages of each tree of the records and their search index were written."""
    counts = {
        name: sum(before.sealed(number) != after.sealed(number) for number in after.tree(root))
        for name, root in after.roots.items()
    }
    return {name: count for name, count in counts.items() if count}


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(8):
        byte = page[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | page[at + 8], at + 9
