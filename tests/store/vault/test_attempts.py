from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest

from store import failpoints
from store.errors import StorageFailed, WrongPassphrase
from store.vault import attempts, audit, files
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.vault.vault import Vault

AT = 1_764_000_000


class Killed(BaseException):
    """Stands for the end of the process at a step."""


def failed(vault: Vault) -> list[str]:
    with vault.reading() as connection:
        return [line.what for line in reversed(audit.lines(connection, audit.Filter(action="unlock failed")))]


def moved(settings: Settings) -> list[Path]:
    return list(settings.vault_dir.glob("attempts.*"))


def test_a_failed_unlock_is_noted_without_what_was_tried(vault: Vault, settings: Settings) -> None:
    assert attempts.is_empty(settings)
    with pytest.raises(WrongPassphrase):
        vaults.unlock(settings, b"my guess")
    (line,) = settings.attempts_path.read_text().splitlines()
    assert json.loads(line).keys() == {"at", "slot"}
    assert settings.attempts_path.stat().st_mode & 0o777 == 0o600
    assert not attempts.is_empty(settings)
    assert failed(vault) == []


def test_the_next_unlock_takes_what_was_noted_into_the_trail(vault: Vault, settings: Settings) -> None:
    attempts.note(settings, "passphrase", AT)
    attempts.note(settings, "recovery", AT + 1)
    vaults.unlock(settings, PASSPHRASE).close()
    assert failed(vault) == ["passphrase, 2025-11-24T16:00:00Z", "recovery, 2025-11-24T16:00:01Z"]
    assert attempts.is_empty(settings)
    vaults.unlock(settings, PASSPHRASE).close()
    assert len(failed(vault)) == 2
    with vault.reading() as connection:
        (line, _) = audit.lines(connection, audit.Filter(action="unlock failed"))
        assert line.actor == "somebody"
        assert audit.verify(connection) == []


@pytest.mark.parametrize("step", ["attempts.moved", "vault.commit", "vault.committed", "attempts.removed"])
def test_each_line_is_taken_once_wherever_that_is_interrupted(
    vault: Vault, settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def reach(name: str) -> None:
        if name == step:
            raise Killed

    names = iter(["f" * 16, "0" * 16])  # the later one comes first when they are sorted
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(names))
    attempts.note(settings, "passphrase", AT)
    with monkeypatch.context() as killed:
        killed.setattr(failpoints, "reach", reach)
        with pytest.raises(Killed):
            attempts.fold(settings, vault)
    attempts.note(settings, "recovery", AT)
    attempts.fold(settings, vault)
    attempts.fold(settings, vault)
    assert sorted(failed(vault)) == ["passphrase, 2025-11-24T16:00:00Z", "recovery, 2025-11-24T16:00:00Z"]
    assert attempts.is_empty(settings)
    assert moved(settings) == []


def test_a_file_that_could_not_be_removed_is_not_taken_again(vault: Vault, settings: Settings) -> None:
    attempts.note(settings, "passphrase", AT)
    content = settings.attempts_path.read_bytes()
    attempts.fold(settings, vault)
    with vault.reading() as connection:
        (name,) = connection.execute("SELECT value FROM setting WHERE name = 'attempts_folded'").fetchone()
    (settings.vault_dir / name).write_bytes(content)
    attempts.fold(settings, vault)
    assert len(failed(vault)) == 1
    assert moved(settings) == []


def test_somebody_who_guesses_for_days_does_not_fill_the_disk(vault: Vault, settings: Settings) -> None:
    for number in range(5000):
        attempts.note(settings, "passphrase", number)
    assert settings.attempts_path.stat().st_size < 64 * 1024 + 100
    attempts.fold(settings, vault)
    assert 1000 < len(failed(vault)) < 5000
    assert failed(vault)[0] == "passphrase, 1970-01-01T00:00:00Z"


def test_lines_that_make_no_sense_are_passed_over(vault: Vault, settings: Settings) -> None:
    lines = ["", "{", "[]", "{}", '{"at": "x", "slot": 1}', '{"at": 1e400, "slot": ""}', "[" * 50_000]
    lines += ['{"at": 99999999999999999999, "slot": "%s"}' % ("s" * 100)]
    settings.attempts_path.write_text("\n".join(lines) + "\n")
    attempts.fold(settings, vault)
    assert failed(vault) == ["s" * 40 + ", at an impossible time"]
    settings.attempts_path.write_text('{"at": 0, "slot": "\\ud800"}\n')
    attempts.fold(settings, vault)
    assert failed(vault)[1:] == ["?, 1970-01-01T00:00:00Z"]


def test_a_link_in_place_of_the_file_is_not_followed(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text('{"at": 1, "slot": "secret"}\n')
    settings.attempts_path.symlink_to(tmp_path / "victim")
    attempts.note(settings, "passphrase", AT)
    assert len((tmp_path / "victim").read_text().splitlines()) == 1
    with pytest.raises(StorageFailed):
        attempts.fold(settings, vault)
    assert failed(vault) == []


def test_a_disk_that_refuses_does_not_hide_that_the_passphrase_was_wrong(
    vault: Vault, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, _: bytes) -> None:
        raise StorageFailed(path, "the disk is full", 1)

    assert vault.id
    monkeypatch.setattr(files, "append", refuse)
    with pytest.raises(WrongPassphrase):
        vaults.unlock(settings, b"guess")
