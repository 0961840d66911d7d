"""What the schema's steps have written into vaults, word for word: never edited, whatever later releases declare."""

from __future__ import annotations


def _table(name: str, *parts: str) -> str:
    """A table as release 0.1.0 wrote it down, to the last space."""
    inside = ", \n\t".join(parts)
    return f"CREATE TABLE {name} (\n\t{inside}\n)"


FIRST = (
    _table(
        "audit_entry",
        "number INTEGER NOT NULL",
        "at INTEGER NOT NULL",
        "actor VARCHAR NOT NULL",
        "subject VARCHAR NOT NULL",
        "action VARCHAR NOT NULL",
        "what VARCHAR NOT NULL",
        "mac BLOB NOT NULL",
        "PRIMARY KEY (number)",
    ),
    _table(
        "connection",
        "id INTEGER NOT NULL",
        "name VARCHAR NOT NULL",
        "base_url VARCHAR NOT NULL",
        "client_id VARCHAR NOT NULL",
        "redirect_uri VARCHAR",
        "scope_requested VARCHAR",
        "scope VARCHAR NOT NULL",
        "patient VARCHAR NOT NULL",
        "patient_name VARCHAR NOT NULL",
        "fhir_user VARCHAR NOT NULL",
        "access_token VARCHAR",
        "access_expires INTEGER NOT NULL",
        "refresh_token VARCHAR",
        "smart BLOB NOT NULL",
        "capability BLOB NOT NULL",
        "created INTEGER NOT NULL",
        "signed_in INTEGER",
        "synced INTEGER",
        "PRIMARY KEY (id)",
        "UNIQUE (name)",
    ),
    _table(
        "dictionary",
        "id INTEGER NOT NULL",
        "content BLOB NOT NULL",
        "PRIMARY KEY (id)",
    ),
    _table(
        "migration",
        "number INTEGER NOT NULL",
        "applied INTEGER NOT NULL",
        "PRIMARY KEY (number)",
    ),
    _table(
        "setting",
        "name VARCHAR NOT NULL",
        "value VARCHAR NOT NULL",
        "PRIMARY KEY (name)",
    ),
    _table(
        "outbox_item",
        "id VARCHAR NOT NULL",
        "connection INTEGER NOT NULL",
        "kind VARCHAR NOT NULL",
        "title VARCHAR NOT NULL",
        "type VARCHAR NOT NULL",
        "request_id VARCHAR NOT NULL",
        "body BLOB NOT NULL",
        "state VARCHAR NOT NULL",
        "created INTEGER NOT NULL",
        "updated INTEGER NOT NULL",
        "attempts INTEGER NOT NULL",
        "result VARCHAR",
        "reason VARCHAR NOT NULL",
        "focus VARCHAR NOT NULL",
        "PRIMARY KEY (id)",
        "FOREIGN KEY(connection) REFERENCES connection (id)",
        "UNIQUE (request_id)",
    ),
    _table(
        "resource",
        "pk INTEGER NOT NULL",
        "h BIGINT NOT NULL",
        "connection INTEGER NOT NULL",
        "type VARCHAR NOT NULL",
        "id VARCHAR NOT NULL",
        "version VARCHAR",
        "last_updated VARCHAR",
        "kind VARCHAR NOT NULL",
        "code VARCHAR NOT NULL",
        "title VARCHAR NOT NULL",
        "date BIGINT",
        "date_text VARCHAR NOT NULL",
        "status VARCHAR NOT NULL",
        "flag VARCHAR NOT NULL",
        "value VARCHAR NOT NULL",
        "unit VARCHAR NOT NULL",
        "size INTEGER NOT NULL",
        "hash BLOB NOT NULL",
        "dictionary INTEGER NOT NULL",
        "body BLOB NOT NULL",
        "PRIMARY KEY (pk)",
        "UNIQUE (h)",
        "FOREIGN KEY(connection) REFERENCES connection (id)",
    ),
    "CREATE INDEX resource_by_code ON resource (kind, code, date)",
    "CREATE INDEX resource_by_kind ON resource (kind, date)",
    "CREATE INDEX resource_by_type ON resource (connection, type)",
    _table(
        "sync_state",
        "pk INTEGER NOT NULL",
        "connection INTEGER NOT NULL",
        '"query" VARCHAR NOT NULL',
        "type VARCHAR NOT NULL",
        "cursor VARCHAR",
        "since VARCHAR",
        "sweep_began VARCHAR",
        "complete_to VARCHAR",
        "full_sweep INTEGER",
        "received INTEGER NOT NULL",
        "error VARCHAR",
        "PRIMARY KEY (pk)",
        "FOREIGN KEY(connection) REFERENCES connection (id)",
    ),
    'CREATE UNIQUE INDEX sync_state_by_query ON sync_state (connection, "query")',
    (
        "CREATE VIRTUAL TABLE resource_fts USING fts5("
        "title, words, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\")"
    ),
)

SECOND = (
    (
        "CREATE TABLE dictionary ("
        "id INTEGER NOT NULL, content BLOB NOT NULL, records INTEGER NOT NULL, "
        "is_packed INTEGER NOT NULL, PRIMARY KEY (id)"
        ")"
    ),
    "CREATE TABLE kind (id INTEGER NOT NULL, type VARCHAR NOT NULL, noun VARCHAR NOT NULL, PRIMARY KEY (id))",
    "CREATE TABLE setting (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name)) WITHOUT ROWID",
    (
        "CREATE TABLE outbox_item ("
        "id VARCHAR NOT NULL, connection INTEGER NOT NULL, kind VARCHAR NOT NULL, "
        "title VARCHAR NOT NULL, type VARCHAR NOT NULL, request_id VARCHAR NOT NULL, body BLOB NOT NULL, "
        "state VARCHAR NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, "
        "attempts INTEGER NOT NULL, result VARCHAR, reason VARCHAR NOT NULL, focus VARCHAR NOT NULL, "
        "PRIMARY KEY (id), FOREIGN KEY(connection) REFERENCES connection (id), UNIQUE (request_id)"
        ") WITHOUT ROWID"
    ),
    (
        "CREATE TABLE resource ("
        "pk INTEGER NOT NULL, h BIGINT NOT NULL, connection INTEGER NOT NULL, kind INTEGER NOT NULL, "
        "id VARCHAR NOT NULL, version VARCHAR, last_updated VARCHAR, code VARCHAR NOT NULL, "
        "title VARCHAR NOT NULL, date BIGINT, date_text VARCHAR NOT NULL, status VARCHAR NOT NULL, "
        "flag VARCHAR NOT NULL, value VARCHAR NOT NULL, unit VARCHAR NOT NULL, size INTEGER NOT NULL, "
        "hash BLOB NOT NULL, dictionary INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (pk), "
        "UNIQUE (h), FOREIGN KEY(connection) REFERENCES connection (id), "
        "FOREIGN KEY(kind) REFERENCES kind (id)"
        ")"
    ),
    "CREATE INDEX resource_by_kind ON resource (kind, date)",
    "CREATE INDEX resource_without_title ON resource (connection) WHERE title = ''",
    (
        "CREATE TABLE sync_state ("
        'connection INTEGER NOT NULL, "query" VARCHAR NOT NULL, type VARCHAR NOT NULL, cursor VARCHAR, '
        "since VARCHAR, sweep_began VARCHAR, complete_to VARCHAR, full_sweep INTEGER, "
        'received INTEGER NOT NULL, error VARCHAR, PRIMARY KEY (connection, "query"), '
        "FOREIGN KEY(connection) REFERENCES connection (id)"
        ") WITHOUT ROWID"
    ),
    (
        "CREATE VIRTUAL TABLE resource_fts USING fts5("
        "words, content='', contentless_delete=1, detail=none, tokenize=\"unicode61 remove_diacritics 2\")"
    ),
)

FOURTH = (
    "CREATE INDEX resource_withdrawn ON resource (kind) WHERE status = 'entered-in-error'",
    (
        "CREATE TABLE dictionary_copy (id INTEGER NOT NULL, content BLOB NOT NULL, records INTEGER NOT NULL, "
        "is_packed INTEGER NOT NULL, PRIMARY KEY (id))"
    ),
    (
        "CREATE TABLE sync_state ("
        'connection INTEGER NOT NULL, "query" VARCHAR NOT NULL, type VARCHAR NOT NULL, cursor VARCHAR, '
        "since VARCHAR, sweep_began VARCHAR, complete_to VARCHAR, full_sweep INTEGER, "
        "received INTEGER NOT NULL, error VARCHAR, asked INTEGER, ended VARCHAR NOT NULL, "
        'PRIMARY KEY (connection, "query"), FOREIGN KEY(connection) REFERENCES connection (id)'
        ") WITHOUT ROWID"
    ),
    (
        "CREATE TABLE outbox_item ("
        "id VARCHAR NOT NULL, connection INTEGER NOT NULL, kind VARCHAR NOT NULL, "
        "title VARCHAR NOT NULL, type VARCHAR NOT NULL, request_id VARCHAR NOT NULL, body BLOB NOT NULL, "
        "state VARCHAR NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, "
        "attempts INTEGER NOT NULL, result VARCHAR, reason VARCHAR NOT NULL, focus VARCHAR NOT NULL, "
        "interaction VARCHAR NOT NULL, target VARCHAR NOT NULL, version VARCHAR NOT NULL, base BLOB NOT NULL, "
        "thread VARCHAR NOT NULL, not_before INTEGER NOT NULL, "
        "PRIMARY KEY (id), FOREIGN KEY(connection) REFERENCES connection (id), UNIQUE (request_id)"
        ") WITHOUT ROWID"
    ),
    (
        "CREATE TABLE absence (pk INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (pk), "
        "FOREIGN KEY(pk) REFERENCES resource (pk))"
    ),
    (
        "CREATE TABLE quarantine ("
        "connection INTEGER NOT NULL, type VARCHAR NOT NULL, name VARCHAR NOT NULL, why VARCHAR NOT NULL, "
        "at INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (connection, type, name), "
        "FOREIGN KEY(connection) REFERENCES connection (id)"
        ")"
    ),
    (
        "CREATE TABLE change_conflict ("
        "id VARCHAR NOT NULL, connection INTEGER NOT NULL, item VARCHAR NOT NULL, target VARCHAR NOT NULL, "
        "base BLOB NOT NULL, mine BLOB NOT NULL, theirs BLOB NOT NULL, version VARCHAR NOT NULL, "
        "created INTEGER NOT NULL, resolution VARCHAR NOT NULL, PRIMARY KEY (id), "
        "FOREIGN KEY(connection) REFERENCES connection (id), FOREIGN KEY(item) REFERENCES outbox_item (id)"
        ")"
    ),
    (
        "CREATE TABLE attachment ("
        "id INTEGER NOT NULL, connection INTEGER NOT NULL, address VARCHAR NOT NULL, content_type VARCHAR NOT NULL, "
        "size INTEGER NOT NULL, digest BLOB NOT NULL, fetched INTEGER NOT NULL, PRIMARY KEY (id), "
        "UNIQUE (connection, address), FOREIGN KEY(connection) REFERENCES connection (id)"
        ")"
    ),
    (
        "CREATE TABLE attachment_part ("
        "pk INTEGER NOT NULL, attachment INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL, "
        "PRIMARY KEY (pk), UNIQUE (attachment, number), FOREIGN KEY(attachment) REFERENCES attachment (id)"
        ")"
    ),
)

FIFTH = ("CREATE INDEX resource_by_kind ON resource (kind, date, connection)",)

SIXTH = (
    (
        "CREATE TABLE reminder_rule ("
        "id INTEGER NOT NULL, connection INTEGER NOT NULL, topic VARCHAR NOT NULL, lead VARCHAR NOT NULL, "
        "channel VARCHAR NOT NULL, with_details INTEGER NOT NULL, is_paused INTEGER NOT NULL, "
        "mark INTEGER NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (id), "
        "UNIQUE (connection, topic, lead, channel), FOREIGN KEY(connection) REFERENCES connection (id)"
        ")"
    ),
    (
        "CREATE TABLE reminder_delivery ("
        "connection INTEGER NOT NULL, rule VARCHAR NOT NULL, event VARCHAR NOT NULL, state VARCHAR NOT NULL, "
        "at INTEGER NOT NULL, reason VARCHAR NOT NULL, PRIMARY KEY (connection, rule, event), "
        "FOREIGN KEY(connection) REFERENCES connection (id)"
        ") WITHOUT ROWID"
    ),
)

SEVENTH = (
    (
        "CREATE TABLE earlier_version ("
        "pk INTEGER NOT NULL, resource INTEGER NOT NULL, connection INTEGER NOT NULL, version VARCHAR, "
        "last_updated VARCHAR, replaced INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (pk), "
        "FOREIGN KEY(resource) REFERENCES resource (pk), FOREIGN KEY(connection) REFERENCES connection (id)"
        ")"
    ),
    "CREATE INDEX earlier_version_by_resource ON earlier_version (resource)",
    (
        "CREATE VIRTUAL TABLE resource_fts USING fts5("
        "words, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\")"
    ),
)

EIGHTH = (
    (
        "CREATE VIRTUAL TABLE resource_fts USING fts5("
        "words, marks, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\")"
    ),
    # The places are large numbers, and merging them at each write takes as long as writing them. A search in dozens of
    # parts is hardly slower; they are merged when there are too many, and when a vault is packed.
    "INSERT INTO resource_fts (resource_fts, rank) VALUES ('automerge', 0)",
    "INSERT INTO resource_fts (resource_fts, rank) VALUES ('crisismerge', 64)",
)

NINTH = (
    (  # words first: in each other column, the index takes two bytes more for each word
        "CREATE VIRTUAL TABLE resource_fts USING fts5("
        "words, title, marks, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\")"
    ),
    # To merge parts of the index at each write takes half as long as writing them. A search in dozens of parts is not
    # much slower; they are merged when there are too many, and when a vault is packed.
    "INSERT INTO resource_fts (resource_fts, rank) VALUES ('automerge', 0)",
    "INSERT INTO resource_fts (resource_fts, rank) VALUES ('crisismerge', 64)",
)
