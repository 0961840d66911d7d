"""Looking up whether a portal has a request whose answer was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.errors import BadAnswer, RemoteError
from store.records import dates, elements, incoming
from store.records.lossless import canonical
from store.records.refills import REQUEST_ID_SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json
    from store.remote.discovery import OfferedType
    from store.remote.fhir import Fhir
    from store.vault.outbox import Item

_TIMES = ("authoredOn", "sent", "created", "dateAsserted")  # when it was asked for
_CONTENT = ("focus", "start", "requestedPeriod", "topic", "payload")  # and what for
_MOST_PAGES = 1_000


@dataclass(frozen=True)
class Found:
    """What the portal has of a request: its reference and bytes, and how many of it there are."""

    reference: str
    body: bytes
    copies: int


def look_up(
    fhir: Fhir, item: Item, offered: OfferedType, patient: str, taken: frozenset[str] = frozenset()
) -> Found | None:
    """What the portal shows of a request: by our identifier, else among all of the patient's.

    What is `taken` became of other requests; it is this one only if it says so itself.

    None is no proof that it has nothing: a portal may show later what it has taken. Raises Rejected, BadAnswer,
    InsecureAddress, SignInNeeded, Unreachable when it cannot be asked.
    """
    for parameters in _searches(item, offered, patient):
        ours: dict[str, bytes] = {}
        try:
            for body in _bodies(fhir, item.type, parameters):
                if reference := _reference_of_ours(item, body, taken):
                    ours.setdefault(reference, body)
        except RemoteError:
            if not ours:
                raise
        if ours:
            reference, body = next(iter(ours.items()))
            return Found(reference, body, len(ours))
    return None


def _searches(item: Item, offered: OfferedType, patient: str) -> Iterator[dict[str, str]]:
    has_identifier = "identifier" in offered.search_parameters
    if has_identifier:
        yield {"identifier": f"{REQUEST_ID_SYSTEM}|{item.request_id}"}
    name = next((name for name in ("patient", "subject") if name in offered.search_parameters), "")
    if name or not has_identifier:
        yield {name or "patient": f"Patient/{patient}" if name == "subject" else patient}


def _bodies(fhir: Fhir, type_name: str, parameters: dict[str, str]) -> Iterator[bytes]:
    url: str | None = fhir.first_page(type_name, parameters)
    seen: set[str] = set()
    while url:
        if url in seen or len(seen) >= _MOST_PAGES:
            raise BadAnswer(fhir.name, "its pages go round in a circle")
        seen.add(url)
        page = fhir.page(url)
        yield from page.resources
        if page.problem:
            raise page.problem
        url = page.next_url


def _reference_of_ours(item: Item, body: bytes, taken: frozenset[str]) -> str:
    """`Type/id` of a resource that is what was sent; empty for any other, and for what cannot be read."""
    try:
        record, found = incoming.decode(body), incoming.read_json(body)
        sent = incoming.read_json(item.body)
    except ValueError:
        return ""
    if record is None or record.type != item.type:
        return ""
    values = {
        each.get("value")
        for each in elements.objects(found.get("identifier"))
        if each.get("system") == REQUEST_ID_SYSTEM
    }
    reference = f"{record.type}/{record.id}"
    is_alike = reference not in taken and _is_alike(found, sent)
    is_ours = item.request_id in values if values else _is_named(item, body) or is_alike
    return reference if is_ours else ""


def _is_named(item: Item, body: bytes) -> bool:
    """Whether our identifier stands anywhere in it, be it under another system."""
    return item.request_id.encode("ascii") in body


def _is_alike(found: Json, sent: Json) -> bool:
    """Whether it asks for the same thing in the same second; a portal may have taken our identifier away."""
    times = [name for name in _TIMES if sent.get(name)]
    content = [name for name in _CONTENT if sent.get(name)]
    if bool(found.get("payload")) != bool(sent.get("payload")):
        return False  # the header of a conversation is no message of it
    return bool(times and content) and all(_bare(found.get(name)) == _bare(sent.get(name)) for name in times + content)


def _bare(value: object) -> object:
    """What a reference points at, or an instant, however it is written; anything else as it is."""
    if date := dates.parse(value):
        return date.epoch
    literal = elements.reference(value)
    return elements.target(literal) if literal else canonical(value)
