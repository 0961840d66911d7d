"""Every table of the vault, declared once."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from store.vault import compression

metadata: MetaData = SQLModel.metadata
_ONE_TREE = {"sqlite_with_rowid": False}  # a table that is its own index


class PackedBytes(TypeDecorator[bytes]):
    """A document that rests compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Compress it on its way into the vault."""
        return None if value is None else compression.pack(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Restore it on its way out."""
        return None if value is None else compression.unpack(value)


class Migration(SQLModel, table=True):
    """One step of the schema's history that this vault has taken. `applied` is in seconds since 1970 UTC."""

    __tablename__ = "migration"
    number: int = Field(primary_key=True)
    applied: int


class Connection(SQLModel, table=True):
    """One patient's access to one portal, tokens included. Times are in seconds since 1970 UTC.

    `refresh_token` may have a key instead, which renews the access too (`store.remote.registration`).
    `capability` and `smart` are the portal's CapabilityStatement and SMART configuration as last served, compressed.
    """

    __tablename__ = "connection"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    base_url: str
    client_id: str
    redirect_uri: str | None = None
    scope_requested: str | None = None
    scope: str = ""
    patient: str = ""
    patient_name: str = ""
    fhir_user: str = ""
    access_token: str | None = None
    access_expires: int = 0
    refresh_token: str | None = None
    smart: bytes = Field(default=b"", sa_column=Column(PackedBytes, nullable=False))
    capability: bytes = Field(default=b"", sa_column=Column(PackedBytes, nullable=False))
    created: int
    signed_in: int | None = None
    synced: int | None = None


class Kind(SQLModel, table=True):
    """A plain noun and a FHIR type that is listed under it; both are written once here, and not with each record."""

    __tablename__ = "kind"
    id: int | None = Field(default=None, primary_key=True)
    type: str
    noun: str


class Resource(SQLModel, table=True):
    """One FHIR resource: the columns that lists need, and its own bytes, compressed.

    `h` is the blake2b-64 of connection, type and id, signed; `date` is in seconds since 1970 UTC and orders, while
    `date_text` keeps the portal's precision; `hash` is the blake2b-128 of the uncompressed bytes; `dictionary` is
    the zstd dictionary that `body` was compressed with, 0 for none.
    """

    __tablename__ = "resource"
    __table_args__ = (
        Index("resource_by_kind", "kind", "date", "connection"),
        Index("resource_without_title", "connection", sqlite_where=text("title = ''")),
        Index("resource_withdrawn", "kind", sqlite_where=text("status = 'entered-in-error'")),
    )
    pk: int | None = Field(default=None, primary_key=True)
    h: int = Field(sa_column=Column(BigInteger, unique=True, nullable=False))
    connection: int = Field(foreign_key="connection.id")
    kind: int = Field(foreign_key="kind.id")
    id: str
    version: str | None = None
    last_updated: str | None = None
    code: str = ""
    title: str = ""
    date: int | None = Field(default=None, sa_column=Column(BigInteger))
    date_text: str = ""
    status: str = ""
    flag: str = ""
    value: str = ""
    unit: str = ""
    size: int
    hash: bytes
    dictionary: int = 0
    body: bytes


class EarlierVersion(SQLModel, table=True):
    """A record as it was before its portal served it differently, its bytes compressed without a dictionary.

    `version` and `last_updated` are what it said of itself, `replaced` is when it gave way (seconds since 1970 UTC).
    """

    __tablename__ = "earlier_version"
    __table_args__ = (Index("earlier_version_by_resource", "resource"),)
    pk: int | None = Field(default=None, primary_key=True)
    resource: int = Field(foreign_key="resource.pk")
    connection: int = Field(foreign_key="connection.id")
    version: str | None = None
    last_updated: str | None = None
    replaced: int
    body: bytes = Field(sa_column=Column(PackedBytes, nullable=False))


class Dictionary(SQLModel, table=True):
    """A trained zstd dictionary, itself compressed. None is dropped while a body needs it, and no id is used again.

    `records` is how many the vault held when it was trained; `is_packed` is 1 once what was there before uses it.
    """

    __tablename__ = "dictionary"
    id: int = Field(primary_key=True)
    content: bytes
    records: int
    is_packed: int = 0


class DictionaryCopy(SQLModel, table=True):
    """A second copy of each dictionary as it was made: without it, one damaged page could cost every record.

    It has the same columns, so that a repair which finds a row of one on a page may take it for the other.
    """

    __tablename__ = "dictionary_copy"
    id: int = Field(primary_key=True)
    content: bytes
    records: int
    is_packed: int = 0


class SyncState(SQLModel, table=True):
    """How far one planned query of one connection has come.

    `cursor` is the next page of a sweep that is under way, or None; `since` what it was narrowed to; `sweep_began`
    the portal's own time when it began (FHIR instant). `complete_to` is the time up to which a finished sweep has
    seen everything; `full_sweep` when the last one without narrowing ended, `asked` when the query was last made,
    both in seconds since 1970 UTC. `ended` is one of `store.vault.progress.End`; `error` says more.
    """

    __tablename__ = "sync_state"
    __table_args__ = _ONE_TREE
    connection: int = Field(foreign_key="connection.id", primary_key=True)
    query: str = Field(primary_key=True)
    type: str
    cursor: str | None = None
    since: str | None = None
    sweep_began: str | None = None
    complete_to: str | None = None
    full_sweep: int | None = None
    received: int = 0
    error: str | None = None
    asked: int | None = None
    ended: str = ""


class Absence(SQLModel, table=True):
    """A record that its portal has no more, found absent `at` this time (seconds since 1970 UTC)."""

    __tablename__ = "absence"
    pk: int = Field(primary_key=True, foreign_key="resource.pk", sa_column_kwargs={"autoincrement": False})
    at: int


class Quarantine(SQLModel, table=True):
    """What a portal served as a record and could not be used, with its bytes, compressed, and why not.

    `type` is that of the search that brought it, `name` what it calls itself, or its place on its page.
    """

    __tablename__ = "quarantine"
    connection: int = Field(foreign_key="connection.id", primary_key=True)
    type: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    why: str
    at: int
    body: bytes = Field(sa_column=Column(PackedBytes, nullable=False))


class OutboxItem(SQLModel, table=True):
    """One thing the patient asked for, frozen as it will be sent. Times are in seconds since 1970 UTC.

    `state` is one of `store.vault.outbox.State`; `request_id` the identifier by which the portal finds it again.
    `interaction` is `create` or `update`; an update names the record it is for (`target`, as `Type/id`), the version
    it was made from (`version`, for If-Match) and that version's own bytes (`base`). Items of one `thread` are sent in
    their order; none is sent before `not_before`.
    """

    __tablename__ = "outbox_item"
    __table_args__ = _ONE_TREE
    id: str = Field(primary_key=True)
    connection: int = Field(foreign_key="connection.id")
    kind: str
    title: str
    type: str
    request_id: str = Field(unique=True)
    body: bytes
    state: str
    created: int
    updated: int
    attempts: int = 0
    result: str | None = None
    reason: str = ""
    focus: str = ""
    interaction: str = "create"
    target: str = ""
    version: str = ""
    base: bytes = b""
    thread: str = ""
    not_before: int = 0


class Conflict(SQLModel, table=True):
    """A change of the patient's that its portal would not take, because the record was changed there, too.

    `base`, `mine` and `theirs` are the record as it was, as the patient wants it and as the portal has it now (of
    `version`), compressed. `resolution` is empty while it is open, then `mine`, `theirs` or `edit`.
    """

    __tablename__ = "change_conflict"
    id: str = Field(primary_key=True)
    connection: int = Field(foreign_key="connection.id")
    item: str = Field(foreign_key="outbox_item.id")
    target: str
    base: bytes = Field(sa_column=Column(PackedBytes, nullable=False))
    mine: bytes = Field(sa_column=Column(PackedBytes, nullable=False))
    theirs: bytes = Field(sa_column=Column(PackedBytes, nullable=False))
    version: str
    created: int
    resolution: str = ""


class ReminderRule(SQLModel, table=True):
    """When to remind the patient of what; see `store.records.reminders.Rule`.

    `mark` is the highest key of a record of its connection when it was made, `created` in seconds since 1970 UTC.
    """

    __tablename__ = "reminder_rule"
    __table_args__ = (UniqueConstraint("connection", "topic", "lead", "channel"),)
    id: int | None = Field(default=None, primary_key=True)
    connection: int = Field(foreign_key="connection.id")
    topic: str
    lead: str
    channel: str
    with_details: int
    is_paused: int
    mark: int
    created: int


class ReminderDelivery(SQLModel, table=True):
    """What became of the delivery of one reminder, last touched `at` this time (seconds since 1970 UTC).

    `rule` is the name of a rule, not its id; `event` names a record and, where it has one, its time; `state` is one of
    `store.vault.reminders.State`, and `reason` says why it is not delivered.
    """

    __tablename__ = "reminder_delivery"
    __table_args__ = _ONE_TREE
    connection: int = Field(foreign_key="connection.id", primary_key=True)
    rule: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    state: str
    at: int
    reason: str


class Attachment(SQLModel, table=True):
    """A document's content, fetched from `address` (absolute URL, without fragment), in parts.

    `size` counts its bytes, `digest` is their blake2b-128, `fetched` is in seconds since 1970 UTC. While `fetched` is
    0 it is still arriving, or broke off: then it means nothing, and `address` has a mark before it.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("connection", "address"),)
    id: int | None = Field(default=None, primary_key=True)
    connection: int = Field(foreign_key="connection.id")
    address: str
    content_type: str
    size: int
    digest: bytes
    fetched: int


class AttachmentPart(SQLModel, table=True):
    """One part of an attachment's content, in order of `number` from 0, compressed."""

    __tablename__ = "attachment_part"
    __table_args__ = (UniqueConstraint("attachment", "number"),)
    pk: int | None = Field(default=None, primary_key=True)
    attachment: int = Field(foreign_key="attachment.id")
    number: int
    body: bytes = Field(sa_column=Column(PackedBytes, nullable=False))


class AuditEntry(SQLModel, table=True):
    """One line of the audit trail; `mac` chains it to the one before. `at` is in seconds since 1970 UTC."""

    __tablename__ = "audit_entry"
    number: int | None = Field(default=None, primary_key=True)
    at: int
    actor: str
    subject: str
    action: str
    what: str
    mac: bytes


class Setting(SQLModel, table=True):
    """One setting or counter that belongs to the vault itself."""

    __tablename__ = "setting"
    __table_args__ = _ONE_TREE
    name: str = Field(primary_key=True)
    value: str
