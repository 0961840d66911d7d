"""Bodies of records at rest: zstd with a dictionary trained on this very vault, kept inside it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.vault.engine import DbConnection

NO_DICTIONARY = 0
MAX_BODY_BYTES = 64 << 20
_QUICK, _THOROUGH, _SMALLEST = 3, 9, 19
_DICTIONARY_SIZES = (16 << 10, 32 << 10, 64 << 10)
_TRAIN_AFTER = 50  # records; fewer have too little in common
_GROWTH = 4  # a vault this many times larger than at the last training has more to learn from
_LEARNED = 5_000  # records; a dictionary from a vault of this size is kept for good
_SAMPLES = 2_000
_SAMPLE_BYTES = 16 << 10
_SAMPLES_PER_DICTIONARY = 12  # bytes to learn from for each byte of dictionary; the trainer fails with much less
_MANY_BYTES = 1 << 20  # of samples; with so many the largest dictionary is worth its place
_ONE_LOOK = {"k": 1024, "d": 8, "f": 20, "accel": 1}  # what the trainer's own, slow search finds best for FHIR
_WORTH = 0.9  # of what they take today
_BATCH = 500


def pack(document: bytes) -> bytes:
    """Compress a document that is kept once and read whole."""
    return zstandard.ZstdCompressor(level=_SMALLEST).compress(document)


def pack_quickly(document: bytes) -> bytes:
    """Compress one of many documents, which may well be packed already; `unpack` restores it."""
    return zstandard.ZstdCompressor(level=_QUICK).compress(document)


def unpack(frame: bytes) -> bytes:
    """Restore a document, byte for byte."""
    return bytes(zstandard.ZstdDecompressor().decompress(frame, max_output_size=MAX_BODY_BYTES))


@dataclass
class _Tools:
    """Compressors by the dictionary and level they use, and decompressors by their dictionary."""

    compressors: dict[tuple[int, int], zstandard.ZstdCompressor] = field(default_factory=dict)
    decompressors: dict[int, zstandard.ZstdDecompressor] = field(default_factory=dict)


class Compressor:
    """Compresses and restores bodies; it learns of dictionaries from the database it is used with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, zstandard.ZstdCompressionDict] = {}
        self._local = threading.local()
        self._tried = 0  # how many records there were when a dictionary was not worth its place

    def compress(
        self, connection: DbConnection, bodies: Sequence[bytes], *, thoroughly: bool = False
    ) -> tuple[int, list[bytes]]:
        """Compress bodies in a write transaction. Returns the id of the dictionary used (0 for none) and the frames."""
        newest, _, _ = _newest(connection)  # asked anew each time: another process may have replaced the one we knew
        key = (newest, _THOROUGH if thoroughly else _QUICK)
        tools = self._tools()
        if key not in tools.compressors:
            tools.compressors[key] = _compressor(key[1], self._dictionary(connection, newest))
        compressor = tools.compressors[key]
        return newest, _each(compressor, bodies)

    def restore(self, connection: DbConnection, dictionary_id: int, frame: bytes) -> bytes:
        """Restore a body, byte for byte."""
        tools = self._tools()
        if dictionary_id not in tools.decompressors:
            dictionary = self._dictionary(connection, dictionary_id)
            tools.decompressors[dictionary_id] = zstandard.ZstdDecompressor(dict_data=dictionary)
        return bytes(tools.decompressors[dictionary_id].decompress(frame, max_output_size=MAX_BODY_BYTES))

    def train_if_due(self, connection: DbConnection, arriving: Sequence[bytes] = ()) -> bool:
        """Train a dictionary where the vault has enough records for its first one, or has grown much since the last.

        Those that are `arriving`, and will be stored next, count and are learned from. Returns True when one was made
        now.
        """
        newest, learned_from, _ = _newest(connection)
        learned_from = max(learned_from, self._tried)
        last = int(connection.execute("SELECT coalesce(max(pk), 0) FROM resource").fetchone()[0])
        new = len(arriving)
        if not is_due(last + new, learned_from):  # there are no more than that; counting them reads the whole index
            return False
        count = new + int(connection.execute("SELECT count(*) FROM resource").fetchone()[0])
        if not is_due(count, learned_from):
            return False
        samples, packed_bytes = self._samples(connection, arriving)
        best = _best_dictionary(samples)
        if best is None or best[1] > packed_bytes * _WORTH:
            self._tried = count
            connection.execute("UPDATE dictionary SET records = ? WHERE id = ?", (count, newest))
            return False
        sql = "INSERT INTO dictionary (content, records, is_packed) VALUES (?, ?, 0)"
        made = connection.execute(sql, (best[0], count)).lastrowid
        connection.execute("INSERT INTO dictionary_copy SELECT * FROM dictionary WHERE id = ?", (made,))
        return True

    def recompress(self, connection: DbConnection) -> int:
        """Compress what was stored before the newest dictionary with it; returns how many records.

        In a vault that has outgrown this, only what was stored before there was any dictionary. A dictionary that no
        body needs any more is dropped.
        """
        newest, learned_from, is_packed = _newest(connection)
        if newest == NO_DICTIONARY or is_packed:
            return 0
        is_large = learned_from > _LEARNED
        first = "(SELECT min(pk) FROM resource WHERE dictionary <> 0)"  # found at once, where all have one
        unfit = f"dictionary = 0 AND pk < {first}" if is_large else f"dictionary <> {newest}"
        done, place = 0, 0
        while True:
            rows = connection.execute(
                f"SELECT pk, dictionary, body FROM resource WHERE {unfit} AND pk > ? ORDER BY pk LIMIT ?",  # noqa: S608 - our own words
                (place, _BATCH),
            ).fetchall()
            if not rows:
                break
            bodies = [self.restore(connection, dictionary, frame) for _, dictionary, frame in rows]
            _, frames = self.compress(connection, bodies, thoroughly=not is_large)
            connection.executemany(
                "UPDATE resource SET dictionary = ?, body = ? WHERE pk = ?",
                [(newest, frame, row[0]) for row, frame in zip(rows, frames, strict=True)],
            )
            done, place = done + len(rows), rows[-1][0]
        connection.execute("UPDATE dictionary SET is_packed = 1 WHERE id = ?", (newest,))
        connection.execute(
            "DELETE FROM dictionary WHERE id <> ? "
            "AND NOT EXISTS (SELECT 1 FROM resource WHERE resource.dictionary = dictionary.id)",
            (newest,),
        )
        connection.execute("DELETE FROM dictionary_copy WHERE id NOT IN (SELECT id FROM dictionary)")
        return done

    def forget(self) -> None:
        """Forget what dictionaries there are; needed after a rollback may have taken one back."""
        with self._lock:
            self._known.clear()
        self._local = threading.local()

    def _samples(self, connection: DbConnection, arriving: Sequence[bytes]) -> tuple[list[bytes], int]:
        """Bodies from all over the vault and what comes to it, cut where they are long, and how much they take now."""
        last = int(connection.execute("SELECT coalesce(max(pk), 0) FROM resource").fetchone()[0])
        step = max(1, (last + len(arriving)) // _SAMPLES)
        samples = [body[:_SAMPLE_BYTES] for body in arriving[::step]]
        packed_bytes = sum(map(len, _each(_compressor(_QUICK, None), arriving[::step])))
        places = range(1, last + 1, step)
        for start in range(0, len(places), _BATCH):
            chunk = places[start : start + _BATCH]
            marks = ",".join("?" * len(chunk))
            sql = f"SELECT dictionary, body FROM resource WHERE pk IN ({marks})"  # noqa: S608 - only question marks are added
            for dictionary, frame in connection.execute(sql, list(chunk)):
                samples.append(self.restore(connection, dictionary, frame)[:_SAMPLE_BYTES])
                packed_bytes += len(frame)
        return samples, packed_bytes

    def _dictionary(self, connection: DbConnection, dictionary_id: int) -> zstandard.ZstdCompressionDict | None:
        if dictionary_id == NO_DICTIONARY:
            return None
        with self._lock:
            if dictionary_id not in self._known:
                row = connection.execute("SELECT content FROM dictionary WHERE id = ?", (dictionary_id,)).fetchone()
                self._known[dictionary_id] = zstandard.ZstdCompressionDict(unpack(row[0]))
            return self._known[dictionary_id]

    def _tools(self) -> _Tools:
        """This thread's own compressors; zstd's are not to be shared between threads."""
        tools: _Tools | None = getattr(self._local, "tools", None)
        if tools is None:
            tools = self._local.tools = _Tools()
        return tools


def is_due(count: int, learned_from: int) -> bool:
    """Whether a vault of `count` records is to train a dictionary, the last one having learned from `learned_from`."""
    if learned_from > _LEARNED:
        return False
    return count >= max(_TRAIN_AFTER, learned_from * _GROWTH)


def _newest(connection: DbConnection) -> tuple[int, int, int]:
    """Id of the newest dictionary, how many records it learned from, and whether what was there before uses it."""
    row = connection.execute("SELECT id, records, is_packed FROM dictionary ORDER BY id DESC LIMIT 1").fetchone()
    return row or (NO_DICTIONARY, 0, 1)


def _best_dictionary(samples: Sequence[bytes]) -> tuple[bytes, int] | None:
    """The dictionary with which the samples and itself take least, compressed, and that number of bytes."""
    best: tuple[bytes, int] | None = None
    total = sum(map(len, samples))
    sizes, how = (_DICTIONARY_SIZES[-1:], _ONE_LOOK) if total > _MANY_BYTES else (_DICTIONARY_SIZES, {})
    for size in sizes:
        if size * _SAMPLES_PER_DICTIONARY > total and size > sizes[0]:
            break
        try:
            trained = zstandard.train_dictionary(min(size, total // 8), list(samples), **how)
        except zstandard.ZstdError:
            continue  # too little in common to learn from
        content = _compressor(_THOROUGH, None).compress(trained.as_bytes())
        compressor = _compressor(_QUICK, trained)
        taken = len(content) + sum(len(compressor.compress(sample)) for sample in samples)
        if best is None or taken < best[1]:
            best = content, taken
    return best


def _each(compressor: zstandard.ZstdCompressor, bodies: Sequence[bytes]) -> list[bytes]:
    """Each body as a frame of its own. In one call, which lets other threads work meanwhile, and not in thousands."""
    if not bodies or not all(bodies):  # the library takes no empty ones together with others
        return [compressor.compress(body) for body in bodies]
    frames = compressor.multi_compress_to_buffer(list(bodies))
    return [frames[place].tobytes() for place in range(len(frames))]


def _compressor(level: int, dictionary: zstandard.ZstdCompressionDict | None) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=level, dict_data=dictionary, write_dict_id=False)
