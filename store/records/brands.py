"""Directories of portals: User-access Brands bundles and plain bundles of Endpoints, read into portals with names.

Organizations name their portals in an extension (SMART App Launch 2.2, User-access Brands), or their Endpoints by
reference; Endpoints name their Organization. What cannot be used is counted with its reason, and stops nothing else.
"""

from __future__ import annotations

import gc
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from store.errors import InvalidInput
from store.records.elements import Json, first, objects
from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 128 << 20  # of a bundle, after inflation
_MAX_ENTRIES = 500_000
_MOST_ALIASES = 20
_MOST_SIGNS = 200  # of a name or the like
_LONGEST_ADDRESS = 1_000
_PORTAL = "http://hl7.org/fhir/StructureDefinition/organization-portal"
_VERSION = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version"
_DEPTH = 8  # of organizations that are a part of one another
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Found:
    """One portal of a directory: whose it is, where, its FHIR base URL, and the page for people, where it has one."""

    name: Safe
    aliases: tuple[Safe, ...]
    brand: Safe
    city: Safe
    state: Safe
    postal_code: Safe
    url: str
    page: str


@dataclass(frozen=True)
class Read:
    """What a directory holds, and how many of its entries were passed over for which reason."""

    portals: tuple[Found, ...]
    skipped: dict[str, int] = field(default_factory=dict)


class _Bundle(msgspec.Struct):
    resourceType: str = ""  # noqa: N815 - as above
    entry: list[msgspec.Raw] = msgspec.field(default_factory=list)


def inflated(content: bytes) -> bytes:
    """A file as it is, or what it holds if it is packed by gzip. Raises InvalidInput when broken, or too large."""
    if not content.startswith(_GZIP):
        return content
    opening = zlib.decompressobj(wbits=31)
    try:
        whole = opening.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise InvalidInput("that file is packed wrongly") from error
    if len(whole) > MAX_BYTES:
        raise InvalidInput(f"that directory is larger than {MAX_BYTES >> 20} MB")
    if not opening.eof:
        raise InvalidInput("that file is not complete")
    return whole


def read(content: bytes, clean: Callable[[str], str | None]) -> Read:
    """Read a directory; `clean` gives the address that was meant, or None for one that may not be used.

    Raises InvalidInput for what is none.
    """
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"that directory is larger than {MAX_BYTES >> 20} MB")
    was_on = gc.isenabled()
    gc.disable()  # what is read has no cycles, and looking for some takes as long as reading it
    try:
        return _Reading(clean).read(_resources(content))
    finally:
        if was_on:
            gc.enable()


def _resources(content: bytes) -> Iterator[tuple[str, Json | None]]:
    """Every resource of a bundle with its fullUrl; None for one that is no JSON object of acceptable depth."""
    try:
        content.decode("utf-8")
        bundle = msgspec.json.decode(content, type=_Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("that is no directory of portals: a FHIR Bundle in JSON is wanted") from error
    if bundle.resourceType != "Bundle":
        raise InvalidInput("that is no directory of portals: a FHIR Bundle is wanted")
    if len(bundle.entry) > _MAX_ENTRIES:
        raise InvalidInput(f"that directory has more than {_MAX_ENTRIES:,} entries")
    for raw in bundle.entry:
        try:
            entry = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, RecursionError):
            entry = None
        full_url, resource = (entry.get("fullUrl"), entry.get("resource")) if isinstance(entry, dict) else ("", None)
        yield full_url if isinstance(full_url, str) else "", resource if isinstance(resource, dict) else None


class _Reading:
    def __init__(self, clean: Callable[[str], str | None]) -> None:
        self._clean = clean
        self._skipped: Counter[str] = Counter()
        self._endpoints: dict[str, _Endpoint] = {}
        self._organizations: dict[str, Json] = {}
        self._names: dict[str, str] = {}  # fullUrl: Type/id
        self._managed: dict[str, list[str]] = {}  # an organization: the endpoints that name it
        self._used: set[str] = set()

    def read(self, resources: Iterator[tuple[str, Json | None]]) -> Read:
        for full_url, resource in resources:
            self._take(full_url, resource)
        found: dict[tuple[str, str], Found] = {}
        for portal in self._all():
            key = portal.name.casefold(), portal.url
            if key in found and found[key].city != portal.city:
                key = key[0] + portal.city.casefold() + portal.state.casefold(), portal.url
            found.setdefault(key, portal)
        return Read(tuple(found.values()), dict(self._skipped))

    def _take(self, full_url: str, resource: Json | None) -> None:
        if resource is None:
            self._skipped["it cannot be read"] += 1
            return
        kind, own = resource.get("resourceType"), resource.get("id")
        name = f"{kind}/{own}" if isinstance(own, str) else full_url
        if kind not in {"Endpoint", "Organization"}:
            self._skipped["it is neither an Organization nor an Endpoint"] += 1
            return
        if not name:
            self._skipped["it has no id"] += 1
            return
        if name in self._endpoints or name in self._organizations:
            self._skipped["its id was there already"] += 1
            return
        if full_url:
            self._names[full_url] = name
        if kind == "Organization":
            self._organizations[name] = resource
        else:
            self._add_endpoint(name, resource)
        for inner in objects(resource.get("contained")):
            if isinstance(inner.get("id"), str):
                self._organizations.setdefault(f"{name}#{inner['id']}", inner)

    def _add_endpoint(self, name: str, resource: Json) -> None:
        why, endpoint = _endpoint(resource, self._clean)
        if endpoint is None:
            self._skipped[why] += 1
        else:
            self._endpoints[name] = endpoint

    def _all(self) -> Iterator[Found]:
        for name, endpoint in self._endpoints.items():
            reference = first(endpoint.resource.get("managingOrganization")).get("reference")
            if isinstance(reference, str):
                place = f"{name}{reference}" if reference.startswith("#") else self._place(reference)
                self._managed.setdefault(place, []).append(name)
        for name, organization in self._organizations.items():
            yield from self._of_organization(name, organization)
        for name, endpoint in self._endpoints.items():
            if name not in self._used:
                yield _found(endpoint.resource, endpoint, "", "")

    def _of_organization(self, place: str, organization: Json) -> Iterator[Found]:
        """The portals of an organization: its own, else those of the one that it is a part of."""
        here, brand = organization, ""
        for _ in range(_DEPTH):
            found = self._portals(place, here)
            for endpoint_name, (page, title) in found.items():
                self._used.add(endpoint_name)
                yield _found(organization, self._endpoints[endpoint_name], title or brand, page)
            if found:
                return
            parent = first(here.get("partOf")).get("reference")
            place = self._place(parent)
            if not isinstance(parent, str) or place not in self._organizations:
                return
            here = self._organizations[place]
            brand = text_of(here.get("name"))
        self._skipped["it is a part of a part of too many others"] += 1

    def _portals(self, own: str, organization: Json) -> dict[str, tuple[str, str]]:
        """The endpoints of an organization that can be used: each with its page and the portal's name."""
        named: dict[str, tuple[str, str]] = {}
        for extension in objects(organization.get("extension")):
            if extension.get("url") == _PORTAL:
                named.update(self._in_extension(extension))
        for item in objects(organization.get("endpoint")):
            named.setdefault(self._place(item.get("reference")), ("", ""))
        for place in self._managed.get(own, ()):
            named.setdefault(place, ("", ""))
        return {place: said for place, said in named.items() if place in self._endpoints}

    def _in_extension(self, extension: Json) -> dict[str, tuple[str, str]]:
        page, title, places = "", "", []
        for part in objects(extension.get("extension")):
            match part.get("url"):
                case "portalUrl":
                    page = page or self._page(part.get("valueUrl"))
                case "portalName":
                    title = title or text_of(part.get("valueString"))
                case "portalEndpoint":
                    places.append(self._place(first(part.get("valueReference")).get("reference")))
        return dict.fromkeys(places, (page, title))

    def _page(self, page: object) -> str:
        found = self._clean(page) if isinstance(page, str) and len(page) <= _LONGEST_ADDRESS else None
        return "" if found is None else str(page)

    def _place(self, reference: object) -> str:
        if not isinstance(reference, str):
            return ""
        if reference in self._names:
            return self._names[reference]
        return "/".join(reference.rsplit("/", 2)[-2:])


def _found(owner: Json, endpoint: _Endpoint, brand: str, page: str) -> Found:
    address = first(owner.get("address"))
    aliases = owner.get("alias")
    texts = [text_of(alias) for alias in aliases[:_MOST_ALIASES]] if isinstance(aliases, list) else []
    name = text_of(owner.get("name")) or endpoint.name or text_of(endpoint.url)
    texts.append(endpoint.name)
    return Found(
        name=name,
        aliases=tuple(dict.fromkeys(text for text in texts if text and text != name)),
        brand=text_of(brand) if brand != name else Safe(""),
        city=text_of(address.get("city")),
        state=text_of(address.get("state")),
        postal_code=text_of(address.get("postalCode")),
        url=endpoint.url,
        page=page,
    )


@dataclass(frozen=True, slots=True)
class _Endpoint:
    url: str
    name: Safe
    resource: Json


def _endpoint(resource: Json, clean: Callable[[str], str | None]) -> tuple[str, _Endpoint | None]:
    """An endpoint that can be used, or why it cannot."""
    address = resource.get("address")
    if not isinstance(address, str) or not address.strip():
        return "it has no address", None
    if resource.get("status") in {"off", "entered-in-error", "suspended"}:
        return "it is switched off", None
    connection = first(resource.get("connectionType")).get("code", "hl7-fhir-rest")
    if connection != "hl7-fhir-rest":
        return "it speaks no FHIR", None
    versions = [part.get("valueCode") for part in objects(resource.get("extension")) if part.get("url") == _VERSION]
    if versions and not any(isinstance(version, str) and version.startswith("4.") for version in versions):
        return "it is of another version of FHIR than R4", None
    if len(address) > _LONGEST_ADDRESS or not (url := clean(address)):
        return "its address is no https address", None
    return "", _Endpoint(url, text_of(resource.get("name")), resource)


def text_of(value: object) -> Safe:
    """A string of a directory on one line, safe to show, and cut to what a list can show."""
    return one_line(value[:_MOST_SIGNS]) if isinstance(value, str) else Safe("")
