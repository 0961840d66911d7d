"""Transactions and batches: many requests in one Bundle (FHIR R4 §3.1.0.11)."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from portal_cli.sandbox import bundles
from portal_cli.sandbox.bundles import Entry
from portal_cli.sandbox.conditions import is_unchanged
from portal_cli.sandbox.instants import span
from portal_cli.sandbox.kinds import is_known
from portal_cli.sandbox.linking import Links, names_another, refuse_overlap, within
from portal_cli.sandbox.outcomes import FhirError, bad_request

if TYPE_CHECKING:
    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.reading import Reading
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version
    from portal_cli.sandbox.writing import Writing


class Transactions:
    """Carries out Bundles of requests, each request with the rights it would have by itself."""

    def __init__(self, repository: Repository, reading: Reading, writing: Writing) -> None:
        self._repository = repository
        self._reading = reading
        self._writing = writing

    def answer(self, access: Access, body: bytes, wish: str) -> Json:
        """Carry out a transaction whole or not at all, or each entry of a batch by itself.

        `wish` is what the Prefer header wants of writes: `representation`, `minimal` or `operationoutcome`.

        Raises:
            FhirError: When the Bundle is none of the two, or an entry of a transaction is refused.
        """
        kind, rows = bundles.read_bundle(body, self._repository.base_url)
        if kind == "batch":
            entries = self._independently(access, rows, wish)
        else:
            with self._repository.transaction():
                entries = self._together(access, rows, wish)
        return {"resourceType": "Bundle", "type": f"{kind}-response", **({"entry": entries} if entries else {})}

    def _independently(self, access: Access, rows: list[Entry | FhirError], wish: str) -> list[Json]:
        full_urls = frozenset(row.full_url for row in rows if isinstance(row, Entry) and row.full_url)
        answers = []
        for row in rows:
            try:
                if isinstance(row, FhirError):
                    raise row
                other = names_another(row.content, full_urls)
                if other:
                    raise bad_request(f"{other} is another entry: only a transaction can refer to it")
                answers.append(self._perform(access, row, wish))
            except FhirError as error:
                answers.append(bundles.refused(error))
        return answers

    def _together(self, access: Access, rows: list[Entry | FhirError], wish: str) -> list[Json]:
        entries = [_sound(place, row) for place, row in enumerate(rows)]
        refuse_overlap(entries)
        answers: dict[int, Json] = {}
        for entry in [entry for entry in entries if entry.method == "DELETE"]:
            answers[entry.place] = self._attempt(access, entry, wish)
        settled = self._settle(access, entries)
        coming = frozenset(f"{entry.kind}/{settled[entry.place]}" for entry in entries if entry.place in settled)
        for entry in sorted(entries, key=_turn):
            if entry.place not in answers:
                answers[entry.place] = self._attempt(access, entry, wish, settled.get(entry.place), coming)
        return [answers[entry.place] for entry in entries]

    def _settle(self, access: Access, entries: list[Entry]) -> dict[int, Version | str]:
        """Find out what each created resource will be, and point the references of all entries at that.

        Returns:
            For each POST what exists already, or the id to store under.
        """
        settled: dict[int, Version | str] = {}
        targets = []
        for entry in entries:
            if entry.method == "POST":
                try:
                    access.require(entry.kind, "c")
                    existing = self._writing.existing(access, entry.kind, entry.conditions.get("ifNoneExist", ""))
                except FhirError as error:
                    raise within(entry.place, error) from error
                settled[entry.place] = existing or str(uuid.uuid4())
                name = existing.name if existing else f"{entry.kind}/{settled[entry.place]}"
                targets.append((entry.full_url, name))
            elif entry.method in {"PUT", "PATCH"}:
                targets.append((entry.full_url, entry.name))
        links = Links(targets, lambda kind, query: self._only(access, kind, query))
        for entry in entries:
            try:
                links.resolve(entry)
            except FhirError as error:
                raise within(entry.place, error) from error
        return settled

    def _only(self, access: Access, kind: str, query: str) -> str:
        access.require(kind, "s")
        found = self._writing.existing(access, kind, query)
        if found is None:
            raise FhirError(412, "not-found", f"the reference {kind}?{query} matches nothing in this record")
        return found.name

    def _attempt(
        self,
        access: Access,
        entry: Entry,
        wish: str,
        settled: Version | str | None = None,
        coming: frozenset[str] = frozenset(),
    ) -> Json:
        try:
            return self._perform(access, entry, wish, settled, coming)
        except FhirError as error:
            raise within(entry.place, error) from error

    def _perform(
        self,
        access: Access,
        entry: Entry,
        wish: str,
        settled: Version | str | None = None,
        coming: frozenset[str] = frozenset(),
    ) -> Json:
        if not is_known(entry.kind) and entry.kind not in {*self._repository.kinds(), "_history"}:
            raise FhirError(404, "not-supported", f"there is no resource type {entry.kind!r}")
        if entry.method in {"GET", "HEAD"}:
            return self._get(access, entry)
        if entry.query:
            raise bad_request("updates and deletions by a condition are not offered here", "not-supported")
        if len(entry.path) != (1 if entry.method == "POST" else 2):
            raise bad_request(f"{'/'.join(entry.path)!r} is not an address to {entry.method}")
        if entry.method == "POST":
            return self._create(access, entry, wish, settled, coming)
        if_match = entry.conditions.get("ifMatch", "")
        if entry.method == "DELETE":
            self._writing.delete(access, entry.kind, entry.path[1], if_match)
            return bundles.removed()
        if entry.method == "PATCH":
            version = self._writing.patch(access, entry.name, entry.content, if_match)
        else:
            _require_kind(entry)
            version = self._writing.replace(access, entry.path[1], entry.content, if_match)
        return bundles.written(version, HTTPStatus.OK, self._repository.base_url, wish)

    def _create(
        self, access: Access, entry: Entry, wish: str, settled: Version | str | None, coming: frozenset[str]
    ) -> Json:
        _require_kind(entry)
        access.require(entry.kind, "c")
        with self._repository.lock:
            if settled is None:
                settled = self._writing.existing(access, entry.kind, entry.conditions.get("ifNoneExist", "")) or ""
            if isinstance(settled, str):
                version, status = self._writing.add(access, entry.content, settled, coming), HTTPStatus.CREATED
            else:
                version, status = settled, HTTPStatus.OK
        return bundles.written(version, status, self._repository.base_url, wish)

    def _get(self, access: Access, entry: Entry) -> Json:
        reading, has_body = self._reading, entry.method == "GET"
        pairs = parse_qsl(entry.query, keep_blank_values=True)
        match entry.path:
            case ("_history",):
                document = reading.histories.of_everything(access, pairs)
            case (kind,):
                document = reading.search(access, kind, pairs, is_strict=False)
            case (kind, "_history"):
                document = reading.histories.of_type(access, kind, pairs)
            case ("Patient", key, "$everything"):
                document = reading.everything.answer(access, key, pairs)
            case (kind, key, "_history"):
                document = reading.histories.of_resource(access, kind, key, pairs)
            case (kind, key, "_history", number):
                return self._shown(entry, reading.vread(access, kind, key, number))
            case (kind, key):
                return self._shown(entry, reading.read(access, kind, key))
            case _:
                raise FhirError(404, "not-found", f"there is no address {'/'.join(entry.path)!r}")
        return bundles.found(document, has_body=has_body)

    def _shown(self, entry: Entry, version: Version) -> Json:
        moment = span(entry.conditions.get("ifModifiedSince", ""))
        since = moment.low if moment else None
        is_changed = not is_unchanged(version, entry.conditions.get("ifNoneMatch", ""), since)
        has_body = entry.method == "GET"
        return bundles.shown(version, self._repository.base_url, is_changed=is_changed, has_body=has_body)


def _sound(place: int, row: Entry | FhirError) -> Entry:
    if isinstance(row, FhirError):
        raise within(place, row)
    return row


def _turn(entry: Entry) -> tuple[int, int]:
    """Order the work: deletions, creations, changes, reads; what refers to what is new comes after it."""
    order = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2}
    return order.get(entry.method, 3), _rank(entry)


def _rank(entry: Entry) -> int:
    """Put files before what they are attached to, conversations before their messages, and a Provenance last."""
    if entry.kind == "Communication" and entry.method == "POST":
        return 1 + ("partOf" in entry.content) + ("inResponseTo" in entry.content)
    return {"Binary": 0, "Provenance": 4}.get(entry.kind, 1)


def _require_kind(entry: Entry) -> None:
    if entry.content["resourceType"] != entry.kind:
        raise bad_request(f"the resource is a {entry.content['resourceType']}, the address is of {entry.kind}")
