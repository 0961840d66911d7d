"""Jobs on the vault as a whole: making, opening, keeping, mending and erasing it, and taking records out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import NoVault, PortalError, VaultDamaged, VaultErased
from store.services.export_orders import Order
from store.vault import engine, folders, migrations
from tests.support.scenes import (
    OLD,
    SESSION_SECONDS,
    Seen,
    check_sound,
    client_in,
    digest,
    key_with,
    lines_of,
    opening,
    opens_by_session,
    prepare_backup,
    records,
    rows_in,
    seen,
    settings_in,
    unsound,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workload import Acknowledge

_TABLES = ("resource", "connection", "outbox_item", "sync_state", "kind")


def run_create(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder, chosen=OLD) as client:
        client.slots.create()
        acknowledge("created")


def verify_create(folder: Path, acks: tuple[str, ...]) -> None:
    try:
        check_sound(folder)
    except NoVault:
        assert acks == (), "the vault is gone"


def resume_create(folder: Path) -> None:
    with client_in(folder, chosen=OLD) as client:
        if client.has_vault:
            client.unlock()
        else:
            client.slots.create()


def run_open(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.unlock()
        acknowledge("opened")


def verify_migration(folder: Path, acks: tuple[str, ...]) -> None:
    settings = settings_in(folder)
    connection = engine.connect(settings.database_path, key_with(folder, "old") or b"")
    number = migrations.current(connection)
    connection.close()
    assert 1 <= number <= migrations.LATEST
    assert not acks or number == migrations.LATEST
    check_sound(folder)


def resume_open(folder: Path) -> None:
    client_in(folder).unlock()


def see_migrated(folder: Path) -> Seen:
    file = settings_in(folder).vault_dir / f"before-schema-{migrations.LATEST}.backup"
    restored = folder.with_name(f"{folder.name}-restored")
    try:
        with client_in(restored) as client:
            client.backups.restore(file)
            before = digest(client.vault)
    finally:
        shutil.rmtree(restored, ignore_errors=True)
    return seen(folder, lambda client: (before, tuple(rows_in(client, table) for table in _TABLES)))


def verify_open(folder: Path, acks: tuple[str, ...]) -> None:
    del acks
    check_sound(folder, ("old", "code"))


def see_attempts(folder: Path) -> Seen:
    return seen(folder, lambda client: lines_of(client, "unlock failed"))


def run_backup(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.backups.write(folder / "b.backup")
        acknowledge("new")
        client.backups.write(folder / "a.backup", replaces=True)
        acknowledge("replaced")


def _held(folder: Path, name: str) -> str:
    """What a backup holds, restored beside; nothing when it is not there. Raises VaultDamaged when it is not whole."""
    if not (folder / name).exists():
        return ""
    beside = folder.with_name(f"{folder.name}-{name}")
    try:
        with client_in(beside) as client:
            client.backups.restore(folder / name)
            assert unsound(client) == ()
            return digest(client.vault)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def verify_backup(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder, ("old", "code"))
    with client_in(folder) as client:
        now = digest(client.vault)
    assert _held(folder, "b.backup") in ({now} if acks else {"", now})
    older = _held(folder, "a.backup")
    assert older
    assert older == now or "replaced" not in acks


def resume_backup(folder: Path) -> None:
    with client_in(folder) as client:
        for name in ("a.backup", "b.backup"):
            client.backups.write(folder / name, replaces=True)


def see_backups(folder: Path) -> Seen:
    return replace(seen(folder), more=(_held(folder, "a.backup"), _held(folder, "b.backup")))


def run_restore(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.backups.restore(folder / "a.backup")
        acknowledge("restored")


def _kept(folder: Path) -> list[str]:
    """What the vaults hold that were put aside, each put in place beside and looked at."""
    found = []
    for path in folders.kept(settings_in(folder)):
        beside = folder.with_name(f"{folder.name}-kept")
        (beside / "home").mkdir(parents=True, mode=0o700)
        try:
            shutil.copytree(path, settings_in(beside).vault_dir)
            with client_in(beside) as client:
                found.append(digest(client.vault))
        finally:
            shutil.rmtree(beside)
    return found


def verify_restore(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder, ("old", "code"))
    with client_in(folder) as client:
        count = len(records(client.vault))
    kept = _kept(folder)
    if count == 60:
        assert kept == []
        assert not acks
    else:
        assert count == 40
        assert [text.partition(" ")[0] for text in kept] == ["60"]


def resume_restore(folder: Path) -> None:
    with client_in(folder) as client:
        is_done = len(records(client.vault)) == 40
    if not is_done:
        run_restore(folder, lambda _: None)


def see_restored(folder: Path) -> Seen:
    return replace(seen(folder), more=_kept(folder))


def prepare_erase(folder: Path) -> None:
    """Begin with a vault, one that a restore has put aside, and a session."""
    prepare_backup(folder)
    run_restore(folder, lambda _: None)
    with client_in(folder) as client:
        client.slots.begin_session(SESSION_SECONDS)


def run_erase(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.erase()
        acknowledge("erased")
        client.slots.create()
        acknowledge("created")


def verify_erase(folder: Path, acks: tuple[str, ...]) -> None:
    wanted = [("new",)] if acks else [("old", "code"), ("new",)]
    try:
        check_sound(folder, *wanted)
    except (NoVault, VaultErased, VaultDamaged):
        assert acks != ("erased", "created"), "the new vault is gone"
        assert not _opens_by_anything(folder)


def _opens_by_anything(folder: Path) -> bool:
    try:
        return bool(opening(folder)) or opens_by_session(folder)
    except PortalError:
        return False


def resume_erase(folder: Path) -> None:
    """Erase what is left, and begin anew: nothing of the old vault may be in the way of a new one."""
    with client_in(folder) as client:
        if client.has_vault and not _is_new(folder):
            client.slots.erase()
        if not client.has_vault:
            client.slots.create()


def _is_new(folder: Path) -> bool:
    try:
        return key_with(folder, "new") is not None
    except PortalError:
        return False


def run_repair(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.checks.repair()
        acknowledge("repaired")


def verify_repair(folder: Path, acks: tuple[str, ...]) -> None:
    assert opening(folder) == ("old", "code")
    if acks:
        check_sound(folder, ("old", "code"))


def resume_repair(folder: Path) -> None:
    run_repair(folder, lambda _: None)


def see_repaired(folder: Path) -> Seen:
    return seen(folder, lambda client: [rows_in(client, table) for table in _TABLES])


def run_export(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.exports.to_path(Order("ndjson"), folder / "out" / "all.ndjson", replace=True)
        acknowledge("one file")
        client.exports.to_path(Order("csv"), folder / "out" / "parts", as_folder=True, replace=True)
        acknowledge("a folder")


def verify_export(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder, ("old", "code"))
    file = folder / "out" / "all.ndjson"
    assert file.exists() or not acks
    assert not file.exists() or len(file.read_bytes().splitlines()) == 40
    assert len(acks) < 2 or list((folder / "out" / "parts").glob("*.csv"))


def resume_export(folder: Path) -> None:
    run_export(folder, lambda _: None)


def see_exports(folder: Path) -> Seen:
    there = sorted((folder / "out").rglob("*.*"))
    sizes = [(str(path.relative_to(folder)), path.stat().st_size) for path in there if path.is_file()]
    return replace(seen(folder), more=sizes)
