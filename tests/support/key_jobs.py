"""Jobs that change what opens the vault: passphrases, the recovery code, sessions and a new vault key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.vault import sessions
from tests.support.scenes import (
    CODE,
    NEW_CODE,
    SESSION_SECONDS,
    Seen,
    check_sound,
    client_in,
    key_with,
    opened,
    opens_by_session,
    prepare_attempts,
    seen,
    settings_in,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workload import Acknowledge


def run_passphrase(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.change_passphrase()
        acknowledge("changed")


def verify_passphrase(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder, ("new", "code"), *(() if acks else (("old", "code"),)))


def resume_passphrase(folder: Path) -> None:
    if key_with(folder, "old"):
        run_passphrase(folder, lambda _: None)


def run_code(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.unlock()
        client.slots.keep_code(NEW_CODE, NEW_CODE)
        acknowledge("new code")
        client.slots.use_code(NEW_CODE)
        acknowledge("new passphrase")


def verify_code(folder: Path, acks: tuple[str, ...]) -> None:
    steps = [("old", "code"), ("old", "new code"), ("new", "new code")]
    check_sound(folder, *steps[len(acks) : len(acks) + 2])


def resume_code(folder: Path) -> None:
    with opened(folder) as client:
        if not key_with(folder, "new code"):
            client.slots.keep_code(NEW_CODE, NEW_CODE)
        if not key_with(folder, "new"):
            client.slots.use_code(NEW_CODE)


def prepare_rotation(folder: Path) -> None:
    """Begin with a vault in a session, and a copy of its key to tell it by."""
    prepare_attempts(folder)
    with client_in(folder) as client:
        client.slots.begin_session(SESSION_SECONDS)
    (folder / "key").write_bytes(key_with(folder, "old") or b"")


def _is_rotated(folder: Path) -> bool:
    return key_with(folder, "old") != (folder / "key").read_bytes()


def run_rotate(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.rotate(lambda: CODE)
        acknowledge("rotated")


def verify_rotate(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder, ("old", "code"))
    assert key_with(folder, "old") == key_with(folder, "code")
    assert _is_rotated(folder) or not acks
    assert not _is_rotated(folder) or not opens_by_session(folder)


def resume_rotate(folder: Path) -> None:
    check_sound(folder, ("old", "code"))
    if not _is_rotated(folder):
        run_rotate(folder, lambda _: None)


def run_session(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.begin_session(SESSION_SECONDS)
        acknowledge("begun")
        with client_in(folder, None) as other:
            other.unlock()
        acknowledge("ending")
        client.slots.end_sessions()
        acknowledge("ended")


def verify_session(folder: Path, acks: tuple[str, ...]) -> None:
    opens = opens_by_session(folder)
    assert opens or acks != ("begun",)
    assert not opens or acks != ("begun", "ending", "ended")
    check_sound(folder, ("old", "code"))


def resume_session(folder: Path) -> None:
    with client_in(folder) as client:
        client.slots.begin_session(SESSION_SECONDS)
    assert opens_by_session(folder)
    with client_in(folder) as client:
        client.slots.end_sessions()
    assert not opens_by_session(folder)


def see_sessions(folder: Path) -> Seen:
    settings = settings_in(folder)
    left = [len(sessions.under_way(settings, sessions.moment())), (folder / "run" / "session").exists()]
    return replace(seen(folder), more=left)
