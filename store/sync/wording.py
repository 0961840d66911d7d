"""Words of what is attached to records, read out of pages, RTF, clinical documents and PDF, for search to know."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from store import events
from store.errors import InsecureAddress, VaultDamaged
from store.records import attachments as found_in
from store.records import searchable
from store.records.lossless import decode
from store.records.source import is_imported
from store.vault import attached, attachments, reading, resources

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator

    from store.events import ShouldStop
    from store.records.attachments import Attachment
    from store.records.elements import Json
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_MOST_BYTES = 16 << 20  # of one attachment; what is larger is not read for search
_INSIDE = b'"data"'
_NOT_PLAIN = re.compile(rb'"contentType"\s*:\s*"(?!text/plain)')
_PLAINLY = (b'"presentedForm"', b'"content"')  # whose plain text is among a record's own words


def may_have(body: bytes) -> bool:
    """Whether the bytes of a record could hold a document inside, besides plain text: a quick look."""
    if _INSIDE not in body or not found_in.may_have(body):
        return False
    return _NOT_PLAIN.search(body) is not None or not any(name in body for name in _PLAINLY)


def learn(vault: Vault, owner: ConnectionRow, places: Collection[int], should_stop: ShouldStop = events.never) -> None:
    """Read what is attached to some records of a connection, as far as it is in the vault, and have search know it.

    Each record in a transaction of its own: reading a document may take a while, and nobody is to wait for it.
    """
    for pk in sorted(places):
        if should_stop():
            return
        with vault.reading() as connection:
            row = next(iter(reading.rows_of(connection, [pk])), None)
            body = reading.bodies(vault, connection, [pk]).get(pk)
            before = attached.words_of(connection, (owner.id,), [pk]).get(pk)
        if row is None or body is None:
            continue
        resource = decode(body)
        words = _words(vault, owner, resource)
        if words == before or (before is None and not _is_here(vault, owner, resource)):
            continue
        with vault.transaction() as tx:
            if reading.bodies(vault, tx.connection, [pk]).get(pk) != body:
                continue  # it has changed meanwhile, and whoever changed it sees to its words
            attached.keep(tx, owner.id, pk, words)
            resources.index(tx, pk, row.title, attached.joined(searchable.searchable_text(resource, row.title), words))


def is_readable(owner: ConnectionRow, body: bytes, there: Container[str]) -> bool:
    """Whether a record has a document in the vault: inside, or at one of the addresses that are `there`."""
    if may_have(body):
        return True
    return found_in.may_have(body) and any(_address(owner, item) in there for item in found_in.find(decode(body)))


def _is_here(vault: Vault, owner: ConnectionRow, resource: Json) -> bool:
    return any(_content(vault, owner, item)[0] for item in found_in.find(resource))


def _words(vault: Vault, owner: ConnectionRow, resource: Json) -> str:
    """The words of all that is attached to a record, but for what its own words have already, within bounds."""
    own = frozenset(searchable.searchable_text(resource).split("\n"))
    found: dict[str, None] = {}
    room = attached.MAX_CHARACTERS
    for item in found_in.find(resource):
        for line in _lines(vault, owner, item):
            if line in own or line in found:
                continue
            room -= len(line) + 1
            if room < 0:
                return "\n".join(found)
            found[line] = None
    return "\n".join(found)


def _lines(vault: Vault, owner: ConnectionRow, item: Attachment) -> Iterator[str]:
    content, declared = _content(vault, owner, item)
    if not content:
        return
    # Deferred: most syncs bring no document, and need no readers of them.
    from store.documents import blocks  # noqa: PLC0415 - as said
    from store.documents import reading as documents  # noqa: PLC0415 - as above

    for line in blocks.words(documents.read(content, declared).blocks).split("\n"):
        said = " ".join(line.split())
        if said:
            yield said


def _content(vault: Vault, owner: ConnectionRow, item: Attachment) -> tuple[bytes, str]:
    """What an attachment holds and what it is said to be; nothing for what is not here, damaged or too large."""
    if item.content is not None:
        return (item.content if len(item.content) <= _MOST_BYTES else b""), item.content_type
    with vault.reading() as connection:
        kept = attachments.find(connection, owner.id, _address(owner, item))
    if kept is None or kept.size > _MOST_BYTES:
        return b"", ""
    try:
        return b"".join(attachments.content(vault, kept, vault.path)), item.content_type or kept.content_type
    except VaultDamaged:  # a check of the vault tells of it, and a repair has it fetched again
        return b"", ""


def _address(owner: ConnectionRow, item: Attachment) -> str:
    if is_imported(owner.base_url):
        return item.url
    with suppress(InsecureAddress):
        return found_in.address(owner.base_url, item.url)
    return ""
