"""Attachments of records: what there is, fetching it from the portals, and reading it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store import events
from store.errors import InsecureAddress, NotFound, RemoteError, SignInNeeded, VaultBusy
from store.records import attachments as found_in
from store.records import elements
from store.records.dates import FhirDate, from_epoch
from store.records.lossless import decode
from store.records.source import is_imported
from store.records.text import Safe, one_line, sanitize
from store.services.turns import one_at_a_time
from store.sync import wording
from store.vault import absences, attached, reading
from store.vault import attachments as kept_in
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from store.config import Settings
    from store.errors import PortalError
    from store.events import OnEvent, ShouldStop
    from store.records.attachments import Attachment
    from store.services.portals import Portals
    from store.services.records import Records
    from store.sync.attachments import Fetched
    from store.vault.attachments import Kept
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

_SENTENCE = 300  # signs of a failure that are told
_PIECE = 256 << 10
_FROM_A_FILE = "the record came out of a file, and no portal is asked for what was not in it"


@dataclass(frozen=True)
class AttachmentRow:
    """One attachment of a record, by its `number` from 1.

    `size` is in bytes: of what is in the vault, else what the portal says, if it does. `address` is where it can be
    fetched, empty when it stands in the record itself.
    """

    number: int
    title: Safe
    content_type: Safe
    size: int | None
    is_in_vault: bool
    fetched: FhirDate | None
    address: Safe


@dataclass(frozen=True)
class FetchReport:
    """What a fetch brought from one portal: how many attachments, their bytes, and a sentence for each that failed."""

    portal: Safe
    fetched: int
    size: int
    failures: tuple[str, ...]


class Attachments:
    """Attachments of the records of one vault."""

    def __init__(self, vault: Vault, settings: Settings, portals: Portals, records: Records) -> None:
        self._vault = vault
        self._settings = settings
        self._portals = portals
        self._records = records

    def list(self, record: str) -> tuple[AttachmentRow, ...]:
        """The attachments of a record, by its id or `Type/id`. Raises NotFound."""
        row, body = self._records.find(record)
        return tuple(item.row for item in self._items(row, body))

    def content(self, record: str, number: int = 1) -> Iterator[bytes]:
        """What an attachment holds, part by part; noted in the audit trail.

        Raises NotFound when there is none, or it has not been fetched, and VaultDamaged, at the end at the latest,
        when it is not what was fetched.
        """
        row, body = self._records.find(record)
        name = f"{row.type}/{row.id}"
        chosen = next((item for item in self._items(row, body) if item.row.number == number), None)
        if chosen is None or not chosen.row.is_in_vault:
            raise NotFound("attachment in the vault", f"{name} {number}")
        self._records.note_read(f"{name} attachment {number}", row)
        if chosen.kept is not None:
            return kept_in.content(self._vault, chosen.kept, self._settings.database_path)
        whole = chosen.found.content or b""
        return (whole[place : place + _PIECE] for place in range(0, len(whole), _PIECE))

    def fetch(self, record: str, *, again: bool = False, on_event: OnEvent = events.ignore) -> FetchReport:
        """Fetch the attachments of one record that are not in the vault yet; with `again`, the others, too.

        One that fails does not stop the others. Raises NotFound; RemoteError when nothing of it could be fetched,
        VaultBusy when others are being fetched.
        """
        row, body = self._records.find(record)
        plan = _Plan(self._owner(row))
        with self._vault.reading() as connection:
            plan.add(row, body, {} if again else kept_in.load(connection, plan.owner.id))
        done = self._fetch(plan, on_event, events.never)
        errors = [*(error for _, error in plan.refused), *(item.error for item in done if item.error)]
        report = self._report(plan, done, f"{row.type}/{row.id}")
        if errors and not report.fetched:
            raise errors[0]
        return report

    def fetch_all(
        self,
        portal: str | None = None,
        *,
        on_event: OnEvent = events.ignore,
        should_stop: ShouldStop = events.never,
    ) -> FetchReport:
        """Fetch the attachments of all records that a portal still has, but for those that are in the vault.

        Those that fail are named in the report. Raises SignInNeeded when nothing could be fetched for want of it,
        VaultBusy, and as `Portals.choose` does.
        """
        plan = _Plan(self._portals.choose(portal))
        with self._vault.reading() as connection:
            known = attached.known(connection, plan.owner.id)
            there, absent = kept_in.load(connection, plan.owner.id), absences.marked(connection, (plan.owner.id,))
            for row, body in reading.records(self._vault, connection, Filter(connections=(plan.owner.id,))):
                if row.pk not in absent and found_in.may_have(body):
                    plan.add(row, body, there)
                if row.pk not in known and wording.is_readable(plan.owner, body, there):
                    plan.unread.add(row.pk)
        done = self._fetch(plan, on_event, should_stop)
        ended = next((item.error for item in done if isinstance(item.error, SignInNeeded)), None)
        if ended is not None and not any(item.size is not None for item in done):
            raise ended
        return self._report(plan, done, "all records")

    def fetch_from(
        self, portal: str, on_event: OnEvent = events.ignore, should_stop: ShouldStop = events.never
    ) -> FetchReport:
        """As `fetch_all`, where the rest of the work goes on: what stops all of it is a failure in the report."""
        try:
            return self.fetch_all(portal, on_event=on_event, should_stop=should_stop)
        except (RemoteError, VaultBusy) as error:
            return FetchReport(sanitize(portal), 0, 0, (f"attachments: {error}",))

    def _items(self, row: Row, body: bytes) -> Iterator[_Item]:
        owner = self._owner(row)
        for number, item in enumerate(found_in.find(decode(body)), start=1):
            found = self._with_content(owner, item)
            address = _address(owner, found)
            kept = None
            if address:
                with self._vault.reading() as connection:
                    kept = kept_in.find(connection, owner.id, address)
            yield _Item(found, kept, _row(number, found, kept, address))

    def _with_content(self, owner: ConnectionRow, item: Attachment) -> Attachment:
        """An attachment with what the Binary holds that came in the same file, where it is one."""
        type_name, record_id = elements.target(item.url)
        if item.content is not None or type_name != "Binary" or not is_imported(owner.base_url):
            return item
        wanted = Filter(types=("Binary",), connections=(owner.id,), record_id=record_id, limit=1)
        with self._vault.reading() as connection:
            held = [body for _, body in reading.records(self._vault, connection, wanted)]
        inner = next((each for body in held for each in found_in.find(decode(body))), None)
        if inner is None or inner.content is None:
            return item
        return replace(item, content=inner.content, content_type=item.content_type or inner.content_type)

    def _fetch(self, plan: _Plan, on_event: OnEvent, should_stop: ShouldStop) -> Sequence[Fetched]:
        """Fetch what is planned, and have search know what the documents say."""
        done = self._download(plan, on_event, should_stop) if plan.wanted else []
        wording.learn(self._vault, plan.owner, plan.unread | plan.records_of(done), should_stop)
        return done

    def _download(self, plan: _Plan, on_event: OnEvent, should_stop: ShouldStop) -> Sequence[Fetched]:
        # Deferred: what only reads the vault does not load the network.
        from store.remote.downloads import Downloads  # noqa: PLC0415
        from store.sync import engine  # noqa: PLC0415
        from store.sync.attachments import Fetch, Wanted  # noqa: PLC0415

        _, tokens = self._portals.open(plan.owner)
        engine.listen(tokens.http, plan.owner, on_event)
        downloads = Downloads(tokens.http, tokens, plan.owner.name)
        try:
            with self._one_at_a_time():
                run = Fetch(self._vault, plan.owner, downloads, self._settings.requests_in_flight)
                return run.run([Wanted(*item) for item in plan.wanted], on_event, should_stop)
        finally:
            tokens.http.close()

    def _report(self, plan: _Plan, done: Sequence[Fetched], of: str) -> FetchReport:
        """What came, noted in the audit trail."""
        sizes = [item.size for item in done if item.size is not None]
        failed = [(name, str(error)) for name, error in plan.refused]
        failed += [(item.wanted.record, item.failure) for item in done if item.failure]
        if done:
            what = f"{len(sizes)} attachments of {of}, {len(failed)} failed"
            self._vault.note(Entry("fetch", what, f"Patient/{plan.owner.patient}" if plan.owner.patient else ""))
        failures = tuple(one_line(f"{name}: {why}")[:_SENTENCE] for name, why in failed)
        return FetchReport(sanitize(plan.owner.name), len(sizes), sum(sizes), failures)

    def _owner(self, row: Row) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, row.connection)

    def _one_at_a_time(self) -> AbstractContextManager[None]:
        return one_at_a_time(self._settings.vault_dir / "attachments.lock", "fetching attachments")


@dataclass(frozen=True)
class _Item:
    """An attachment as it stands in its record, what was fetched of it, and both in one row."""

    found: Attachment
    kept: Kept | None
    row: AttachmentRow


class _Plan:
    """What is to be fetched for a connection, and why some of it cannot be: each with the record that names it."""

    def __init__(self, owner: ConnectionRow) -> None:
        self.owner = owner
        self.wanted: list[tuple[str, str, str]] = []
        self.refused: list[tuple[str, PortalError]] = []
        self.unread: set[int] = set()
        self._named: dict[str, set[int]] = {}

    def records_of(self, done: Sequence[Fetched]) -> set[int]:
        """The keys of the records that name any of what has come."""
        come = [self._named[item.wanted.address] for item in done if item.size is not None]
        return set().union(*come)

    def add(self, row: Row, body: bytes, there: Mapping[str, Kept]) -> None:
        """Plan what a record names and neither holds itself nor is in `there`."""
        name = f"{row.type}/{row.id}"
        for item in found_in.find(decode(body)):
            if item.content is not None or item.url == self.owner.base_url:
                continue
            if is_imported(self.owner.base_url):
                self.refused.append((name, InsecureAddress(one_line(item.url[:_SENTENCE]), _FROM_A_FILE)))
                continue
            try:
                address = found_in.address(self.owner.base_url, item.url)
            except InsecureAddress as error:
                self.refused.append((name, error))
                continue
            if address not in there:
                self.wanted.append((name, address, item.content_type))
                self._named.setdefault(address, set()).add(row.pk)


def _address(owner: ConnectionRow, item: Attachment) -> str:
    """Where an attachment is fetched; empty when it stands in its record, or is nowhere."""
    if item.content is not None:
        return ""
    if is_imported(owner.base_url):  # the document itself, or nothing: no network is asked for what was in a file
        return item.url if item.url == owner.base_url else ""
    with suppress(InsecureAddress):
        return found_in.address(owner.base_url, item.url)
    return ""


def _row(number: int, found: Attachment, kept: Kept | None, address: str) -> AttachmentRow:
    size = kept.size if kept else found.size
    return AttachmentRow(
        number=number,
        title=found.title,
        content_type=found.content_type or one_line(kept.content_type if kept else ""),
        size=len(found.content) if found.content is not None else size,
        is_in_vault=kept is not None or found.content is not None,
        fetched=from_epoch(kept.fetched) if kept else None,
        address=one_line(address),
    )
