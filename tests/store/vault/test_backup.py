from __future__ import annotations

import contextlib
import io
import os
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from store.errors import FileInTheWay, InvalidInput, NotFound, PortalError, StorageFailed, VaultDamaged, VaultNewer
from store.vault import audit, backup, copying, engine, files, header, slots
from tests.store.vault.building import PASSPHRASE, start

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.vault.vault import Vault

SECRETS = ("access-secret", "refresh-secret")
WRITING = """
with vaults.unlock(settings, b"correct horse battery staple") as vault:
    print("ready", flush=True)
    for number in range(400):
        with vault.transaction() as tx:
            tx.connection.execute("INSERT INTO setting VALUES (?, '')", (f"one {number}",))
            tx.connection.execute("INSERT INTO setting VALUES (?, '')", (f"two {number}",))
"""


def write(settings: Settings, vault: Vault, target: Path, *, with_tokens: bool = False, replaces: bool = False) -> int:
    return backup.write(settings, vault, target, with_tokens=with_tokens, replaces=replaces)


def dump(path: Path, key: bytes) -> str:
    """Every cell of every table of a database, decrypted."""
    with contextlib.closing(engine.connect(path, key)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in tables)  # noqa: S608 - our own tables


def unpacked(settings: Settings, file: Path, folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    backup.unpack(file, folder, settings)
    return folder / "vault.db"


def archive(target: Path, members: dict[str, bytes | tarfile.TarInfo], mode: str = "w") -> Path:
    with tarfile.open(target, mode) as made:  # type: ignore[call-overload]  # its stubs know literal modes only
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                made.addfile(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
    return target


def special(name: str, kind: bytes, link: str = "/etc/passwd") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


@pytest.mark.usefixtures("owner")
def test_sign_ins_are_left_out_unless_they_are_asked_for(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    write(settings, vault, tmp_path / "bare")
    write(settings, vault, tmp_path / "full", with_tokens=True)
    bare, full = (
        dump(unpacked(settings, tmp_path / name, tmp_path / f"{name}.d"), vault.key) for name in ("bare", "full")
    )
    assert all(secret not in bare for secret in SECRETS)
    assert all(secret in full for secret in SECRETS)
    assert all(secret in dump(settings.database_path, vault.key) for secret in SECRETS)


def test_a_backup_is_private_and_as_encrypted_as_the_vault(
    vault: Vault, settings: Settings, owner: int, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    size = write(settings, vault, target, with_tokens=True)
    content = target.read_bytes()
    assert size == len(content)
    assert owner
    assert target.stat().st_mode & 0o777 == 0o600
    assert all(words.encode() not in content for words in (*SECRETS, "portal.example", "SQLite format"))
    assert vault.key not in content
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["backup"]
    assert sorted(path.name for path in settings.vault_dir.parent.iterdir()) == ["vault", "vault.lock"]


def test_only_slots_that_mean_something_elsewhere_go_along(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    found = header.read(settings.header_path)
    code = slots.for_recovery(vault.key, vault.id, bytes(20), 0)
    header.write(
        settings.header_path, found.having(slots.for_keychain(vault.key, vault.id, "x", bytes(32), 0)).having(code)
    )
    write(settings, vault, tmp_path / "backup")
    looked = backup.look(tmp_path / "backup", settings)
    assert [slot.type for slot in looked.slots] == ["passphrase", "recovery"]
    assert header.unseal(looked, PASSPHRASE) == header.unseal_with_code(looked, bytes(20)) == vault.key


def test_a_backup_is_of_one_moment_while_another_process_writes(
    vault: Vault, settings: Settings, tmp_path: Path
) -> None:
    with start(WRITING, settings) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        counts = set()
        for number in range(3):
            write(settings, vault, tmp_path / str(number))
            database = unpacked(settings, tmp_path / str(number), tmp_path / f"{number}.d")
            with contextlib.closing(engine.connect(database, vault.key)) as connection:
                one, two = (
                    connection.execute("SELECT count(*) FROM setting WHERE name LIKE ?", (f"{which} %",)).fetchone()[0]
                    for which in ("one", "two")
                )
                assert audit.verify(connection) == []
            assert one == two
            counts.add(one)
        assert writer.wait() == 0
    assert len(counts) > 1


def test_a_file_in_the_way_is_left_alone_unless_it_may_be_replaced(
    vault: Vault, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("mine", "link"):
        with pytest.raises(FileInTheWay):
            write(settings, vault, tmp_path / name)
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()
    write(settings, vault, tmp_path / "mine", replaces=True)
    assert backup.look(tmp_path / "mine", settings).vault_id == vault.id


def test_a_file_that_comes_meanwhile_is_not_replaced(
    vault: Vault, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup._compare

    def compare(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]  # passed on as it came
        (tmp_path / "backup").write_bytes(b"mine")

    monkeypatch.setattr(backup, "_compare", compare)
    with pytest.raises(FileInTheWay):
        write(settings, vault, tmp_path / "backup")
    assert (tmp_path / "backup").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["backup"]


def test_a_disk_without_hard_links_will_do(
    vault: Vault, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    write(settings, vault, tmp_path / "backup")
    assert backup.look(tmp_path / "backup", settings).vault_id == vault.id


def test_what_does_not_read_back_is_no_backup(
    vault: Vault, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_is_same", lambda *_: False)
    with pytest.raises(VaultDamaged):
        write(settings, vault, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_backup_into_a_folder_that_is_gone_leaves_nothing(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        write(settings, vault, tmp_path / "gone" / "backup")
    assert sorted(path.name for path in settings.vault_dir.parent.iterdir()) == ["vault", "vault.lock"]


def test_a_backup_that_was_cut_short_is_damaged_wherever_it_was_cut(
    vault: Vault, settings: Settings, tmp_path: Path
) -> None:
    write(settings, vault, tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    whole = len(content.rstrip(b"\0"))  # the zeros after the last member mean nothing
    for length in range(0, whole, len(content) // 40):
        cut = tmp_path / "cut"
        cut.write_bytes(content[:length])
        folder = tmp_path / f"{length}.d"
        with pytest.raises((VaultDamaged, VaultNewer)):
            copying.verify(unpacked(settings, cut, folder), vault.key)


def test_one_changed_bit_in_a_backup_is_found(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    write(settings, vault, tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    with tarfile.open(tmp_path / "whole") as made:
        member = made.getmember("vault.db")
    for number, place in enumerate(range(member.offset_data, member.offset_data + member.size, member.size // 20)):
        changed = bytearray(content)
        changed[place] ^= 4
        (tmp_path / "changed").write_bytes(changed)
        with pytest.raises(VaultDamaged):
            copying.verify(unpacked(settings, tmp_path / "changed", tmp_path / f"{number}.d"), vault.key)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"vault.json": b"{}"},
        {"vault.db": b""},
        {"vault.json": b"{}", "vault.db": b"", "extra": b""},
        {"./vault.json": b"{}", "vault.db": b""},
        {"/vault.json": b"{}", "vault.db": b""},
        {"../vault.json": b"{}", "vault.db": b""},
        {"vault.json": special("vault.json", tarfile.SYMTYPE), "vault.db": b""},
        {"vault.json": b"{}", "vault.db": special("vault.db", tarfile.SYMTYPE)},
        {"vault.json": b"{}", "vault.db": special("vault.db", tarfile.LNKTYPE, "vault.json")},
        {"vault.json": b"{}", "vault.db": special("vault.db", tarfile.FIFOTYPE)},
        {"vault.json": b"{}", "vault.db": b"", "d": special("d", tarfile.DIRTYPE)},
        {"vault.json": b"{}", "vault.db": b"", "again": special("vault.db", tarfile.REGTYPE)},
    ],
    ids=[
        "nothing",
        "header only",
        "database only",
        "one more",
        "dotted",
        "absolute",
        "above",
        "link for the header",
        "link for the database",
        "hard link",
        "pipe",
        "folder",
        "twice",
    ],
)
def test_an_archive_with_other_members_is_no_backup(
    settings: Settings, tmp_path: Path, members: dict[str, bytes | tarfile.TarInfo]
) -> None:
    file = archive(tmp_path / "foreign", members)
    with pytest.raises(VaultDamaged):
        backup.look(file, settings)
    (tmp_path / "empty").mkdir()
    with pytest.raises(VaultDamaged):
        backup.unpack(file, tmp_path / "empty", settings)
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage" * 1000, bytes(10_240), b"\x1f\x8b\x08\x00" + bytes(100)],
    ids=["empty", "words", "zeros", "packed"],
)
def test_what_is_no_archive_is_no_backup(settings: Settings, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "garbage").write_bytes(content)
    with pytest.raises(VaultDamaged):
        backup.look(tmp_path / "garbage", settings)


def test_a_compressed_archive_is_no_backup(settings: Settings, tmp_path: Path) -> None:
    file = archive(tmp_path / "small", {"vault.json": b"{}", "vault.db": b""}, "w:gz")
    with pytest.raises(VaultDamaged):
        backup.look(file, settings)


def test_a_file_that_is_not_there_is_no_backup(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no backup matches"):
        backup.look(tmp_path / "gone", settings)
    with pytest.raises(InvalidInput, match="is a folder"):
        backup.look(tmp_path, settings)


def test_a_header_in_a_backup_is_read_like_any_other(settings: Settings, tmp_path: Path) -> None:
    newer = archive(tmp_path / "newer", {"vault.json": b'{"format": 2}', "vault.db": b""})
    with pytest.raises(VaultNewer):
        backup.look(newer, settings)


def test_a_backup_of_an_empty_database_is_damaged(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    files.create_empty(tmp_path / "folder" / "vault.db")
    with contextlib.closing(engine.connect(tmp_path / "folder" / "vault.db", vault.key)) as connection:
        connection.execute("CREATE TABLE other (a)")
    with pytest.raises(VaultDamaged, match="empty"):
        backup.make_ready(settings, tmp_path / "folder", vault.key, None)


def test_only_the_backup_of_the_last_migration_is_kept(vault: Vault, settings: Settings) -> None:
    (settings.vault_dir / "before-schema-1.backup").touch()
    backup.before_migration(settings, vault)
    (made,) = settings.vault_dir.glob("before-schema-*.backup")
    before = made.stat()
    backup.before_migration(settings, vault)
    assert made.stat().st_ino == before.st_ino
    assert backup.look(made, settings).vault_id == vault.id


def test_threads_of_one_vault_may_each_write_a_backup(vault: Vault, settings: Settings, tmp_path: Path) -> None:
    failures: list[PortalError] = []

    def run(name: str) -> None:
        try:
            write(settings, vault, tmp_path / name)
        except PortalError as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {backup.look(tmp_path / name, settings).vault_id for name in ("a", "b")} == {vault.id}
