"""What jobs begin with, and what there is after them."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.errors import SessionEnded, VaultLocked, WrongPassphrase
from store.services.sign_in import SignInRequest
from store.vault import audit, connections, header, keys, outbox, presence, reading, recovery, resources
from store.vault import vault as vaults
from store.vault.ordering import PLACE
from tests.store.vault import building
from tests.support import scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.vault.vault import Vault

OLD = "correct horse battery staple"
NEW = "nine green bottles on a wall"
CODE = recovery.to_text(bytes(range(20)))
NEW_CODE = recovery.to_text(bytes(range(20, 40)))
_SECRETS = {"old": OLD, "new": NEW}
_CODES = {"code": CODE, "new code": NEW_CODE}
_RELEASED = Path(building.__file__).with_name("released") / "0.1.0"
_PAGE_BYTES = 4096
ATTEMPTS = 3


SESSION_SECONDS = 600


@dataclass(frozen=True)
class Seen:
    """What there is in the folder of a job. `beside` are names of files, without what chance or the clock made them."""

    opens: tuple[str, ...]
    unsound: tuple[str, ...]
    records: str
    requests: tuple[tuple[str, str], ...]
    beside: tuple[str, ...]
    more: object = None


def settings_in(folder: Path) -> Settings:
    """Settings whose every path is in the folder of a job."""
    return Settings(
        vault_dir=folder / "home" / "vault", config_file=folder / "config.toml", session_file=folder / "run" / "session"
    )


def client_in(folder: Path, passphrase: str | None = OLD, chosen: str = NEW) -> Client:
    """A client that answers with a passphrase, and with another one when a new one is wanted."""
    ask = None if passphrase is None else lambda: passphrase
    return Client(settings_in(folder), ask=ask, ask_new=lambda: chosen, cost=keys.FLOOR)


def key_with(folder: Path, secret: str) -> bytes | None:
    """The vault key by way of a passphrase or a code, by its name; None when that opens nothing."""
    found = presence.look(settings_in(folder))
    try:
        if secret in _SECRETS:
            return header.unseal(found, _SECRETS[secret].encode())
        return header.unseal_with_code(found, recovery.from_text(_CODES[secret]))
    except WrongPassphrase:
        return None


def opening(folder: Path) -> tuple[str, ...]:
    """Which of the secrets open the vault."""
    return tuple(name for name in (*_SECRETS, *_CODES) if key_with(folder, name) is not None)


def unsound(client: Client) -> tuple[str, ...]:
    """What a check finds, in one sentence each."""
    return tuple(
        f"{part.name}: {finding}" for part in client.checks.run() if not part.is_sound for finding in part.findings
    )


def records(vault: Vault) -> dict[str, bytes]:
    """Every record, by type and id."""
    with vault.reading() as connection:
        return {f"{row.type}/{row.id}": body for row, body in reading.records(vault, connection, reading.Filter())}


def digest(vault: Vault) -> str:
    """How many records there are, and a digest of them, but for what chance has put into requests."""
    found = hashlib.sha256()
    there = records(vault)
    for name in sorted(there):
        found.update(f"{name}\n".encode() + (b"" if name.startswith("Task/") else there[name]) + b"\n")
    return f"{len(there)} {found.hexdigest()[:12]}"


def requests(vault: Vault) -> tuple[tuple[str, str], ...]:
    """The outbox: what each item asks for, and its state."""
    with vault.reading() as connection:
        return tuple(sorted((item.title, item.state) for item in outbox.items(connection)))


def names_in(folder: Path) -> tuple[str, ...]:
    """What lies in the folder, but for locks, logs and sessions; without what chance or the clock has put in names."""
    found = []
    for path in folder.rglob("*"):
        name = re.sub(r"[0-9a-f]{8,}|(?<=replaced-)[0-9-]+|[0-9a-f]{4}-[0-9a-f-]+", "#", str(path.relative_to(folder)))
        if not re.search(r"\.lock$|-wal$|-shm$|/sessions(/ended)?$|replaced-.*/|^run", name):
            found.append(name)
    return tuple(sorted(found))


def seen(folder: Path, more: Callable[[Client], object] | None = None) -> Seen:
    """What there is, after a look at all of it."""
    with opened(folder) as client:
        _ = client.vault  # first: what was interrupted is swept away
        return Seen(
            opens=opening(folder),
            unsound=unsound(client),
            records=digest(client.vault),
            requests=requests(client.vault),
            beside=names_in(folder),
            more=more(client) if more else None,
        )


def opened(folder: Path) -> Client:
    """A client with the passphrase that opens the vault, whichever of the two it is. Raises WrongPassphrase."""
    for passphrase in (OLD, NEW):
        client = client_in(folder, passphrase)
        try:
            client.unlock()
        except WrongPassphrase:
            settings_in(folder).attempts_path.unlink(missing_ok=True)  # of this test, not of the job
            continue
        return client
    raise WrongPassphrase


def check_sound(folder: Path, *expected: tuple[str, ...]) -> tuple[str, ...]:
    """Make sure that the vault opens with one of the given sets of secrets, and is sound; returns which."""
    with opened(folder) as client:
        assert unsound(client) == ()
        opens = opening(folder)
    assert opens in (expected or (("old",),)), f"{opens} open it, of {expected}"
    return opens


def opens_by_session(folder: Path) -> bool:
    with client_in(folder, None) as client:
        try:
            client.unlock()
        except (VaultLocked, SessionEnded):
            return False
    return True


def lines_of(client: Client, action: str) -> int:
    with client.vault.reading() as connection:
        return sum(line.action == action for line in audit.lines(connection))


def rows_in(client: Client, table: str) -> int:
    with client.vault.reading() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


# What jobs begin with


def prepare_nothing(_: Path) -> None:
    """Begin with an empty folder."""


def prepare_empty(folder: Path) -> None:
    """Begin with a vault that holds nothing."""
    with client_in(folder, chosen=OLD) as client:
        client.slots.create()


def prepare_vault(folder: Path, count: int = 40) -> None:
    """Begin with a vault that has a connection, records, requests, and a recovery code."""
    settings = settings_in(folder)
    (folder / "run").mkdir(mode=0o700, exist_ok=True)
    with vaults.create(settings, OLD.encode(), keys.FLOOR) as vault:
        fill(vault, range(count))
    with client_in(folder) as client:
        client.slots.keep_code(CODE, CODE)


def fill(vault: Vault, numbers: range) -> None:
    with vault.transaction() as tx:
        owner = connections.save(tx, building.signed_in())
        found = [building.record(f"o{number}", _body(number), words=f"word{number}") for number in numbers]
        resources.store(tx, owner, found)
        for number in numbers[:3]:
            item = outbox.Item(
                f"item-{number}", owner, "refill", f"x{number}", "Task", f"r{number}", b"{}", "queued", 1, 1
            )
            outbox.add(tx, item)


def _body(number: int) -> bytes:
    text = hashlib.sha256(str(number).encode()).hexdigest() * (1 + number % 30)
    return b'{"resourceType":"Observation","id":"o%d","code":{"text":"word%d"},"valueString":"%s"}' % (
        number,
        number,
        text.encode(),
    )


def prepare_signed_in(folder: Path, url: str) -> None:
    """Begin with a vault that is signed in to the portal and has nothing of it yet."""
    (folder / "run").mkdir(mode=0o700)
    with client_in(folder, chosen=OLD) as client:
        sign_in(client, url)


def sign_in(client: Client, url: str) -> None:
    with client.sign_ins.begin(SignInRequest(url)) as attempt:
        attempt.with_password("ada", "secret")


def prepare_synced(folder: Path, url: str) -> None:
    """Begin with a vault that is in step with the portal."""
    prepare_signed_in(folder, url)
    with client_in(folder) as client:
        assert client.sync.run().failures == ()


def prepare_queued(folder: Path, url: str) -> None:
    """Begin with requests that wait."""
    prepare_synced(folder, url)
    with client_in(folder) as client:
        for name in scripted.MEDICATIONS:
            plan = client.refills.plan(name)
            item = outbox.Item(
                id=plan.request_id,
                connection=plan.connection,
                kind="refill",
                title=plan.medication,
                type="Task",
                request_id=plan.request_id,
                body=plan.fhir,
                state="queued",
                created=1,
                updated=1,
                focus=f"MedicationRequest/{plan.medication_id}",
            )
            with client.vault.transaction() as tx:
                outbox.add(tx, item)


def prepare_released(folder: Path) -> None:
    """Begin with a vault of an earlier release, and with its key stretched."""
    settings = settings_in(folder)
    settings.vault_dir.parent.mkdir(mode=0o700)
    shutil.copytree(_RELEASED, settings.vault_dir)
    settings.vault_dir.chmod(0o700)
    for path in settings.vault_dir.iterdir():
        path.chmod(0o600)
    assert key_with(folder, "old")


def prepare_backup(folder: Path) -> None:
    """Begin with a vault that has grown since its backup was made."""
    prepare_vault(folder)
    with client_in(folder) as client:
        client.backups.write(folder / "a.backup")
        fill(client.vault, range(40, 60))


def prepare_page_damage(folder: Path) -> None:
    """Begin with a vault of which a page with records is damaged."""
    prepare_vault(folder)
    with client_in(folder) as client:
        client.vault.checkpoint()
        root = client.vault.connection().execute("SELECT rootpage FROM sqlite_master WHERE name = 'resource'")
        page = int(root.fetchone()[0])
    with settings_in(folder).database_path.open("r+b") as file:
        file.seek((page - 1) * _PAGE_BYTES + 1000)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 4]))


def prepare_search_damage(folder: Path) -> None:
    """Begin with a vault whose search index misses records."""
    prepare_vault(folder)
    with client_in(folder) as client, client.vault.transaction() as tx:
        some = f"SELECT {PLACE} FROM resource LIMIT 5"  # noqa: S608 - our own names
        tx.connection.execute(f"DELETE FROM resource_fts WHERE rowid IN ({some})")  # noqa: S608 - as above


def prepare_attempts(folder: Path) -> None:
    """Begin with a vault that somebody has failed to open."""
    prepare_vault(folder)
    for _ in range(ATTEMPTS):
        try:
            client_in(folder, "wrong").unlock()
        except WrongPassphrase:
            continue
