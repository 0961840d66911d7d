"""A run of the program in a fork of this process: with pipes, or with terminals of its own."""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import struct
import sys
import termios
import time
import traceback
from typing import TYPE_CHECKING, NoReturn

from tests.support.stage import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.stage import Scene

COLUMNS, LINES = 100, 30
_LONGEST_SECONDS = 120.0  # of a run that hangs; a busy machine takes its time
_STEP_SECONDS = 0.05
_PROMPTS = (b": ", b"] ", b"? ", b"go on: ")
_END_OF_INPUT = b"\x04"


def perform(scene: Scene, environment: Mapping[str, str], folder: str, prepare: Callable[[], None]) -> Seen:
    """Run it; `prepare` is called in the fork, before anything else."""
    if scene.has_terminal:
        out, theirs_out = os.openpty()
        err, theirs_err = os.openpty()
        for terminal in (theirs_out, theirs_err):
            _set_up(terminal)
        theirs = (theirs_err, theirs_out, theirs_err)
        typing = err
    else:
        out, theirs_out = os.pipe()
        err, theirs_err = os.pipe()
        theirs_in, typing = os.pipe()
        theirs = (theirs_in, theirs_out, theirs_err)
    child = os.fork()
    if child == 0:
        _become(scene, environment, folder, theirs, prepare)
    for number in set(theirs):
        os.close(number)
    typed = [f"{line}\n".encode() for line in scene.typed]
    if scene.is_typed_ahead or not scene.has_terminal:
        os.write(typing, b"".join(typed))
        typed.clear()
    if not scene.has_terminal:
        os.close(typing)
    return _watched(child, out, err, typed if scene.has_terminal else None, scene.stop_after.encode())


def _set_up(terminal: int) -> None:
    """A terminal of a common size, which does not repeat what is typed."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    how = termios.tcgetattr(terminal)
    how[3] &= ~termios.ECHO
    how[1] &= ~termios.ONLCR
    termios.tcsetattr(terminal, termios.TCSANOW, how)


def _become(
    scene: Scene,
    environment: Mapping[str, str],
    folder: str,
    streams: tuple[int, int, int],
    prepare: Callable[[], None],
) -> NoReturn:
    """Be the program, and end."""
    code = 70
    try:
        os.setsid()
        if scene.has_terminal:
            fcntl.ioctl(streams[2], termios.TIOCSCTTY, 0)
        for number, theirs in enumerate(streams):
            os.dup2(theirs, number)
        os.closerange(3, 256)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, encoding="utf-8") for number, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        sys.argv = ["portal", *scene.arguments]
        gc.disable()  # it would touch, and so copy, every page of the house
        prepare()
        code = _program()
    except BaseException:  # noqa: BLE001 - whatever it is, this fork must not go on as the house
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                code = code or 71
        os._exit(code)


def _program() -> int:
    from portal_cli import entry  # noqa: PLC0415 - it is there already

    try:
        entry.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _watched(child: int, out: int, err: int, typed: list[bytes] | None, stop_after: bytes) -> Seen:
    """Read what it writes, answer what it asks, and wait for its end."""
    found = {out: b"", err: b""}
    left, until, is_stopped = {out, err}, time.monotonic() + _LONGEST_SECONDS, False
    answered = 0
    while left and time.monotonic() < until:
        for stream in select.select(sorted(left), [], [], _STEP_SECONDS)[0]:
            read = _read(stream)
            found[stream] += read
            if not read:
                left.discard(stream)
        if typed is not None and len(found[err]) > answered and found[err].endswith(_PROMPTS):
            answered = len(found[err])
            os.write(err, typed.pop(0) if typed else _END_OF_INPUT)
        if stop_after and not is_stopped and stop_after in found[out] + found[err]:
            os.kill(child, signal.SIGINT)
            is_stopped = True
    if left:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    for stream in (out, err):
        os.close(stream)
    return Seen(os.waitstatus_to_exitcode(status), *(found[stream].decode() for stream in (out, err)))


def _read(stream: int) -> bytes:
    try:
        return os.read(stream, 65_536)
    except OSError:  # a terminal that nobody has open any more
        return b""
