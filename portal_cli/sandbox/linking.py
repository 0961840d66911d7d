"""References inside a transaction: from temporary names and conditions to what they stand for (FHIR R4 §3.1.0.11.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.outcomes import FhirError, bad_request
from portal_cli.sandbox.references import local_target, rewrite, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portal_cli.sandbox.bundles import Entry

_TEMPORARY = ("urn:uuid:", "urn:oid:")
_CONDITIONAL = re.compile(r"^([A-Z][A-Za-z]+)\?(.+)$")


class Links:
    """What the fullUrls of a Bundle stand for.

    Only references and the addresses of content are replaced, never a value such as an identifier that happens to
    read like one.
    """

    def __init__(self, targets: Iterable[tuple[str, str]], find: Callable[[str, str], str]) -> None:
        """Take (fullUrl, `Type/id`) pairs, and `find` to give the `Type/id` that a type and a query name.

        Raises:
            FhirError: 400 when a fullUrl is given twice.
        """
        self._targets: dict[str, str] = {}
        self._find = find
        for full_url, name in targets:
            if full_url in self._targets:
                raise bad_request(f"the fullUrl {full_url} stands on two entries", "duplicate")
            if full_url:
                self._targets[full_url] = name

    def resolve(self, entry: Entry) -> None:
        """Point the references of an entry at what they stand for, in place.

        Raises:
            FhirError: 400 for a temporary name that no entry has, 412 for a condition that does not name one.
        """
        base = _base_of(entry.full_url)

        def translate(key: str, text: str) -> str | None:
            found = self._targets.get(text)
            if found is None and key == "reference":
                found = self._targets.get(f"{base}{text}") if base else None
                condition = _CONDITIONAL.match(text)
                if condition:
                    found = self._find(condition[1], condition[2])
            if found is None and key == "reference" and text.startswith(_TEMPORARY):
                raise bad_request(f"no entry has the fullUrl {text}", "invalid")
            return found

        rewrite(entry.content, translate)


def names_another(content: Any, full_urls: frozenset[str]) -> str:
    """Give a reference in a resource that is the fullUrl of an entry, or an empty text."""
    return next((text for _, key, text in walk(content) if key == "reference" and text in full_urls), "")


def refuse_overlap(entries: Iterable[Entry]) -> None:
    """Refuse a transaction that writes one resource twice.

    Raises:
        FhirError: 400 naming the resource.
    """
    seen: set[str] = set()
    conditions: set[tuple[str, str]] = set()
    for entry in entries:
        if entry.method in {"DELETE", "PUT", "PATCH"}:
            if entry.name in seen:
                raise bad_request(f"two entries write {entry.name}", "duplicate")
            seen.add(entry.name)
        condition = entry.conditions.get("ifNoneExist") if entry.method == "POST" else None
        if condition:
            if (entry.kind, condition) in conditions:
                raise bad_request(f"two entries create a {entry.kind} under the condition {condition!r}", "duplicate")
            conditions.add((entry.kind, condition))


def within(place: int, error: FhirError) -> FhirError:
    """Say of a refusal in which entry it arose."""
    return FhirError(error.status, error.code, f"entry {place}: {error}", error.headers)


def _base_of(full_url: str) -> str:
    """Give what stands before `Type/id` in a fullUrl that ends so; relative references hang on it."""
    head, _, key = full_url.rpartition("/")
    base, _, kind = head.rpartition("/")
    return f"{base}/" if base and local_target(f"{kind}/{key}") else ""
