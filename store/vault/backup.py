"""Backups: one file that holds the vault as it was at one moment, as encrypted as the vault itself.

A backup is a tar archive (POSIX, not compressed) of two members: `vault.json`, a header with the passphrase and
recovery slots that the vault had, and `vault.db`, a SQLCipher database under the vault key of that day. Unpacked into
an empty folder it is a vault.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from store import failpoints
from store.errors import FileInTheWay, InvalidInput, NotFound, StorageFailed, VaultDamaged
from store.vault import audit, copying, engine, files, folders, header, migrations, slots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.config import Settings
    from store.vault.engine import DbConnection
    from store.vault.header import Header
    from store.vault.vault import Vault

_PORTABLE = frozenset({slots.PASSPHRASE, slots.RECOVERY})
_CHUNK = 1 << 20
_SPARE_BYTES = 1 << 16


@dataclass(frozen=True)
class Restored:
    """What a restore did: the schema the backup had, where the vault that gave way is kept, and unsent requests.

    `carried` is how many lines of the audit trail came over from the vault that gave way, `unsent` how many requests
    of the backup will be looked up at their portal before they are sent.
    """

    kept: Path | None
    carried: int
    unsent: int


def write(settings: Settings, vault: Vault, target: Path, *, with_tokens: bool, replaces: bool) -> int:
    """Write a backup of an open vault and read it back; returns its size in bytes. Others may go on writing.

    Raises FileInTheWay when there is a file and `replaces` is False, InvalidInput when what is there is none,
    StorageFailed, VaultDamaged when what was written does not read back.
    """
    if os.path.lexists(target) and not replaces:
        raise FileInTheWay(target)
    files.check_replaceable(target)
    vault.note(audit.Entry("backup", "with tokens" if with_tokens else "without tokens"))
    with files.refusals(target):
        return _write(settings, vault, target, with_tokens=with_tokens, replaces=replaces)


def before_migration(settings: Settings, vault: Vault) -> None:
    """Write the backup that is made before a schema is brought up to date, in place of any earlier one."""
    target = settings.vault_dir / f"before-schema-{migrations.LATEST}.backup"
    if not target.exists():  # an interrupted migration has one, of the same state
        _write(settings, vault, target, with_tokens=False, replaces=True)
    for other in settings.vault_dir.glob("before-schema-*.backup"):
        if other != target:
            other.unlink(missing_ok=True)


def _write(settings: Settings, vault: Vault, target: Path, *, with_tokens: bool, replaces: bool) -> int:
    if not target.parent.is_dir():
        raise StorageFailed(target, "its folder does not exist")
    beside = files.beside(target, secrets.token_hex(4))
    with folders.building(settings) as folder:
        database, clear = folder / settings.database_path.name, folder / settings.header_path.name
        copying.copy(vault.connection(), database, vault.key, None if with_tokens else _drop_tokens)
        header.write(clear, _portable(header.read(settings.header_path)))
        try:
            files.check_room(beside, database.stat().st_size + _SPARE_BYTES)
            _pack(beside, (clear, database))
            _compare(beside, (clear, database))
            failpoints.reach("backup.packed")
            _place(beside, target, replaces=replaces)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    return target.stat().st_size


def look(file: Path, settings: Settings) -> Header:
    """The header of a backup. Raises VaultDamaged when the file is none, NotFound, InvalidInput when it is a folder."""
    with _opened(file, settings) as members:
        return header.from_bytes(members[settings.header_path.name].read(_CHUNK), file)


def unpack(file: Path, folder: Path, settings: Settings) -> None:
    """Unpack a backup into an empty folder. Raises VaultDamaged, StorageFailed."""
    with _opened(file, settings) as members:
        files.check_room(folder, file.stat().st_size)
        for name, content in members.items():
            _write_private(folder / name, content)


def _stream(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except FileNotFoundError as error:
        raise NotFound("backup", str(file)) from error
    except IsADirectoryError as error:
        raise InvalidInput(f"{file} is a folder, and no backup") from error


@contextmanager
def _opened(file: Path, settings: Settings) -> Iterator[dict[str, IO[bytes]]]:
    """The members of a backup, by name. Raises VaultDamaged when there are others, or fewer."""
    wanted = {settings.header_path.name, settings.database_path.name}
    try:
        with _stream(file) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            members = archive.getmembers()
            streams = {member.name: archive.extractfile(member) for member in members if member.isreg()}
            if set(streams) != wanted or len(members) != len(wanted):
                raise VaultDamaged(file, "it is no backup of a vault")
            yield {name: content for name, content in streams.items() if content is not None}
    except (tarfile.TarError, EOFError) as error:
        raise VaultDamaged(file, "it is no backup of a vault, or it was cut short") from error
    except OSError as error:
        raise VaultDamaged(file, f"it cannot be read: {files.reason(error)}") from error


def make_ready(settings: Settings, folder: Path, key: bytes, current: Vault | None) -> Restored:
    """Check an unpacked backup, bring it up to date, and let it go on from `current`, the vault that gives way.

    Lines that the audit trail of the same vault got since the backup are carried over. Requests that waited when the
    backup was made may have been sent since: they become `unknown`, to be looked up before they are sent.
    Raises VaultDamaged when a page or a table of it is not sound.
    """
    database = folder / settings.database_path.name
    copying.verify(database, key)
    connection = engine.connect(database, key)
    try:
        with engine.translated(database):
            engine.prepare_new(connection)
            if migrations.current(connection) == 0:
                raise VaultDamaged(database, "it is empty")
            migrations.migrate(connection, database, key)
            connection.execute("BEGIN IMMEDIATE")
            later = _later_lines(connection, current)
            for line in later:
                audit.append(connection, audit.Entry(line.action, line.what, line.subject, line.actor), line.at)
            unsent = connection.execute(
                "UPDATE outbox_item SET state = 'unknown' WHERE state IN ('queued', 'sending')"
            ).rowcount
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    return Restored(None, len(later), int(unsent))


def put_in_place(settings: Settings, folder: Path, restored: Restored) -> Restored:
    """Let a folder that is ready take the vault's place; the vault that was there is kept beside it."""
    with files.refusals(settings.vault_dir):
        is_there = settings.vault_dir.exists() and any(settings.vault_dir.iterdir())
    if is_there:
        return replace(restored, kept=folders.exchange(settings, folder, keeps_old=True))
    folders.put_in_place(settings, folder)
    return restored


def _later_lines(connection: DbConnection, current: Vault | None) -> list[audit.Line]:
    """Lines that the current vault's trail has and the backup's has not; none when the one does not go on the other."""
    if current is None:
        return []
    last = audit.head(connection)
    try:
        with current.reading() as other:
            there = {line.number: line for line in audit.lines(other)}
    except VaultDamaged:
        return []  # it is kept beside, with what can be read of it
    known = there.get(last.number)
    if last.number and (known is None or known.mac != last.mac):
        return []
    return [there[number] for number in sorted(there) if number > last.number]


def _portable(found: Header) -> Header:
    return replace(found, slots=tuple(slot for slot in found.slots if slot.type in _PORTABLE))


def _drop_tokens(connection: DbConnection, schema: str) -> None:
    connection.execute(
        f"UPDATE {schema}.connection SET access_token = NULL, refresh_token = NULL, access_expires = 0"  # noqa: S608 - our own name
    )


def _pack(target: Path, members: tuple[Path, ...]) -> None:
    with files.refusals(target):
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for path in members:
                    member = tarfile.TarInfo(path.name)
                    member.size, member.mode, member.mtime = path.stat().st_size, 0o600, int(time.time())
                    with path.open("rb") as content:
                        archive.addfile(member, content)
                    failpoints.reach("backup.member")
            stream.flush()
            os.fsync(stream.fileno())


def _place(beside: Path, target: Path, *, replaces: bool) -> None:
    """Give a file its name, where a file that has come there meanwhile is not replaced unless that is wanted."""
    with files.refusals(target):
        if replaces:
            beside.replace(target)
        else:
            try:
                target.hardlink_to(beside)
            except FileExistsError as error:
                raise FileInTheWay(target) from error
            except OSError:  # a disk without hard links
                beside.replace(target)
        failpoints.reach("backup.placed")
        files.sync_folder(target.parent)


def _compare(target: Path, members: tuple[Path, ...]) -> None:
    """Read a backup back and compare it with what went into it."""
    with (
        files.refusals(target),
        target.open("rb") as stream,
        tarfile.open(fileobj=stream, mode="r:") as archive,
    ):
        for path in members:
            packed = archive.extractfile(path.name)
            with path.open("rb") as content:
                if packed is None or not _is_same(packed, content):
                    raise VaultDamaged(target, "it does not read back as it was written")


def _is_same(one: IO[bytes], other: IO[bytes]) -> bool:
    while True:
        first, second = one.read(_CHUNK), other.read(_CHUNK)
        if first != second:
            return False
        if not first:
            return True


def _write_private(path: Path, content: IO[bytes]) -> None:
    files.create_empty(path)
    with files.refusals(path), path.open("r+b") as file:
        shutil.copyfileobj(content, file, _CHUNK)
        file.flush()
        os.fsync(file.fileno())
    failpoints.reach("restore.member")
