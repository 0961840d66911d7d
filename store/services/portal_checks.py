"""Looking a portal over before signing in: who made it, what it offers, and whether a sign-in can come of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from store.config import DEFAULT_CLIENT_ID
from store.errors import BadAnswer, NotOffered, PortalError, RemoteError, SignInRefused
from store.records.text import Safe, one_line, sanitize
from store.remote import discovery, probe, scopes, vendors
from store.remote.http import Http, Request, normal_base, origin_of
from store.services.gaps import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.remote.discovery import Capability, Smart

_MOST_SKEW = 60.0
_FEW_DAYS = 14
_REDIRECT = "http://127.0.0.1:8765/callback"
_WRITES = ("create", "update", "patch")


class Outcome(StrEnum):
    """How a step went. After one that failed, those that stand on it are left out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Step:
    """One step: what was looked at, how it went, what was seen, and what to do about it where something is wrong."""

    name: Safe
    outcome: Outcome
    detail: Safe
    remedy: Safe


@dataclass(frozen=True)
class Offered:
    """One type of record that the program uses: what the portal offers for it, and which of its searches."""

    type: Safe
    interactions: tuple[Safe, ...]
    searches: tuple[Safe, ...]


@dataclass(frozen=True)
class Vendor:
    """Who made a portal, and what is known of its portals; see `remote.vendors`."""

    name: Safe
    register_at: Safe
    register: Safe
    redirect: Safe
    read: Safe
    write: Safe
    lasts: Safe


@dataclass(frozen=True)
class Looked:
    """A portal, looked over. `failure` is the error of the first step that failed."""

    url: Safe
    vendor: Vendor
    software: Safe
    steps: tuple[Step, ...]
    offered: tuple[Offered, ...]
    failure: PortalError | None = None

    @property
    def writable(self) -> tuple[str, ...]:
        """The types that the portal says it lets programs write."""
        return tuple(item.type for item in self.offered if any(way in _WRITES for way in item.interactions))


class PortalChecks:
    """Looking portals over; nothing is signed in to, and nothing is kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def look(self, address: str, client_id: str | None = None, redirect_uri: str | None = None) -> Looked:
        """Look a portal over, step by step. What is wrong with it is in the steps; nothing is raised for it."""
        run = _Run(self._settings, client_id, redirect_uri)
        try:
            run.run(address)
        finally:
            run.close()
        return run.looked()


class _Failed(Exception):
    """A step failed, and what stands on it is left out."""


class _Run:
    def __init__(self, settings: Settings, client_id: str | None, redirect_uri: str | None) -> None:
        self._settings = settings
        self._client_id = client_id
        self._redirect_uri = redirect_uri or _REDIRECT
        self._steps: list[Step] = []
        self._failure: PortalError | None = None
        self._http: Http | None = None
        self._base = ""
        self._smart: Smart | None = None
        self._capability: Capability | None = None

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def looked(self) -> Looked:
        found = self._capability
        said = f"{found.maker}" if found else ""
        vendor = vendors.recognise(self._base, said)
        facts = (
            vendor.name,
            vendor.register_at,
            vendor.register,
            vendor.redirect,
            vendor.read,
            vendor.write,
            vendor.lasts,
        )
        return Looked(
            url=one_line(self._base),
            vendor=Vendor(*map(sanitize, facts)),
            software=one_line((found.software if found else "")[:200]),
            steps=tuple(self._steps),
            offered=_offered(found) if found else (),
            failure=self._failure,
        )

    def run(self, address: str) -> None:
        try:
            self._base = self._try("address", lambda: normal_base(address), "Use the portal's https:// FHIR base URL.")
            self._note("address", Outcome.OK, self._base)
            self._http = Http(self._base, self._settings.timeout)
            self._look_at_certificate()
        except _Failed:
            return
        for part in (self._look_at_smart, self._look_at_capability, self._look_at_client, self._look_at_clock):
            try:
                part(self._http)
            except _Failed:
                continue

    def _look_at_certificate(self) -> None:
        found = self._try(
            "TLS",
            lambda: probe.certificate(self._base, self._settings.timeout),
            "Check the address and the connection; a portal whose certificate is not good is not to be trusted.",
        )
        if found is None:
            self._note("TLS", Outcome.OK, "not needed: the portal is on this computer")
        elif found.days < _FEW_DAYS:
            self._note(
                "TLS",
                Outcome.WARNING,
                f"{found.protocol}, its certificate ends in {found.days} days",
                "Tell the portal.",
            )
        else:
            self._note("TLS", Outcome.OK, f"{found.protocol}, its certificate holds {found.days} days")

    def _look_at_smart(self, http: Http) -> None:
        remedy = "Check that this is the FHIR R4 base URL; the portal's developer page names it."
        content = self._try("SMART configuration", lambda: discovery.fetch_smart(http, self._base), remedy)
        said = msgspec.json.decode(content)
        methods = said.get("code_challenge_methods_supported")
        self._note("SMART configuration", Outcome.OK, f"{self._base}/.well-known/smart-configuration")
        if isinstance(methods, list) and methods and "S256" not in methods:
            self._fail(
                "PKCE with S256",
                BadAnswer(self._base, "its sign-in does not support PKCE with S256"),
                "Ask the portal.",
            )
        is_named = isinstance(methods, list) and "S256" in methods
        told = (
            ("declared", "")
            if is_named
            else ("not declared; it is used all the same", "Tell the portal, if signing in fails.")
        )
        self._note("PKCE with S256", Outcome.OK if is_named else Outcome.WARNING, *told)
        self._smart = self._try("endpoints", lambda: discovery.read_smart(content, self._base), "Ask the portal.")
        self._note_endpoints(self._smart)

    def _note_endpoints(self, smart: Smart) -> None:
        own = origin_of(self._base)
        others = {origin_of(url) for url in (smart.authorization_endpoint, smart.token_endpoint)} - {own}
        where = f"sign-in is at {', '.join(sorted(others))}" if others else "on the portal itself"
        self._note("endpoints", Outcome.OK, f"https or on this computer, {where}")

    def _look_at_capability(self, http: Http) -> None:
        content = self._try(
            "CapabilityStatement",
            lambda: discovery.fetch_capability(http, self._base),
            "Try again later, or ask the portal.",
        )
        if not content:
            self._note(
                "CapabilityStatement",
                Outcome.WARNING,
                "shown only to those who are signed in",
                "Sign in, then `portal sync report` tells.",
            )
            raise _Failed
        self._capability = self._try(
            "CapabilityStatement", lambda: discovery.read_capability(content, self._base), "Ask the portal."
        )
        self._note("CapabilityStatement", Outcome.OK, f"{len(self._capability.types)} types of record")
        self._look_at_version(msgspec.json.decode(content))
        self._look_at_types(self._capability)

    def _look_at_version(self, said: Any) -> None:
        version = one_line(str(said.get("fhirVersion", ""))[:20])
        if version.startswith("4."):
            self._note("FHIR version", Outcome.OK, version)
        elif version:
            remedy = "Look for the portal's R4 address: it often ends in /R4."
            self._fail("FHIR version", NotOffered(self._base, f"FHIR R4 (it speaks {version})"), remedy)
        else:
            self._note("FHIR version", Outcome.WARNING, "not declared", "R4 is taken for granted.")

    def _look_at_types(self, capability: Capability) -> None:
        offered = _offered(capability)
        missing = [name for name in ("Patient", "Observation", "MedicationRequest") if name not in capability.types]
        writes = [item.type for item in offered if any(way in _WRITES for way in item.interactions)]
        written = f"lets programs write {', '.join(writes)}" if writes else "lets programs write nothing"
        detail = f"{len(offered)} of {len(EXPECTED)} types that this program uses; {written}"
        if missing:
            self._note(
                "types of record",
                Outcome.WARNING,
                f"{detail}; lacks {', '.join(missing)}",
                "The chart will not be whole.",
            )
        else:
            self._note("types of record", Outcome.OK, detail)

    def _look_at_client(self, http: Http) -> None:
        smart = self._smart
        if smart is None:
            raise _Failed
        if self._client_id is None:
            remedy = "Register the application with the portal, then `portal portals add ADDRESS --client-id ID`."
            self._note("client id", Outcome.SKIPPED, "none is saved for this portal", remedy)
            return
        scope = scopes.wanted(smart.scopes, smart.capabilities, frozenset())
        client, redirect = self._client_id or DEFAULT_CLIENT_ID, self._redirect_uri
        words = self._try(
            "client id",
            lambda: probe.refusal(http, smart, client, redirect, scope, self._base),
            "The sign-in page cannot be reached; try again later.",
        )
        if words:
            remedy = (
                "Compare the client id and the redirect address with what you registered; a new one may take two days."
            )
            self._fail(
                "client id", SignInRefused(f"the portal refuses this application: {one_line(words)[:300]}"), remedy
            )
        self._note("client id", Outcome.OK, "the sign-in page does not refuse it; only signing in can tell more")

    def _look_at_clock(self, http: Http) -> None:
        address = f"{self._base}/.well-known/smart-configuration"
        answer = self._try("clock", lambda: http.send(Request("GET", address)), "Try again later.")
        ahead = probe.skew(answer, time.time())
        if ahead is None:
            self._note("clock", Outcome.SKIPPED, "the portal does not tell its time")
        elif abs(ahead) > _MOST_SKEW:
            which = "behind" if ahead > 0 else "ahead of"
            remedy = "Set the clock of this computer; a portal refuses sign-ins from another time."
            self._note("clock", Outcome.WARNING, f"this computer is {abs(ahead):.0f} s {which} the portal", remedy)
        else:
            self._note("clock", Outcome.OK, "as the portal's, within a minute")

    def _try(self, name: str, ask: Callable[[], Any], remedy: str) -> Any:
        try:
            return ask()
        except RemoteError as error:
            self._fail(name, error, remedy)

    def _fail(self, name: str, error: PortalError, remedy: str) -> None:
        self._note(name, Outcome.FAILED, str(error), remedy)
        self._failure = self._failure or error
        raise _Failed from error

    def _note(self, name: str, outcome: Outcome, detail: str, remedy: str = "") -> None:
        self._steps.append(Step(sanitize(name), outcome, one_line(detail), sanitize(remedy)))


def _offered(capability: Capability) -> tuple[Offered, ...]:
    return tuple(
        Offered(
            sanitize(name),
            tuple(one_line(way) for way in sorted(capability.types[name].interactions)),
            tuple(one_line(each) for each in sorted(capability.types[name].search_parameters)),
        )
        for name in EXPECTED
        if name in capability.types
    )
