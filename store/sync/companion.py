"""A second process that reads pages of a large chart, so that reading them and storing them each have a core.

Python runs one thread at a time: in one process, reading JSON and writing rows take turns. The companion gets what was
served through a pipe and gives back what was read of it; it opens no file and no connection, has no key, and ends with
the process that started it. Nothing depends on it: while it is not there, pages are read where they were fetched.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

import msgspec

from store import memory
from store.sync import decode
from store.sync.decode import Decoded, Whose

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGE = 1_000  # records to read in one pull; with fewer, all is done before another process has begun
_LENGTH = struct.Struct("!Q")
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Asked(msgspec.Struct, array_like=True, gc=False):
    """Served resources, whose they may be, and the types of which references are wanted."""

    base_url: str
    patients: list[str]
    types: list[str]
    bodies: list[bytes]


class Read(msgspec.Struct, array_like=True, gc=False):
    """What was read: records without their bytes, the place of each among those asked for, and references."""

    found: Decoded
    places: list[int]
    references: list[tuple[str, str]]


_encode = msgspec.msgpack.Encoder().encode
_decode_asked = msgspec.msgpack.Decoder(Asked).decode
_decode_read = msgspec.msgpack.Decoder(Read).decode


class Companion:
    """The second process of one pull; to be closed. Safe to use from several threads, which take turns."""

    def __init__(self) -> None:
        self._starting, self._turn = threading.Lock(), threading.Lock()
        self._ready = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = not _has_room()
        self._read = 0

    def read(self, asked: Asked) -> Read | None:
        """What is in served resources; None where the companion is not there, and they are to be read here."""
        self._read += len(asked.bodies)
        if self._read > _LARGE and not (self._process or self._is_over):
            self._begin()
        if self._is_over or not self._ready.is_set():
            return None
        try:
            found = _decode_read(self._exchange(_encode(asked)))
        except (OSError, EOFError, ValueError):  # it has come to an end, of itself or by `close`
            self._is_over = True
            return None
        for record, place in zip(found.found.records, found.places, strict=True):
            msgspec.structs.force_setattr(record, "body", asked.bodies[place])
        return found

    def close(self) -> None:
        """End it; whoever waits for it is told that it is not there."""
        with self._starting:
            self._is_over, process = True, self._process
        if process:
            process.kill()
            process.wait()
            with self._turn:
                for stream in _pipes(process):
                    with suppress(OSError):
                        stream.close()

    def _begin(self) -> None:
        with self._starting:
            if self._process or self._is_over:
                return  # another thread was quicker
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-c", "from store.sync import companion; companion.serve()"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
                )
            except OSError:
                self._is_over = True
                return
        threading.Thread(target=self._await, args=_pipes(self._process)[1:], name="companion", daemon=True).start()

    def _await(self, output: IO[bytes]) -> None:
        with suppress(OSError, EOFError, ValueError):
            _receive(output)
            self._ready.set()
            return
        self._is_over = True

    def _exchange(self, message: bytes) -> bytes:
        with self._turn:
            if not self._process:
                raise EOFError
            given, taken = _pipes(self._process)
            _send(given, message)
            return _receive(taken)


def serve() -> None:
    """Be the companion: read what comes on stdin, and answer on stdout, until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that it works for decides what an interrupt ends
    memory.forbid_core_files()
    with suppress(OSError, EOFError):
        _send(sys.stdout.buffer, b"")
        while True:
            asked = _decode_asked(_receive(sys.stdin.buffer))
            _send(sys.stdout.buffer, _encode(read(asked)))


def read(asked: Asked) -> Read:
    """Read served resources; the records are without their bytes, which whoever asks has already."""
    whose = Whose(asked.base_url, asked.patients[0])
    whose.patients.update(asked.patients)
    found = decode.decode_all(asked.bodies, whose)
    bodies = [record.body for record in found.records]
    references = decode.references(bodies, asked.base_url, frozenset(asked.types))
    for record in found.records:
        msgspec.structs.force_setattr(record, "body", b"")
    return Read(found, _places(bodies, asked.bodies), sorted(references))


def _places(chosen: Sequence[bytes], of: Sequence[bytes]) -> list[int]:
    """Where each of some values that were chosen in their order stands among all."""
    waiting = enumerate(of)
    return [next(place for place, body in waiting if body is one) for one in chosen]


def _has_room() -> bool:
    """Whether there is a second core, and a Python to run on it."""
    if not sys.executable or getattr(sys, "frozen", False):
        return False
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores > 1


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Its stdin and its stdout, which are pipes, as it was started."""
    return cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """The next message. Raises EOFError where the other side has ended."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise EOFError
    return found
