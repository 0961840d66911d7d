from __future__ import annotations

import io
import json
import os
import random
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
    VaultNewer,
    VaultUnsafe,
    WrongPassphrase,
    WrongRecoveryCode,
)
from store.services.export_orders import Order
from store.vault import keys, outbox, reading, recovery, sessions
from store.vault import vault as vaults
from store.vault.sessions import Moment
from tests.store.vault.building import PASSPHRASE, PROJECT
from tests.support import faults
from tests.support.faults import (
    ITEMS,
    RECORDS,
    body,
    client_of,
    copy_home,
    flip,
    item,
    make_vault,
    opened,
    settings_in,
    state_of,
    tiny_disk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.config import Settings
    from tests.support.faults import Disk

_PAGE = 4096
_DATABASE_FLIPS, _LOG_FLIPS, _HEADER_FLIPS = 300, 200, 200
_SHOWN = range(0, RECORDS, 3)  # of the records; those beside each other lie on the same pages
_NOBODY = 65534
_LIKE_OTHERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.getuid() == 0 else ()
_COMMITS = 6  # in a log that was left


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A vault that was closed, and its key."""
    home = tmp_path_factory.mktemp("whole") / "home"
    return home, make_vault(settings_in(home))


@pytest.fixture(scope="module")
def logged(whole: tuple[Path, bytes], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """The same one with a log that a crash left, of commits that each bring a record."""
    folder = tmp_path_factory.mktemp("logged")
    with opened(settings_in(copy_home(whole[0], folder / "living")), whole[1]) as client:
        for number in range(RECORDS, RECORDS + _COMMITS):
            with client.vault.transaction() as tx:
                faults.store(tx, range(number, number + 1))
        home = copy_home(folder / "living", folder / "home")
    (home / "vault" / "vault.db-shm").unlink()
    return home, whole[1]


@pytest.fixture
def struck(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with tiny_disk(tmp_path / "disk", 8 << 20) as mounted:
        yield mounted


@pytest.fixture(autouse=True)
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever is damaged, nothing is said of it but what an error says."""
    yield
    assert capfd.readouterr() == ("", "")


def tried(settings: Settings, key: bytes, read: Callable[[Client], object]) -> object:
    """What a read of a vault that is opened for it gives, or the error that it ends in; others are not caught."""
    try:
        with opened(settings, key) as client:
            return read(client)
    except PortalError as error:
        return type(error)


def lay(settings: Settings, content: bytes, log: bytes | None = None) -> None:
    """Put a database, and a log where there is one, in the place of what is there."""
    settings.database_path.write_bytes(content)
    for suffix in ("wal", "shm"):
        settings.database_path.with_name(f"vault.db-{suffix}").unlink(missing_ok=True)
    if log is not None:
        settings.database_path.with_name("vault.db-wal").write_bytes(log)


def show(number: int) -> Callable[[Client], object]:
    return lambda client: client.records.show(f"Observation/record-{number}").fhir


def find(number: int) -> Callable[[Client], object]:
    return lambda client: [row.title for row in client.records.search(f"word{number}").items]


def waiting(client: Client) -> object:
    with client.vault.reading() as connection:
        return outbox.items(connection)


def portals(client: Client) -> object:
    return list(client.portals.list())


def aside(client: Client) -> object:
    """What a sync finds out besides records, what it replaces, and what there is to be reminded of."""
    found_out = ("absence", "quarantine", "change_conflict", "attachment", "attachment_part", "sync_state")
    names = (*found_out, "earlier_version", "reminder_rule", "reminder_delivery")
    with client.vault.reading() as connection:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - our own names


def listed(client: Client) -> object:
    found = client.records.list()
    return found.total, sorted(str(row.id) for row in found.items)


def stored(client: Client) -> object:
    with client.vault.reading() as connection:
        return {row.id: found for row, found in reading.records(client.vault, connection, reading.Filter())}


def is_sound(client: Client) -> object:
    return all(part.is_sound for part in client.checks.run())


def exported(client: Client) -> object:
    """What an export has handed on by the time it ends, or breaks off: nothing but records as they are."""
    stream = io.BytesIO()
    try:
        client.exports.to_stream(Order("ndjson"), stream)
    except VaultDamaged:
        given = stream.getvalue().splitlines()
        assert set(given) <= {body(number) for number in range(RECORDS)}
        raise
    return sorted(stream.getvalue().splitlines())


def answers() -> list[Callable[[Client], object]]:
    named = [aside, waiting, portals, listed, exported, stored]
    return [*map(show, _SHOWN), *map(find, range(0, RECORDS, 10)), *named]


def test_no_page_with_a_flipped_bit_gives_a_wrong_answer(whole: tuple[Path, bytes], struck: Settings) -> None:
    home, key = whole
    copy_home(home, struck.vault_dir.parent)
    reads = answers()
    right = [tried(struck, key, read) for read in reads]
    assert right[: len(_SHOWN)] == [body(number) for number in _SHOWN]
    assert right[-5] == [item(number) for number in range(ITEMS)]
    content = (home / "vault" / "vault.db").read_bytes()
    chance = random.Random(20261124)
    refused = set()
    for page in range(len(content) // _PAGE):
        damaged = flip(content, page * _PAGE * 8 + chance.randrange(_PAGE * 8))
        for place, read in enumerate(reads):
            lay(struck, damaged)
            found = tried(struck, key, read)
            assert found in (right[place], VaultDamaged), (page, place, found)
            if found is VaultDamaged:
                refused.add(page)
        lay(struck, damaged)
        assert tried(struck, key, is_sound) in (False, VaultDamaged), page
    assert len(refused) > len(content) // _PAGE // 2  # the others are indexes that none of these reads uses


def test_a_database_that_was_cut_short_at_any_page_is_refused(whole: tuple[Path, bytes], struck: Settings) -> None:
    home, key = whole
    copy_home(home, struck.vault_dir.parent)
    content = (home / "vault" / "vault.db").read_bytes()
    right = tried(struck, key, stored)
    for size in range(0, len(content), _PAGE):
        lay(struck, content[:size])
        assert tried(struck, key, stored) in (right, VaultDamaged), size
        lay(struck, content[:size])
        assert tried(struck, key, waiting) in ([item(number) for number in range(ITEMS)], VaultDamaged), size
        lay(struck, content[:size])
        assert tried(struck, key, is_sound) in (False, VaultDamaged), size


def test_random_flips_in_the_database_give_the_right_answer_or_none(
    whole: tuple[Path, bytes], struck: Settings
) -> None:
    home, key = whole
    copy_home(home, struck.vault_dir.parent)
    content = (home / "vault" / "vault.db").read_bytes()
    reads = (stored, waiting, portals, listed, show(8))
    right = [tried(struck, key, read) for read in reads]
    chance = random.Random(20261124)
    for number in range(_DATABASE_FLIPS):
        lay(struck, flip(content, chance.randrange(len(content) * 8)))
        assert tried(struck, key, reads[number % len(reads)]) in (right[number % len(reads)], VaultDamaged), number


def test_random_flips_in_a_log_give_a_state_that_was_committed(logged: tuple[Path, bytes], struck: Settings) -> None:
    """A log ends where it stops adding up: damage in it takes the last commits away, and mixes nothing."""
    home, key = logged
    copy_home(home, struck.vault_dir.parent)
    content, log = ((home / "vault" / name).read_bytes() for name in ("vault.db", "vault.db-wal"))
    states = [{f"record-{number}": body(number) for number in range(RECORDS + more)} for more in range(_COMMITS + 1)]
    lay(struck, content, log)
    assert tried(struck, key, stored) == states[-1]
    chance = random.Random(20261124)
    lost = 0
    for number in range(_LOG_FLIPS):
        lay(struck, content, flip(log, chance.randrange(len(log) * 8)))
        found = tried(struck, key, stored)
        assert found in [*states, VaultDamaged], number
        lost += found != states[-1]
    assert lost > _LOG_FLIPS // 2


def test_random_flips_in_the_header_open_the_vault_or_are_refused(whole: tuple[Path, bytes], struck: Settings) -> None:
    """A flip in a slot leaves nothing to tell it by: its tag fails, as it does with a wrong passphrase."""
    home, _ = whole
    copy_home(home, struck.vault_dir.parent)
    content = struck.header_path.read_bytes()
    chance = random.Random(20261124)
    seen = set()
    for number in range(_HEADER_FLIPS):
        struck.header_path.write_bytes(flip(content, chance.randrange(len(content) * 8)))
        try:
            with vaults.unlock(struck, PASSPHRASE) as vault:
                assert vault.key == whole[1]
        except (WrongPassphrase, VaultDamaged, VaultNewer) as error:
            seen.add(type(error))
        assert struck.header_path.read_bytes() != content, number
    assert seen >= {WrongPassphrase, VaultDamaged}
    struck.header_path.write_bytes(content.replace(b'"format": 1', b'"format": 3'))
    with pytest.raises(VaultNewer):
        vaults.unlock(struck, PASSPHRASE)
    struck.header_path.write_bytes(content)
    with vaults.unlock(struck, PASSPHRASE) as vault:
        assert vault.key == whole[1]


# What is wrong and not damaged


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
    assert len(found) in {RECORDS, RECORDS + _COMMITS}


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


# What may be read and not written, or not even that


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
        assert len(found) == RECORDS + (_COMMITS if state == "logged" else 0)
        assert waiting(client) == [item(number) for number in range(ITEMS)]
        assert all(part.is_sound for part in client.checks.run())
        with pytest.raises(StorageFailed), client.vault.transaction():
            pass
        with pytest.raises(StorageFailed):
            client.slots.change_passphrase()
    disk.remount("rw")
    with client_of(settings) as client:
        assert all(part.is_sound for part in client.checks.run())
