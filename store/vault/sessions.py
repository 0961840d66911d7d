"""Sessions: a vault that stays open for a while, for every command of one user, without a secret in the environment.

`begin` puts a random key into the session file (JSON lines, readable by its owner only, outside the vault) and the
slot that this key opens into `sessions/` of the vault. Either without the other opens nothing. A session ends when
its time is over by the clock, when the system was started again, when more time has passed since it began than was
given (so that a clock that is set back revives nothing), and when `end_all` removes the slots.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.errors import StorageFailed, VaultUnsafe
from store.light import dataclass
from store.vault import files, keys, locks, slots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from store.config import Settings
    from store.vault.slots import Slot

MAX_SECONDS = 12 * 60 * 60
_MAX_FILE_BYTES = 64 * 1024
_LOCK_SECONDS = 10
_ENDED = "ended"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Moment:
    """What the clocks of this system say: seconds since 1970 UTC, the id of this boot, and seconds since it."""

    now: int
    boot: str
    uptime: int


def moment() -> Moment:
    """The present moment."""
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        boot = ""  # no such file on this system; the clock alone decides
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return Moment(int(time.time()), boot, int(time.clock_gettime(clock) if clock is not None else time.monotonic()))


@dataclass(frozen=True)
class Session:
    """A session that is under way. Times are in seconds since 1970 UTC."""

    id: str
    created: int
    expires: int


def begin(settings: Settings, vault_key: bytes, vault_id: str, seconds: int, at: Moment) -> Session:
    """Begin a session beside those there are. Raises StorageFailed, VaultUnsafe."""
    wrapping_key = keys.new_key()
    fields = {
        "id": slots.new_id(),
        "type": slots.SESSION,
        "created": at.now,
        "expires": at.now + seconds,
        "boot": at.boot,
        "uptime": at.uptime,
    }
    slot = slots.sealed(vault_key, vault_id, fields, wrapping_key)
    folder = settings.sessions_dir
    with files.refusals(folder):
        if not folder.exists():
            files.make_private_folder(folder)
    path = session_file(settings)
    with _alone(path):
        line = {"vault": vault_id, "session": slot.id, "key": base64.b64encode(wrapping_key).decode("ascii")}
        known = [other for other in _lines(path) if other.get("vault") != vault_id or _is_live(settings, other, at)]
        files.replace(path, "".join(json.dumps(entry) + "\n" for entry in (*known, line)).encode("ascii"))
    files.replace(folder / f"{slot.id}.json", json.dumps(slot.document()).encode("ascii"))  # last: now it opens
    return _session(slot)


def vault_key(settings: Settings, vault_id: str, at: Moment) -> bytes | None:
    """The vault key by way of a session; None when there is none under way. Removes those that are over."""
    try:
        path = session_file(settings)
        lines = _lines(path)
    except (StorageFailed, VaultUnsafe):
        return None
    for line in lines:
        if line.get("vault") != vault_id:
            continue
        slot = _slot(settings, str(line.get("session")))
        if slot is None:
            continue
        try:
            found = slot.unwrap(vault_id, base64.b64decode(str(line.get("key")), validate=True))
        except (keys.UnwrapFailed, ValueError):
            continue
        if not is_over(slot, at):
            return found
        _remove(settings, slot.id)
    return None


def has_ended(settings: Settings, vault_id: str) -> bool:
    """Whether the session file speaks of a session of this vault, though none opens it."""
    with contextlib.suppress(StorageFailed, VaultUnsafe):
        return any(line.get("vault") == vault_id for line in _lines(session_file(settings)))
    return False


def under_way(settings: Settings, at: Moment) -> tuple[Session, ...]:
    """The sessions whose time is not over, oldest first."""
    found = [slot for slot in _slots(settings) if not is_over(slot, at)]
    return tuple(sorted(map(_session, found), key=lambda session: session.created))


def end_all(settings: Settings, vault_id: str | None) -> int:
    """End every session, wherever its key lies; returns how many slots there were. Raises StorageFailed."""
    ended = 0
    with files.refusals(settings.sessions_dir):
        for path in list(_paths(settings)):
            path.unlink(missing_ok=True)
            ended += 1
        for remains in settings.sessions_dir.glob(".*.new"):  # of sessions whose beginning was interrupted
            remains.unlink(missing_ok=True)
        if settings.vault_dir.is_dir():
            settings.sessions_dir.mkdir(mode=0o700, exist_ok=True)
            (settings.sessions_dir / _ENDED).touch(mode=0o600)
            files.sync_folder(settings.sessions_dir)
    with contextlib.suppress(StorageFailed, VaultUnsafe):
        _forget(session_file(settings), vault_id)
    return ended


def _forget(path: Path, vault_id: str | None) -> None:
    """Remove the keys of a vault's sessions, or of everybody's, from the session file. Raises StorageFailed."""
    with files.refusals(path):
        if not path.exists():
            return
        with _alone(path):
            others = [line for line in _lines(path) if vault_id is not None and line.get("vault") != vault_id]
            if others:
                files.replace(path, "".join(json.dumps(line) + "\n" for line in others).encode("ascii"))
            else:
                path.unlink(missing_ok=True)


def last_end(settings: Settings) -> int:
    """When every session was ended last, in nanoseconds since 1970 UTC; 0 when none ever was."""
    try:
        return (settings.sessions_dir / _ENDED).stat().st_mtime_ns
    except OSError:
        return 0


def is_over(slot: Slot, at: Moment) -> bool:
    """Whether a session's time is over, or its clocks are not to be trusted."""
    numbers = [slot.fields.get(name) for name in ("created", "expires", "uptime")]
    if not all(type(number) is int for number in numbers):
        return True
    created, expires, uptime = (int(number) for number in numbers if number is not None)
    lasts = expires - created
    if not 0 < lasts <= MAX_SECONDS or not created <= at.now < expires:
        return True
    if slot.fields.get("boot") != at.boot:
        return True
    return bool(at.boot) and not 0 <= at.uptime - uptime < lasts


def session_file(settings: Settings) -> Path:
    """Where the keys of sessions lie: as set, else in the user's runtime folder. Raises StorageFailed, VaultUnsafe."""
    if settings.session_file is not None:
        return settings.session_file
    if settings.runtime_dir is not None:
        return settings.runtime_dir / "portal-session"
    folder = _fallback()
    if folder is None:
        raise StorageFailed(Path("portal-session"), "this system has no private folder for it; set PORTAL_SESSION_FILE")
    with files.refusals(folder), contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    files.check_private(folder)
    return folder / "portal-session"


def _fallback() -> Path | None:
    """A folder of this user's in memory, on systems that set no XDG_RUNTIME_DIR; on macOS the user's own."""
    if sys.platform == "darwin":
        import tempfile  # noqa: PLC0415 - only macOS needs it

        return Path(tempfile.gettempdir()) / "portal"
    shared = Path("/dev/shm")  # noqa: S108 - a folder inside it is made for this user alone, and checked
    return shared / f"portal-{os.getuid()}" if hasattr(os, "getuid") and shared.is_dir() else None


def _alone(path: Path) -> AbstractContextManager[None]:
    return locks.alone(path.with_name(f"{path.name}.lock"), _LOCK_SECONDS)


def _lines(path: Path) -> list[dict[str, Any]]:
    """What the session file says; empty when it is not there. Raises VaultUnsafe, StorageFailed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageFailed(path, files.reason(error)) from error
    with files.refusals(path), os.fdopen(descriptor, "rb") as file:
        files.check_private(path)
        content = file.read(_MAX_FILE_BYTES)
    found: list[dict[str, Any]] = []
    for line in content.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            entry = json.loads(line)
            if isinstance(entry, dict):
                found.append(entry)
    return found


def _is_live(settings: Settings, line: dict[str, Any], at: Moment) -> bool:
    slot = _slot(settings, str(line.get("session")))
    return slot is not None and not is_over(slot, at)


def _slot(settings: Settings, session_id: str) -> Slot | None:
    if not session_id or not all(sign.isalnum() or sign == "-" for sign in session_id):
        return None
    try:
        content = (settings.sessions_dir / f"{session_id}.json").read_bytes()[:_MAX_FILE_BYTES]
        return slots.read(json.loads(content))
    except (OSError, ValueError, RecursionError):
        return None


def _slots(settings: Settings) -> Iterator[Slot]:
    for path in _paths(settings):
        slot = _slot(settings, path.stem)
        if slot is not None:
            yield slot


def _paths(settings: Settings) -> Iterator[Path]:
    if settings.sessions_dir.is_dir():
        yield from sorted(settings.sessions_dir.glob("*.json"))


def _remove(settings: Settings, session_id: str) -> None:
    with contextlib.suppress(OSError):
        (settings.sessions_dir / f"{session_id}.json").unlink(missing_ok=True)


def _session(slot: Slot) -> Session:
    return Session(slot.id, int(slot.fields["created"]), int(slot.fields["expires"]))
