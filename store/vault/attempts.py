"""Failed unlocks: noted in clear beside the vault, since nobody has the key then, and taken into the trail later.

A line says when and at which kind of slot, nothing else. Whoever can write to the folder can remove the file: it tells
an honest owner of a clumsy thief, and stops no other.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import StorageFailed
from store.light import dataclass
from store.vault import files, locks
from store.vault.audit import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.vault.vault import Vault

_MAX_BYTES = 64 * 1024
_LOCK_SECONDS = 2
_SETTING = "attempts_folded"


@dataclass(frozen=True)
class Attempt:
    """One failed unlock: when, in seconds since 1970 UTC, and at which type of slot."""

    at: int
    slot: str


def note(settings: Settings, slot: str, at: int) -> None:
    """Note a failed unlock, unless the disk refuses or far too many are noted already."""
    path = settings.attempts_path
    with contextlib.suppress(OSError, StorageFailed):
        if not path.exists() or path.stat().st_size < _MAX_BYTES:
            files.append(path, json.dumps({"at": at, "slot": slot}).encode("ascii") + b"\n")


def is_empty(settings: Settings) -> bool:
    """Whether there is nothing to take into the trail. Raises StorageFailed when the folder cannot be read."""
    with files.refusals(settings.attempts_path):
        return not settings.attempts_path.exists() and not _moved(settings)


def fold(settings: Settings, vault: Vault) -> None:
    """Take what was noted into the audit trail, each line once whatever interrupts it. Raises StorageFailed.

    The file is moved aside first, so that no later line is lost; the name it gets is stored with its lines, so that
    one whose removal was interrupted is known.
    """
    path = settings.attempts_path
    with files.refusals(path), locks.alone(path.with_name("fold.lock"), _LOCK_SECONDS):
        _fold_moved(settings, vault)  # first: only the name of the last one that was taken is known
        if path.exists():
            import secrets  # noqa: PLC0415 - there are attempts at few vaults

            path.rename(path.with_name(f"{path.name}.{secrets.token_hex(8)}"))
            failpoints.reach("attempts.moved")
            _fold_moved(settings, vault)


def _fold_moved(settings: Settings, vault: Vault) -> None:
    for moved in _moved(settings):
        _fold_one(vault, moved)
        moved.unlink(missing_ok=True)
        failpoints.reach("attempts.removed")


def _fold_one(vault: Vault, moved: Path) -> None:
    noted = _read(moved)
    with vault.transaction() as tx:
        row = tx.connection.execute("SELECT value FROM setting WHERE name = ?", (_SETTING,)).fetchone()
        if row and row[0] == moved.name:
            return
        for attempt in noted:
            tx.audit(Entry("unlock failed", f"{attempt.slot}, {_utc(attempt.at)}", actor="somebody"))
        tx.connection.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_SETTING, moved.name),
        )


def _moved(settings: Settings) -> list[Path]:
    return sorted(settings.attempts_path.parent.glob(f"{settings.attempts_path.name}.*"))


def _read(path: Path) -> tuple[Attempt, ...]:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, "rb") as file:
        lines = file.read(2 * _MAX_BYTES).splitlines()
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError, RecursionError):
            entry = json.loads(line)
            found.append(Attempt(int(entry["at"]), str(entry["slot"])[:40].encode("ascii", "replace").decode("ascii")))
    return tuple(found)


def _utc(at: int) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    except (OverflowError, ValueError, OSError):
        return "at an impossible time"
