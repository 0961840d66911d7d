"""A vault that is whole is opened by nobody who may not, and read where it cannot be written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from portal_cli import diagnostics
from portal_cli.diagnostics import ExitCode
from store.client import Client
from store.errors import (
    PortalError,
    SessionEnded,
    StorageFailed,
    VaultDamaged,
    VaultLocked,
    VaultUnsafe,
    WrongPassphrase,
    WrongRecoveryCode,
)
from store.vault import keys, recovery, sessions
from store.vault import vault as vaults
from store.vault.sessions import Moment
from tests.store.vault.building import PROJECT
from tests.support import faults
from tests.support.answering import stored, waiting
from tests.support.faults import (
    COMMITS,
    ITEMS,
    RECORDS,
    body,
    client_of,
    copy_home,
    item,
    settings_in,
    state_of,
    tiny_disk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.config import Settings
    from tests.support.faults import Disk

pytestmark = pytest.mark.usefixtures("silence")
_NOBODY = 65534
_LIKE_OTHERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.getuid() == 0 else ()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with tiny_disk(tmp_path / "disk", 8 << 20) as mounted:
        yield mounted


def refused(settings: Settings, expected: type[PortalError], code: ExitCode, attempt: Callable[[], object]) -> None:
    """Make sure that an attempt is refused, as one error and nothing above it, and leaves the vault alone."""
    before = state_of(settings)
    with pytest.raises(expected) as raised:
        attempt()
    assert type(raised.value) is expected
    assert diagnostics.exit_code(raised.value) is code
    assert state_of(settings) == before


@pytest.fixture(params=["closed", "with a log"])
def vault_home(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A vault that was closed, or one that a kill has left with a log."""
    name = "whole" if request.param == "closed" else "logged"
    home, _ = request.getfixturevalue(name)
    return settings_in(copy_home(home, tmp_path / "home"))


def test_a_wrong_passphrase_changes_nothing_however_often(vault_home: Settings) -> None:
    for number in range(5):
        client = client_of(vault_home, f"not the passphrase {number}")
        refused(vault_home, WrongPassphrase, ExitCode.WRONG_PASSPHRASE, partial(getattr, client, "vault"))
    with client_of(vault_home) as client:
        found = stored(client)
    assert isinstance(found, dict)
    assert list(found.values()).count(body(0)) == 1
    assert len(found) in {RECORDS, RECORDS + COMMITS}


def test_a_wrong_recovery_code_changes_nothing(vault_home: Settings) -> None:
    with client_of(settings_in(vault_home.vault_dir.parent)) as client:
        drawn = client.slots.draw_code()
        client.slots.keep_code(drawn, drawn)
    wrong = recovery.to_text(recovery.new())
    for typed in (wrong, drawn[:-1] + ("0" if drawn[-1] != "0" else "1"), "", "ABCDE"):
        stranger = client_of(vault_home)
        refused(
            vault_home,
            WrongRecoveryCode,
            ExitCode.WRONG_PASSPHRASE,
            partial(stranger.slots.use_code, typed),
        )


def test_a_session_that_is_over_opens_nothing(vault_home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Client(vault_home)
    refused(vault_home, VaultLocked, ExitCode.LOCKED, lambda: nobody.vault)
    with client_of(vault_home) as client:
        client.slots.begin_session(60)
    with Client(vault_home) as client:
        assert client.records.list().total >= RECORDS
    there = sessions.moment()
    for away in (61, -61, 10 * 365 * 86_400, -10 * 365 * 86_400):
        later = Moment(there.now + away, there.boot, there.uptime + 61)
        monkeypatch.setattr(sessions, "moment", lambda now=later: now)
        nobody = Client(vault_home)
        refused(vault_home, SessionEnded, ExitCode.LOCKED, partial(getattr, nobody, "vault"))


def test_the_header_of_another_vault_opens_nothing(vault_home: Settings, tmp_path: Path) -> None:
    other = settings_in(tmp_path / "other")
    with vaults.create(other, b"the passphrase of another", keys.FLOOR):
        pass
    vault_home.header_path.write_bytes(other.header_path.read_bytes())
    refused(vault_home, WrongPassphrase, ExitCode.WRONG_PASSPHRASE, lambda: client_of(vault_home).vault)
    theirs = client_of(vault_home, "the passphrase of another")
    refused(vault_home, VaultDamaged, ExitCode.DAMAGED, lambda: theirs.vault)


@pytest.mark.parametrize(
    ("lowered", "error", "code"),
    [
        ({"memory_kib": 1024}, VaultDamaged, ExitCode.DAMAGED),
        ({"iterations": 1}, VaultDamaged, ExitCode.DAMAGED),
        ({"lanes": 0}, VaultDamaged, ExitCode.DAMAGED),
        ({"name": "scrypt"}, VaultDamaged, ExitCode.DAMAGED),
        ({"memory_kib": keys.FLOOR.memory_kib + 8}, WrongPassphrase, ExitCode.WRONG_PASSPHRASE),
    ],
)
def test_a_header_whose_derivation_was_made_cheaper_is_refused(
    lowered: dict[str, object], error: type[PortalError], code: ExitCode, vault_home: Settings
) -> None:
    document = json.loads(vault_home.header_path.read_bytes())
    document["slots"][0]["kdf"] |= lowered
    vault_home.header_path.write_bytes(json.dumps(document).encode())
    refused(vault_home, error, code, lambda: client_of(vault_home).vault)


def denied_job(name: str, home: Path) -> str:
    """What a job ends in, done by a process that minds the permissions of files."""
    done = subprocess.run(
        [*_LIKE_OTHERS, *faults.command(name, home)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("denied", "mode", "read", "write"),
    [
        ("", 0o700, "", ""),
        ("vault", 0o500, "", "StorageFailed"),
        ("vault", 0o000, "StorageFailed", "StorageFailed"),
        ("vault/vault.db", 0o000, "StorageFailed", "StorageFailed"),
        ("vault/vault.db", 0o400, "", "StorageFailed"),
        ("vault/vault.json", 0o000, "VaultDamaged", "VaultDamaged"),
        (".", 0o500, "", ""),
        (".", 0o000, "StorageFailed", "StorageFailed"),
    ],
)
def test_what_a_user_is_denied_ends_in_words(
    denied: str, mode: int, read: str, write: str, whole: tuple[Path, bytes], tmp_path: Path
) -> None:
    if _LIKE_OTHERS and not shutil.which("setpriv"):
        pytest.skip("root minds no permissions, and setpriv is not installed")
    home = copy_home(whole[0], tmp_path / "home")
    (home / denied).chmod(mode)
    assert denied_job("read", home) == read
    assert denied_job("store", home) == write
    (home / denied).chmod(0o700 if (home / denied).is_dir() else 0o600)
    assert denied_job("read" if write else "erase", home) == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_vault_of_somebody_else_is_not_trusted(vault_home: Settings) -> None:
    os.chown(vault_home.vault_dir, _NOBODY, _NOBODY)
    refused(vault_home, VaultUnsafe, ExitCode.FAILED, lambda: client_of(vault_home).vault)


def test_a_folder_that_others_may_enter_is_not_trusted(vault_home: Settings) -> None:
    vault_home.vault_dir.chmod(0o755)
    refused(vault_home, VaultUnsafe, ExitCode.FAILED, lambda: client_of(vault_home).vault)


@pytest.mark.parametrize("state", ["whole", "logged"])
def test_a_disk_that_became_read_only_can_be_read(state: str, request: pytest.FixtureRequest, disk: Disk) -> None:
    home = copy_home(request.getfixturevalue(state)[0], disk.folder / "home")
    disk.remount("ro")
    settings = settings_in(home)
    with client_of(settings) as client:
        found = stored(client)
        assert isinstance(found, dict)
        assert len(found) == RECORDS + (COMMITS if state == "logged" else 0)
        assert waiting(client) == [item(number) for number in range(ITEMS)]
        assert all(part.is_sound for part in client.checks.run())
        with pytest.raises(StorageFailed), client.vault.transaction():
            pass
        with pytest.raises(StorageFailed):
            client.slots.change_passphrase()
    disk.remount("rw")
    with client_of(settings) as client:
        assert all(part.is_sound for part in client.checks.run())
