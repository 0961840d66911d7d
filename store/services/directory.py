"""The directory of portals: imported from what vendors publish, and searched by name and place."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from store.errors import Ambiguous, BadAnswer, InsecureAddress, InvalidInput, NotFound
from store.records import brands
from store.records.dates import FhirDate, from_epoch
from store.records.text import Safe, one_line, sanitize
from store.remote import vendors
from store.services.values import Listing
from store.vault import directory

if TYPE_CHECKING:
    from store.config import Settings
    from store.remote.http import Http

_PLAIN = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNCHANGED = 304
_MOST_FOUND = 200
_MOST_CHOICES = 9


@dataclass(frozen=True)
class Imported:
    """What an import brought: how many portals, and how many entries were passed over for which reason.

    `is_unchanged` is True where its source had nothing new, and nothing was done.
    """

    source: Safe
    portals: int
    skipped: dict[str, int]
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One portal of the directory, with the number to add it by; `source` is where its directory came from."""

    number: int
    name: Safe
    aliases: tuple[Safe, ...]
    brand: Safe
    city: Safe
    state: Safe
    postal_code: Safe
    vendor: Safe
    url: Safe
    page: Safe
    source: Safe


@dataclass(frozen=True)
class Source:
    """One directory that was imported."""

    source: Safe
    fetched: FhirDate
    portals: int


class Directory:
    """Portals that one may sign in to. It works without a vault, and keeps nothing of what is searched for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def list(self) -> tuple[Source, ...]:
        """The directories that were imported."""
        found = directory.sources(self._settings.directory_path)
        return tuple(Source(one_line(source), from_epoch(at), number) for source, at, number in found)

    def search(self, typed: str, limit: int | None = None) -> Listing[Listed]:
        """Portals by words of their name, alias or place, the best first.

        A word may be cut off, or have one slip. Raises InvalidInput when no word was typed, NotFound when no directory
        was imported.
        """
        if not directory.words_of(typed):
            raise InvalidInput("there is no word to search for")
        found = directory.search(self._settings.directory_path, typed, _MOST_FOUND)
        if not found and not self.list():
            raise NotFound("directory", sanitize(typed))
        return Listing(tuple(map(_listed, found[:limit])), len(found))

    def find(self, named: str) -> Listed:
        """The portal of the number that a search gave. Raises NotFound."""
        digits = named.removeprefix("#")
        found = directory.find(self._settings.directory_path, int(digits)) if _is_number(digits) else None
        if found is None:
            raise NotFound("portal in the directory", sanitize(named))
        return _listed(found)

    def meant(self, named: str) -> Listed:
        """The portal that is meant: by its number, or by words that only one has. Raises NotFound, Ambiguous."""
        if _is_number(named.removeprefix("#")) or not directory.words_of(named):
            return self.find(named)
        found = self.search(named).items
        whole = [item for item in found if item.name.casefold() == named.strip().casefold()]
        close = whole if len(whole) == 1 else found
        if not close:
            raise NotFound("portal in the directory", sanitize(named))
        if len(close) > 1:
            choices = (f"{item.number} {item.name}, {item.city} {item.state}" for item in close[:_MOST_CHOICES])
            raise Ambiguous("portal", sanitize(named), tuple(map(one_line, choices)))
        return close[0]

    def take(self, source: str) -> Imported:
        """Import a directory from an address or a file, in the place of what came from there before.

        Raises InvalidInput for what is no directory, Unreachable, BadAnswer, InsecureAddress, StorageFailed.
        """
        if "://" in source:
            return self._from_address(source.strip())
        return self._from_file(Path(source).expanduser())

    def forget(self, source: str) -> None:
        """Take an imported directory out again. Raises NotFound."""
        known = [name for name, _, _ in directory.sources(self._settings.directory_path)]
        wanted = source if source in known or "://" in source else str(Path(source).expanduser().resolve())
        if not directory.forget(self._settings.directory_path, wanted):
            raise NotFound("directory", sanitize(source), tuple(map(one_line, known)))

    def _from_file(self, path: Path) -> Imported:
        try:
            with path.open("rb") as file:
                content = file.read(brands.MAX_BYTES + 1)
        except OSError as error:
            raise InvalidInput(f"{sanitize(str(path))} cannot be read: {(error.strerror or '').lower()}") from error
        return self._keep(str(path.resolve()), f'"{hashlib.sha256(content).hexdigest()}"', content)

    def _from_address(self, address: str) -> Imported:
        known = directory.etag(self._settings.directory_path, address)
        tag, content = fetch(address, self._settings.timeout, known)
        if content is None:
            return self._unchanged(address)
        return self._keep(address, tag, content)

    def _keep(self, source: str, tag: str, content: bytes) -> Imported:
        if tag and tag == directory.etag(self._settings.directory_path, source):
            return self._unchanged(source)
        found = brands.read(brands.inflated(content), clean_address)
        if not found.portals:
            reasons = "; ".join(f"{number} times: {why}" for why, number in found.skipped.items())
            raise InvalidInput(f"there is no portal in it{f' ({reasons})' if reasons else ''}")
        directory.replace(self._settings.directory_path, source, tag, int(time.time()), found.portals)
        return Imported(one_line(source), len(found.portals), found.skipped)

    def _unchanged(self, source: str) -> Imported:
        numbers = {name: number for name, _, number in directory.sources(self._settings.directory_path)}
        return Imported(one_line(source), numbers[source], {}, is_unchanged=True)


def fetch(address: str, timeout: float, known: str = "") -> tuple[str, bytes | None]:
    """A directory at an address, with its ETag; None for its content where it is still the `known` one.

    Redirects are followed, but not into this machine or network from elsewhere. Raises what the network does.
    """
    # Deferred: searching needs no network.
    from store.remote.http import Http, Request, check_secure, is_inside, join  # noqa: PLC0415

    here = address
    for _ in range(_MOST_REDIRECTS + 1):
        check_secure(here)
        if is_inside(here) and not is_inside(address):
            raise InsecureAddress(here, "a portal elsewhere may not send this program to this machine or network")
        headers = {"Accept": "application/fhir+json, application/json", **({"If-None-Match": known} if known else {})}
        http: Http = Http(here, timeout)
        try:
            answer = http.send(Request("GET", here, headers, most=brands.MAX_BYTES), patient=True)
        finally:
            http.close()
        if answer.status == _UNCHANGED and known:
            return known, None
        if answer.status in _REDIRECTS and answer.headers.get("location"):
            here = join(here, answer.headers["location"])
            continue
        if not answer.is_ok:
            raise BadAnswer(http.origin, f"HTTP status {answer.status}", answer.status)
        return answer.headers.get("etag", "")[:200], answer.body
    raise BadAnswer(http.origin, "it redirects without end")


def clean_address(found: str) -> str | None:
    """The FHIR base URL that a directory means; None for one that is neither https nor on this computer."""
    if _PLAIN.fullmatch(found):
        return found.rstrip("/")
    from store.remote.http import normal_base  # noqa: PLC0415 - as in fetch

    try:
        if urlsplit(found.strip()).scheme.lower() not in {"https", "http"}:
            return None
        base = normal_base(found)
    except (InsecureAddress, ValueError):
        return None
    return base if base.isascii() and base.isprintable() and " " not in base else None


def _listed(found: directory.Listed) -> Listed:
    # A host tells the vendor; where it does not, the directory that it came in may.
    vendor = vendors.by_host(found.url)
    if vendor is vendors.UNKNOWN:
        vendor = vendors.by_host(found.source)
    known = {name: getattr(found, name) for name in found.__slots__}
    return Listed(**known, vendor=sanitize(vendor.name if vendor.key else ""))


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) < 19  # noqa: PLR2004 - digits of a 64-bit number
