from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from store.client import Client
from store.errors import FileInTheWay, VaultBusy, VaultDamaged, WrongPassphrase
from store.vault import audit, keys, outbox, presence, sessions
from store.vault.audit import Entry
from store.vault.outbox import Item, State
from tests.conftest import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.config import Settings


@pytest.fixture
def file(client: Client, tmp_path: Path) -> Path:
    client.open_or_create()
    put(client, "before")
    client.backups.write(tmp_path / "backup")
    return tmp_path / "backup"


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Iterator[Client]:
    other = replace(settings, vault_dir=tmp_path / "other" / "vault")
    with Client(other, lambda: PASSPHRASE, lambda: PASSPHRASE, keys.FLOOR) as made:
        yield made


def put(client: Client, name: str) -> None:
    with client.vault.transaction() as tx:
        tx.connection.execute("INSERT INTO setting VALUES (?, '')", (name,))


def names(client: Client) -> list[str]:
    with client.vault.reading() as connection:
        assert audit.verify(connection) == []
        found = connection.execute("SELECT name FROM setting WHERE name NOT LIKE 'audit_%' ORDER BY name")
        return [name for (name,) in found]


def actions(client: Client) -> list[str]:
    with client.vault.reading() as connection:
        return [line.action for line in reversed(audit.lines(connection))]


def test_a_backup_is_restored_where_there_is_no_vault(file: Path, elsewhere: Client) -> None:
    done = elsewhere.backups.restore(file)
    assert (done.kept, done.carried) == (None, 0)
    assert names(elsewhere) == ["before"]
    assert actions(elsewhere)[:1] == ["backup"]
    assert "restore" in actions(elsewhere)


def test_the_vault_that_gives_way_is_kept_and_its_trail_goes_on(
    file: Path, client: Client, make_client: Callable[[], Client], settings: Settings
) -> None:
    put(client, "after")
    client.vault.note(Entry("read", "Observation/1"))
    kept_head = client.audit.verify().head
    client.close()
    done = make_client().backups.restore(file)
    assert done.kept is not None
    assert done.carried >= 1
    again = make_client()
    assert names(again) == ["before"]
    assert "read" in actions(again)
    again.audit.verify(str(kept_head))
    again.close()
    with Client(replace(settings, vault_dir=done.kept), lambda: PASSPHRASE) as old:
        assert names(old) == ["after", "before"]


def test_a_backup_of_another_vault_takes_over_no_lines(file: Path, elsewhere: Client) -> None:
    elsewhere.open_or_create().note(Entry("read", "of another vault"))
    done = elsewhere.backups.restore(file)
    assert done.kept is not None
    assert done.carried == 0
    assert names(elsewhere) == ["before"]


@pytest.mark.parametrize("which", ["vault.json", "vault.db"])
def test_a_damaged_vault_gives_way_and_is_kept(
    file: Path, client: Client, make_client: Callable[[], Client], settings: Settings, which: str
) -> None:
    client.close()
    (settings.vault_dir / which).write_bytes(b"damaged")
    done = make_client().backups.restore(file)
    assert done.kept is not None
    assert (done.kept / which).read_bytes() == b"damaged"
    assert done.carried == 0
    assert names(make_client()) == ["before"]


def test_another_passphrase_restores_nothing(file: Path, client: Client, settings: Settings) -> None:
    client.close()
    before = settings.header_path.read_bytes()
    with Client(settings, lambda: "guess") as other, pytest.raises(WrongPassphrase):
        other.backups.restore(file)
    assert settings.header_path.read_bytes() == before
    assert sorted(path.name for path in settings.vault_dir.parent.iterdir()) == ["vault", "vault.lock"]


def test_what_is_no_backup_is_refused_before_anybody_is_asked(settings: Settings, tmp_path: Path) -> None:
    def ask() -> str:
        pytest.fail("somebody was asked")

    (tmp_path / "garbage").write_bytes(b"garbage")
    with Client(settings, ask) as client, pytest.raises(VaultDamaged):
        client.backups.restore(tmp_path / "garbage")


def test_a_damaged_backup_leaves_the_vault_as_it_was(
    file: Path, client: Client, make_client: Callable[[], Client], settings: Settings
) -> None:
    put(client, "after")
    client.close()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(VaultDamaged):
        make_client().backups.restore(file)
    assert names(make_client()) == ["after", "before"]
    assert sorted(path.name for path in settings.vault_dir.parent.iterdir()) == ["vault", "vault.lock"]


def test_a_vault_that_is_open_elsewhere_does_not_give_way(
    file: Path, client: Client, make_client: Callable[[], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence.alone, "__defaults__", (0.1,))
    with pytest.raises(VaultBusy):
        make_client().backups.restore(file)
    assert names(client) == ["before"]


def test_a_file_in_the_way_of_a_backup_is_kept(file: Path, client: Client) -> None:
    content = file.read_bytes()
    with pytest.raises(FileInTheWay):
        client.backups.write(file)
    assert file.read_bytes() == content
    client.backups.write(file, replaces=True)
    assert file.read_bytes() != content


def test_sessions_do_not_come_back_with_a_backup(
    file: Path, client: Client, make_client: Callable[[], Client], settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    at = sessions.moment()
    sessions.begin(replace(settings, runtime_dir=tmp_path / "run"), client.vault.key, client.vault.id, 60, at)
    client.close()
    make_client().backups.restore(file)
    assert sessions.under_way(settings, at) == ()


@pytest.mark.parametrize(
    ("before", "after"), [("queued", "unknown"), ("sending", "unknown"), ("confirmed", "confirmed"), ("draft", "draft")]
)
def test_requests_that_were_not_sent_yet_are_looked_up_first(
    synced: Client, tmp_path: Path, make_client: Callable[[], Client], before: str, after: str
) -> None:
    queue(synced, before)
    synced.backups.write(tmp_path / "backup")
    synced.close()
    done = make_client().backups.restore(tmp_path / "backup")
    assert done.unsent == (1 if before != after else 0)
    with make_client().vault.reading() as connection:
        assert connection.execute("SELECT state FROM outbox_item").fetchall() == [(after,)]


def queue(client: Client, state: str) -> None:
    """Put a request into the outbox."""
    with client.vault.transaction() as tx:
        (owner,) = tx.connection.execute("SELECT min(id) FROM connection").fetchone()
        request = Item(
            id="1",
            connection=owner,
            kind="refill",
            title="aspirin",
            type="Task",
            request_id="request-1",
            body=b'{"resourceType":"Task"}',
            state=State(state),
            created=100,
            updated=100,
            focus="MedicationRequest/m1",
        )
        outbox.add(tx, request)
