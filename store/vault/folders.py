"""The vault's folder as a whole: built beside its place, put there, exchanged for another, and swept after a kill.

Names beside the folder `vault`: `vault.HEX.new` is being built and means nothing yet; `vault.next` is whole and about
to take the vault's place; `vault.HEX.old` gave way to it and is to be removed; `vault.replaced-TIME` was put aside by
a restore for its owner to keep. An exchange is two renames with `vault.next` as the mark between them: whoever
finds no vault but a `vault.next` makes the second one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import StorageFailed, VaultExists
from store.vault import files, header, whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.config import Settings

_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})


@contextlib.contextmanager
def building(settings: Settings) -> Iterator[Path]:
    """A new private folder beside the vault to build another one in; removed when an error leaves the block."""
    folder = settings.vault_dir.with_name(f"{settings.vault_dir.name}.{os.urandom(4).hex()}.new")
    files.make_private_folder(folder)
    try:
        yield folder
    except BaseException:
        import shutil  # noqa: PLC0415 - a process that only reads builds nothing

        shutil.rmtree(folder, ignore_errors=True)
        raise


def put_in_place(settings: Settings, folder: Path) -> None:
    """Make a folder that was built the vault, where there is none. Raises VaultExists, StorageFailed."""
    target = settings.vault_dir
    try:
        files.sync_folder(folder)
        with contextlib.suppress(FileNotFoundError):
            target.rmdir()  # an empty folder gives way; one that holds anything stops us
        failpoints.reach("folder.built")
        folder.rename(target)
        failpoints.reach("folder.placed")
    except OSError as error:
        if error.errno in _TAKEN:
            raise VaultExists(target) from error
        with files.refusals(target):
            raise
    with files.refusals(target):
        files.sync_folder(target.parent)


def exchange(settings: Settings, folder: Path, *, keeps_old: bool) -> Path | None:
    """Put a folder that was built in the vault's place; returns where the old one is kept, or None when it is gone.

    Whoever calls this holds the vault's lock alone. Raises StorageFailed.
    """
    target, ready = settings.vault_dir, whereabouts.ready(settings)
    with files.refusals(target):
        files.sync_folder(folder)
        if ready.exists():
            _remove(settings, ready)
        folder.rename(ready)
        files.sync_folder(target.parent)
        failpoints.reach("folder.ready")
        aside = _aside(settings) if keeps_old else _old(settings)
        target.rename(aside)
        files.sync_folder(target.parent)
        failpoints.reach("folder.aside")
        _finish(settings)
    if keeps_old:
        return aside
    _remove(settings, aside)
    return None


def is_tidy(settings: Settings) -> bool:
    """Whether nothing that was interrupted lies beside the vault."""
    return not any(_unfinished(settings))


def tidy(settings: Settings) -> None:
    """Finish or take back what was interrupted. Whoever calls this holds the vault's lock alone.

    Raises StorageFailed when an exchange cannot be finished; what cannot be removed stays for the next time.
    """
    with files.refusals(settings.vault_dir):
        if whereabouts.is_ready(settings):
            _finish(settings)
    for folder in list(_unfinished(settings)):
        with contextlib.suppress(StorageFailed):
            _remove(settings, folder)


def kept(settings: Settings) -> tuple[Path, ...]:
    """Vaults that a restore has put aside, oldest first."""
    return tuple(sorted(settings.vault_dir.parent.glob(f"{settings.vault_dir.name}.replaced-*")))


def remove(settings: Settings, folder: Path) -> None:
    """Remove a vault's folder, its keys first, then its name, so that no part of it is in the way of a new vault.

    What an interruption leaves is swept away later. Raises StorageFailed when something of it stays.
    """
    clear, gone = folder / settings.header_path.name, _old(settings)
    with files.refusals(folder):
        if clear.is_file():
            header.destroy(clear)
        folder.rename(gone)
        files.sync_folder(gone.parent)
    failpoints.reach("folder.removing")
    _remove(settings, gone)


def _finish(settings: Settings) -> None:
    whereabouts.ready(settings).rename(settings.vault_dir)
    failpoints.reach("folder.exchanged")
    files.sync_folder(settings.vault_dir.parent)


def _old(settings: Settings) -> Path:
    return settings.vault_dir.with_name(f"{settings.vault_dir.name}.{os.urandom(4).hex()}.old")


def _aside(settings: Settings) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    first = settings.vault_dir.with_name(f"{settings.vault_dir.name}.replaced-{stamp}")
    return first.with_name(f"{first.name}-{os.urandom(2).hex()}") if first.exists() else first


def _unfinished(settings: Settings) -> Iterator[Path]:
    name = re.escape(settings.vault_dir.name)
    wanted = re.compile(rf"{name}\.(?:next|[0-9a-f]{{8}}\.(?:new|old))")
    with contextlib.suppress(OSError):
        yield from (path for path in settings.vault_dir.parent.iterdir() if wanted.fullmatch(path.name))


def _remove(settings: Settings, folder: Path) -> None:
    import shutil  # noqa: PLC0415 - as in `building`

    clear = folder / settings.header_path.name
    with files.refusals(folder):
        if clear.is_file():
            header.destroy(clear)
        shutil.rmtree(folder)
