"""Taking records out of files into the vault: looked at once for whose they are, and read again to be stored."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from store import failpoints
from store.documents.blocks import NotShown
from store.errors import IdentityClash, NotImportable
from store.records import incoming, lossless
from store.records.belonging import Belonging
from store.records.bundles import NoResources
from store.records.source import imported
from store.records.text import Safe, one_line
from store.services import import_files
from store.services.import_files import Form
from store.services.import_plans import Imported, failure
from store.sync import naming, wording
from store.vault import attachments, packing, reading, resources
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.belonging import Person
    from store.records.elements import Json
    from store.records.incoming import Incoming
    from store.services.import_files import Found, Source
    from store.services.import_plans import Work
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

_BATCH = 2_000  # records a transaction
CDA_TYPE = "application/hl7-v3+xml"
_ORIGINAL = imported("").encode()
_Stored: TypeAlias = (
    "dict[tuple[str, str], tuple[int, bool]]"  # by type and id: the key, and if it was new or had changed
)


@dataclass
class Counts:
    """How many records there are of each person and type, and of nobody."""

    people: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    nobodys: int = 0


@dataclass(frozen=True)
class Taken:
    """What came of a source for one person, and what could not be used."""

    report: Imported
    failures: tuple[Safe, ...]


def found_in(source: Source) -> Belonging:
    """Who is in a source, and whose each record is. Raises NotImportable."""
    found = Belonging()
    count = 0
    for body in _bodies(source, []):
        found.look(body)
        count += 1
    if not count:
        raise NotImportable(source.files[0].path, "there is no record in it")
    found.settle()
    return found


def counted(work: Work) -> Counts:
    """How much of a source would be imported."""
    counts = Counts()
    for body in _bodies(work.source, []):
        name = incoming.name(body)
        if name is None or name[0] == "OperationOutcome":
            continue
        owners = work.belonging.whose(body)
        counts.nobodys += not owners
        meant = owners & work.chosen.keys()
        counts.types[name[0]] += bool(meant)
        counts.people.update(meant)
    return counts


def take(vault: Vault, work: Work, person: Person) -> Taken:
    """Store what a source has of a person, in transactions of some thousand records; what is there stays as it is.

    Raises NotImportable for a file that is not what was looked at any more.
    """
    from store.vault import connections  # noqa: PLC0415 - the ORM is loaded only to write

    source, failures = work.source, list[Safe]()
    import_files.check_unchanged(source)
    with vault.transaction() as tx:
        owner = connections.save_imported(tx, _short(source.name), imported(source.digest), person.id)
        connections.name_patient(tx, owner, person.name)
        for file in source.files:
            if file.form is Form.CDA:
                _keep_original(tx, owner, file)
    total = new = 0
    documents: list[int] = []
    for batch in _batches(_of(work, person, failures)):
        with vault.transaction() as tx:
            found = _store(tx, owner, batch, source, failures)
        new += sum(is_changed for _, is_changed in found.values())
        documents += [found[item.type, item.id][0] for item in batch if found and _may_be_read(item)]
        total += len(batch)
        failpoints.reach("import.batch")
    with vault.reading() as connection:
        is_known = reading.owner(connection, owner).synced is not None
    if is_known and not new:
        return _taken(work, person, (total, new), failures)
    with vault.transaction() as tx:
        naming.medications(tx, owner)
        connections.mark_synced(tx, owner, int(time.time()))
        tx.audit(Entry("import", f"connection {owner}: {total} records, {new} new", f"Patient/{person.id}"))
    with vault.reading() as connection:
        row = reading.owner(connection, owner)
    wording.learn(vault, row, documents)
    packing.pack(vault)
    vault.checkpoint()
    return _taken(work, person, (total, new), failures)


def _taken(work: Work, person: Person, counts: tuple[int, int], failures: list[Safe]) -> Taken:
    form = " and ".join(sorted({file.form.value for file in work.source.files}))
    whose = person.name or one_line(person.id)
    return Taken(Imported(one_line(work.source.name), Safe(form), whose, *counts), tuple(failures))


def _of(work: Work, person: Person, failures: list[Safe]) -> Iterator[Incoming]:
    """The records of a source that are a person's, read."""
    for body in _bodies(work.source, failures):
        if person.id not in work.belonging.whose(body) and incoming.name(body) is not None:
            continue
        try:
            record = incoming.decode(body)
        except ValueError as error:
            name = incoming.name(body)
            failures.append(failure(work.source, f"{'/'.join(name) if name else 'a record'} cannot be used: {error}"))
            continue
        if record is not None:
            yield record


def _bodies(source: Source, failures: list[Safe]) -> Iterator[bytes]:
    """The resources of a source, each with its own bytes. Raises NotImportable."""
    for file in source.files:
        if file.form is Form.CDA:
            yield from map(lossless.encode, of_document(file))
            continue
        for body in import_files.resources(file):
            if isinstance(body, NoResources):
                failures.append(failure(source, str(body)))
            else:
                yield body


def of_document(file: Found) -> list[Json]:
    """The records that a C-CDA document is taken apart into: patient, document, entries. Raises NotImportable."""
    from store.documents.cda import people, records, tree  # noqa: PLC0415 - most files are none

    content = import_files.content(file.path)
    try:
        root = tree.parse(content)
    except NotShown as error:
        raise NotImportable(file.path, str(error)) from error
    patient = people.patient(root)
    if patient is None:
        raise NotImportable(file.path, "it names no patient")
    attachment = {
        "contentType": CDA_TYPE,
        "url": imported(file.digest),
        "size": len(content),
        "title": file.path.name.encode("utf-8", "replace").decode(),
    }
    document = records.document(root, patient, attachment, file.digest)
    found = records.read(root, patient)
    return [patient, document, *found, *records.provenance(document, found)]


def _keep_original(tx: Transaction, owner: int, file: Found) -> None:
    """Keep a document as it is, beside what was read of it."""
    address = imported(file.digest)
    if attachments.find(tx.connection, owner, address):
        return
    content = import_files.content(file.path)
    arrival = attachments.Arrival(owner, address)
    for place in range(0, len(content), attachments.PART_BYTES):
        arrival.add(tx, content[place : place + attachments.PART_BYTES])
    arrival.complete(tx, CDA_TYPE, int(time.time()))


def _store(tx: Transaction, owner: int, batch: list[Incoming], source: Source, failures: list[Safe]) -> _Stored:
    try:
        return resources.store_each(tx, owner, batch)
    except IdentityClash as error:
        failures.append(failure(source, str(error)))
        return {}


def _may_be_read(record: Incoming) -> bool:
    """Whether a record may have a document that search is to read: inside, or the file that it came from."""
    return wording.may_have(record.body) or _ORIGINAL in record.body


def _batches(records: Iterator[Incoming]) -> Iterator[list[Incoming]]:
    batch: list[Incoming] = []
    for record in records:
        batch.append(record)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _short(name: str) -> str:
    """A file's name as a source's: on one line, and not too long for a list."""
    return one_line(name)[:80]
