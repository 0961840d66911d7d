"""A look over this installation: what could keep it from working, and what to do about each thing."""

from __future__ import annotations

import platform
import shutil
import time
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from store import config
from store.errors import (
    ConfigurationBroken,
    KeychainFailed,
    NoVault,
    PassphraseUnreadable,
    PortalError,
    StorageFailed,
    VaultBusy,
    VaultErased,
    VaultLocked,
    VaultNewer,
    VaultUnsafe,
    WrongPassphrase,
)
from store.records.dates import from_epoch
from store.records.text import one_line, sanitize
from store.services.portal_checks import Outcome, Step
from store.vault import engine, files, presence, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.config import Settings
    from store.services.portals import Portals
    from store.services.status import Overview
    from store.vault.keychain import Keychain
    from store.vault.reading import ConnectionRow

_LITTLE_ROOM = 200 << 20
_MOST_SKEW = 60.0
_OLD_SECONDS = 30 * 86_400
_SHUT = (KeychainFailed, PassphraseUnreadable, VaultLocked, WrongPassphrase)  # as a vault may be that is whole


class Door(Protocol):
    """What this needs of the client."""

    find_keychain: Callable[[str | None], Keychain]

    @property
    def settings(self) -> Settings:
        """Where things lie."""

    @property
    def portals(self) -> Portals:
        """The connections of the vault."""

    @property
    def overview(self) -> Overview:
        """The state of the vault."""

    def unlock(self, typed: str | None = None) -> None:
        """Open the vault."""


class Doctor:
    """Looks at everything in turn; what is wrong is a step, and nothing is raised for it or changed."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._settings = door.settings

    def examine(self, *, is_offline: bool = False) -> tuple[Step, ...]:
        """Every step, in order: this program, its files, the vault, and, unless `is_offline`, each portal."""
        return tuple(self._steps(is_offline=is_offline))

    def _steps(self, *, is_offline: bool) -> Iterator[Step]:
        yield _program()
        yield self._configuration()
        yield self._room()
        yield from self._secrets()
        yield self._keychain()
        yield self._sessions()
        owners: list[ConnectionRow] = []
        yield from self._vault(owners)
        for owner in owners:
            yield self._sign_in(owner)
            if not is_offline:
                yield self._portal(owner)

    def _configuration(self) -> Step:
        """Whether the configuration file can be understood; its settings may be those of a run without it."""
        place = str(self._settings.config_file)
        try:
            config.from_file(self._settings)
        except ConfigurationBroken as error:
            remedy = f"Mend {place}, or remove it; all else here is looked at as if it were not there."
            return _step("configuration", str(error), Outcome.FAILED, remedy)
        return _step("configuration", place)

    def _room(self) -> Step:
        place = next(each for each in (self._settings.vault_dir, *self._settings.vault_dir.parents) if each.exists())
        free = shutil.disk_usage(place).free
        said = f"{free >> 20:,} MB free for the vault"
        if free < _LITTLE_ROOM:
            return _step("disk", said, Outcome.WARNING, "Make room: a sync, a backup or an export may fail.")
        return _step("disk", said)

    def _secrets(self) -> Iterator[Step]:
        """The files that a passphrase is read from: nobody else may read them."""
        named = {
            "PORTAL_PASSPHRASE_FILE": self._settings.passphrase_file,
            "PORTAL_NEW_PASSPHRASE_FILE": self._settings.new_passphrase_file,
            "PORTAL_EXPORT_PASSPHRASE_FILE": self._settings.export_passphrase_file,
            "smtp.password_file": self._settings.smtp.password_file if self._settings.smtp else None,
        }
        for name, path in named.items():
            if path is not None:
                yield _private(name, path)

    def _keychain(self) -> Step:
        try:
            found = self._door.find_keychain(None)
        except KeychainFailed as error:
            remedy = "None is needed: the vault opens with its passphrase."
            return _step("keychain", str(error), Outcome.SKIPPED, remedy)
        return _step("keychain", f"{found.name}; `portal vault keychain on` lets it open the vault")

    def _sessions(self) -> Step:
        try:
            where = sessions.session_file(self._settings)
        except (StorageFailed, VaultUnsafe) as error:
            return _step("sessions", str(error), Outcome.WARNING, "Set PORTAL_SESSION_FILE to a private file.")
        return _step("sessions", f"their keys lie in {where}")

    def _vault(self, owners: list[ConnectionRow]) -> Iterator[Step]:
        """What can be said of the vault; into `owners` goes whose records it holds, where it can be read."""
        try:
            presence.look(self._settings)
            self._door.unlock()
            opened = self._opened()
            owners += self._door.portals.all() if self._door.portals.list() else ()
        except NoVault as error:
            first = "`portal vault erase` removes them; " if isinstance(error, VaultErased) else ""
            yield _step("vault", str(error), Outcome.SKIPPED, f"{first}`portal login` makes one.")
        except VaultBusy as error:
            yield _step("vault", str(error), Outcome.WARNING, "Wait until it has ended, then look again.")
        except _SHUT as error:
            yield _step("vault", str(self._settings.vault_dir))
            yield _step("lock", str(error), Outcome.WARNING, "`portal unlock` opens it.")
        except PortalError as error:
            yield _step("vault", str(error), Outcome.FAILED, self._way_back(error))
        else:
            yield _step("vault", str(self._settings.vault_dir))
            yield from opened

    def _opened(self) -> list[Step]:
        status = self._door.overview.status()
        found = [_step("lock", f"open, {status.records} records")]
        if status.conflicts or status.waiting:
            said = f"{status.waiting} to send, {status.conflicts} to decide"
            found.insert(0, _step("outbox", said, Outcome.WARNING, "`portal outbox` and `portal conflicts` show them."))
        return found

    def _way_back(self, error: PortalError) -> str:
        if isinstance(error, VaultUnsafe):
            return f"`chmod -R go= {self._settings.vault_dir}` lets nobody else in."
        if isinstance(error, VaultNewer):
            return "Install the newest version of portal."
        if isinstance(error, StorageFailed):
            return "Make room on the disk, or check who may write there."
        return "`portal vault check` tells where; `portal vault repair` and `portal vault restore` are ways back."

    def _sign_in(self, owner: ConnectionRow) -> Step:
        name, now = f"sign-in at {owner.name}", time.time()
        renews = "renewed by itself" if owner.refresh_token else "not renewed by itself"
        remedy = f"`portal login {owner.name}` signs in again."
        if not owner.access_token and not owner.refresh_token:
            return _step(name, "signed out", Outcome.WARNING, remedy)
        if owner.access_expires <= now and not owner.refresh_token:
            return _step(name, f"ended {from_epoch(owner.access_expires).local()}", Outcome.WARNING, remedy)
        if owner.synced is not None and now - owner.synced > _OLD_SECONDS:
            said = f"last synced {from_epoch(owner.synced).local()}"
            return _step(name, said, Outcome.WARNING, "`portal sync` fetches what is new.")
        return _step(name, f"until {from_epoch(owner.access_expires).local()}, {renews}")

    def _portal(self, owner: ConnectionRow) -> Step:
        """Whether a portal answers, and whether its clock and this one agree."""
        # Deferred: offline nothing of the network is loaded.
        from store.remote import probe  # noqa: PLC0415
        from store.remote.http import Http, Request  # noqa: PLC0415

        name, url = f"portal {owner.name}", f"{owner.base_url}/.well-known/smart-configuration"
        try:
            with closing(Http(owner.base_url, self._settings.timeout, retries=0)) as http:
                answer = http.send(Request("GET", url, {"Accept": "application/json"}))
        except PortalError as error:
            return _step(name, str(error), Outcome.FAILED, "Check the connection; the vault can be read all the same.")
        if not answer.is_ok:
            remedy = f"`portal portals test {owner.name}` looks closer."
            return _step(name, f"it answered with {answer.status}", Outcome.WARNING, remedy)
        ahead = probe.skew(answer, time.time())
        if ahead is not None and abs(ahead) > _MOST_SKEW:
            said = f"its clock and this one differ by {abs(ahead):.0f} seconds"
            return _step(name, said, Outcome.WARNING, "Set this computer's clock by a time server.")
        return _step(name, "answers, and its clock agrees" if ahead is not None else "answers")


def _program() -> Step:
    parts = (
        f"Python {platform.python_version()}",
        f"SQLite {engine.version()}",
        f"{platform.system()} {platform.machine()}",
    )
    return _step("program", ", ".join(parts))


def _private(name: str, path: Path) -> Step:
    try:
        files.check_private(path)
    except OSError as error:
        return _step(name, f"{path} cannot be read: {files.reason(error)}", Outcome.WARNING, "Name another file.")
    except VaultUnsafe as error:
        return _step(name, str(error), Outcome.WARNING, f"`chmod 600 {path}` keeps it to yourself.")
    return _step(name, str(path))


def _step(name: str, detail: str, outcome: Outcome = Outcome.OK, remedy: str = "") -> Step:
    return Step(one_line(name), outcome, one_line(detail), sanitize(remedy))
