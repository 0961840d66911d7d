"""Every table of the vault, declared once."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData
from sqlmodel import Field, SQLModel

metadata: MetaData = SQLModel.metadata


class Migration(SQLModel, table=True):
    """One step of the schema's history that this vault has taken. `applied` is in seconds since 1970 UTC."""

    __tablename__ = "migration"
    number: int = Field(primary_key=True)
    applied: int


class Connection(SQLModel, table=True):
    """One patient's access to one portal, tokens included. Times are in seconds since 1970 UTC.

    `capability` and `smart` are the portal's CapabilityStatement and SMART configuration as last served.
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
    smart: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    capability: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    created: int
    signed_in: int | None = None
    synced: int | None = None


class Resource(SQLModel, table=True):
    """One FHIR resource: the columns that lists need, and its own bytes, compressed.

    `h` is the blake2b-64 of connection, type and id, signed; `date` is in seconds since 1970 UTC and orders, while
    `date_text` keeps the portal's precision; `hash` is the blake2b-128 of the uncompressed bytes; `dictionary` is
    the zstd dictionary that `body` was compressed with, 0 for none.
    """

    __tablename__ = "resource"
    __table_args__ = (
        Index("resource_by_kind", "kind", "date"),
        Index("resource_by_code", "kind", "code", "date"),
        Index("resource_by_type", "connection", "type"),
    )
    pk: int | None = Field(default=None, primary_key=True)
    h: int = Field(sa_column=Column(BigInteger, unique=True, nullable=False))
    connection: int = Field(foreign_key="connection.id")
    type: str
    id: str
    version: str | None = None
    last_updated: str | None = None
    kind: str
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


class Dictionary(SQLModel, table=True):
    """A trained zstd dictionary. None is ever dropped while a body needs it."""

    __tablename__ = "dictionary"
    id: int = Field(primary_key=True)
    content: bytes


class SyncState(SQLModel, table=True):
    """How far one planned query of one connection has come.

    `cursor` is the next page of a sweep that is under way, or None; `since` what it was narrowed to; `sweep_began`
    the portal's own time when it began (FHIR instant). `complete_to` is the time up to which a finished sweep has
    seen everything; `full_sweep` when the last one without narrowing ended, in seconds since 1970 UTC.
    """

    __tablename__ = "sync_state"
    pk: int | None = Field(default=None, primary_key=True)
    connection: int = Field(foreign_key="connection.id")
    query: str
    type: str
    cursor: str | None = None
    since: str | None = None
    sweep_began: str | None = None
    complete_to: str | None = None
    full_sweep: int | None = None
    received: int = 0
    error: str | None = None

    __table_args__ = (Index("sync_state_by_query", "connection", "query", unique=True),)


class OutboxItem(SQLModel, table=True):
    """One thing the patient asked for, frozen as it will be sent. Times are in seconds since 1970 UTC.

    `state` is one of `store.vault.outbox.State`; `request_id` the identifier by which the portal finds it again.
    """

    __tablename__ = "outbox_item"
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
    name: str = Field(primary_key=True)
    value: str
