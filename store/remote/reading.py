"""The body of an answer, read and inflated by no more than it may hold, however it was packed."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from store.errors import BadAnswer, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_MAX_OBJECTS = 2_000_000  # in one answer; more would fill the memory when they are decoded
_BOMB_BYTES = 1 << 20  # of an answer, after which it may be no more than
_MOST_INFLATED = 200  # times as large as what was sent
_LONGEST_ANSWER = 300.0  # seconds that one answer may take, however steadily it trickles
_CHUNK = 1 << 16


def whole(response: httpx.Response, origin: str, most: int) -> bytes:
    """The body of an answer of JSON or the like, at most `most` bytes. Raises BadAnswer, Unreachable."""
    body = b"".join(parts(response, origin, most))
    if len(body) > _MAX_OBJECTS and body.count(b"{") + body.count(b"[") > _MAX_OBJECTS:
        raise BadAnswer(origin, "it has more parts than any record needs", response.status_code)
    return body


def parts(response: httpx.Response, origin: str, most: int, longest: float | None = None) -> Iterator[bytes]:
    """The body of an answer, part by part, inflated; none of them is large, all together are at most `most` bytes.

    It may take `longest` seconds. Raises BadAnswer when it is larger, packed wrongly or not complete, Unreachable when
    it takes too long.
    """

    def bad(why: str) -> BadAnswer:
        return BadAnswer(origin, why, response.status_code)

    announced = response.headers.get("content-length", "")
    if why := _excess(int(announced) if announced.isdecimal() else 0, most, most):
        raise bad(why)
    packing = _Packing(response.headers.get("content-encoding", ""))
    if not packing.is_known:
        raise bad("it is packed in a way that was not asked for")
    until = time.monotonic() + (_LONGEST_ANSWER if longest is None else longest)
    size = packed = 0
    for chunk in response.iter_raw():
        if time.monotonic() > until:
            raise Unreachable(origin, "its answer takes too long")
        packed += len(chunk)
        try:
            for part in packing.open(chunk):
                size += len(part)
                if why := _excess(size, packed, most):
                    raise bad(why)
                yield part
        except zlib.error as error:
            raise bad("it is packed wrongly") from error
    if packed and not packing.is_complete:
        raise bad("it is not complete")


def _excess(size: int, packed: int, most: int) -> str:
    """What is wrong with an answer that has come to this size out of so many bytes sent; empty when nothing is."""
    if size > most:
        return f"it is larger than {most >> 20} MB"
    is_bomb = size > max(_BOMB_BYTES, _MOST_INFLATED * packed)
    return "it was packed to be far larger than any record" if is_bomb else ""


class _Packing:
    """How an answer is packed: not at all, or by gzip (RFC 1952)."""

    def __init__(self, header: str) -> None:
        encoding = header.strip().lower()
        self.is_known = encoding in {"", "identity", "gzip", "x-gzip"}
        self._inflate = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None

    @property
    def is_complete(self) -> bool:
        """Whether the end of what was packed has come."""
        return self._inflate is None or self._inflate.eof

    def open(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk holds, a bounded part at a time. Raises zlib.error."""
        if self._inflate is None:
            yield chunk
            return
        while chunk:
            yield self._inflate.decompress(chunk, _CHUNK)
            chunk = self._inflate.unconsumed_tail
