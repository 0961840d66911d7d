"""Bodies of records at rest: zstd with a dictionary trained on this very vault, kept inside it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from store.vault.engine import DbConnection

NO_DICTIONARY = 0
_LEVEL = 3
_DICTIONARY_BYTES = 64 * 1024
_TRAIN_AFTER = 300  # records; with fewer a dictionary would cost more than it saves
_SAMPLES = 2_000
MAX_BODY_BYTES = 64 << 20


@dataclass
class _Tools:
    """Compressors and decompressors by the dictionary they use."""

    compressors: dict[int, zstandard.ZstdCompressor] = field(default_factory=dict)
    decompressors: dict[int, zstandard.ZstdDecompressor] = field(default_factory=dict)


class Compressor:
    """Compresses and restores bodies; it learns of dictionaries from the database it is used with."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, zstandard.ZstdCompressionDict] = {}
        self._newest: int | None = None
        self._local = threading.local()

    def compress(self, connection: DbConnection, body: bytes) -> tuple[int, bytes]:
        """Compress a body. Returns the id of the dictionary used (0 for none) and the frame."""
        newest = self._newest_dictionary(connection)
        tools = self._tools()
        if newest not in tools.compressors:
            dictionary = self._dictionary(connection, newest)
            tools.compressors[newest] = zstandard.ZstdCompressor(level=_LEVEL, dict_data=dictionary)
        return newest, tools.compressors[newest].compress(body)

    def restore(self, connection: DbConnection, dictionary_id: int, frame: bytes) -> bytes:
        """Restore a body, byte for byte."""
        tools = self._tools()
        if dictionary_id not in tools.decompressors:
            dictionary = self._dictionary(connection, dictionary_id)
            tools.decompressors[dictionary_id] = zstandard.ZstdDecompressor(dict_data=dictionary)
        return bytes(tools.decompressors[dictionary_id].decompress(frame, max_output_size=MAX_BODY_BYTES))

    def train_if_due(self, connection: DbConnection) -> bool:
        """Train the first dictionary once the vault holds enough records; True when one was made now."""
        if self._newest_dictionary(connection) != NO_DICTIONARY:
            return False
        rows = connection.execute("SELECT dictionary, body FROM resource LIMIT ?", (_SAMPLES,)).fetchall()
        if len(rows) < _TRAIN_AFTER:
            return False
        samples: list[bytes | bytearray | memoryview] = [
            self.restore(connection, dictionary, body) for dictionary, body in rows
        ]
        try:
            trained = zstandard.train_dictionary(min(_DICTIONARY_BYTES, sum(map(len, samples)) // 8), samples)
        except zstandard.ZstdError:
            return False  # too little in common to learn from
        cursor = connection.execute("INSERT INTO dictionary (content) VALUES (?)", (trained.as_bytes(),))
        self._newest = int(cursor.lastrowid)
        return True

    def forget(self) -> None:
        """Forget which dictionary is the newest; needed after a rollback may have taken it back."""
        with self._lock:
            self._newest = None
            self._known.clear()
        self._local = threading.local()

    def recompress(self, connection: DbConnection) -> int:
        """Compress what was stored before the first dictionary with it; returns how many records."""
        newest = self._newest_dictionary(connection)
        if newest == NO_DICTIONARY:
            return 0
        rows = connection.execute("SELECT pk, body FROM resource WHERE dictionary = ?", (NO_DICTIONARY,)).fetchall()
        renewed = [(*self.compress(connection, self.restore(connection, 0, body)), pk) for pk, body in rows]
        connection.executemany("UPDATE resource SET dictionary = ?, body = ? WHERE pk = ?", renewed)
        return len(renewed)

    def _newest_dictionary(self, connection: DbConnection) -> int:
        if not self._newest:  # a vault without one may get its first at any time, from another process too
            row = connection.execute("SELECT coalesce(max(id), 0) FROM dictionary").fetchone()
            self._newest = int(row[0])
        return self._newest

    def _dictionary(self, connection: DbConnection, dictionary_id: int) -> zstandard.ZstdCompressionDict | None:
        if dictionary_id == NO_DICTIONARY:
            return None
        with self._lock:
            if dictionary_id not in self._known:
                row = connection.execute("SELECT content FROM dictionary WHERE id = ?", (dictionary_id,)).fetchone()
                self._known[dictionary_id] = zstandard.ZstdCompressionDict(row[0])
            return self._known[dictionary_id]

    def _tools(self) -> _Tools:
        """This thread's own compressors; zstd's are not to be shared between threads."""
        tools: _Tools | None = getattr(self._local, "tools", None)
        if tools is None:
            tools = self._local.tools = _Tools()
        return tools
