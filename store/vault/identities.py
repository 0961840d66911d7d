"""What a record is known by in the vault, apart from the number of its row."""

from __future__ import annotations

import hashlib


def identity(connection_id: int, type_name: str, record_id: str) -> int:
    """The signed 64-bit key of a record: blake2b of its connection, type and id."""
    name = f"{connection_id}|{type_name}/{record_id}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
