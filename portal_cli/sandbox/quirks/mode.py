"""What may be peculiar about a vendor's portal, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.parameters.table import Parameter

READS = frozenset({"read", "vread", "search-type"})
HISTORIES = frozenset({"history-instance", "history-type", "history-system"})
WRITES = frozenset({"create", "update", "patch", "delete"})
SYSTEM = frozenset({"transaction", "batch", "search-system"})


@dataclass(frozen=True)
class Words:
    """How a refusal or a warning is put: HTTP status, severity and issue type, the vendor's own code."""

    status: int
    code: str
    severity: str = "error"
    vendor_code: str = ""


@dataclass(frozen=True)
class Warnings:
    """The vendor's codes of what it tells of beside results.

    Attributes:
        unknown: A parameter was left out of account.
        nothing: Nothing was found.
        incomplete: Something may be missing, in searches of the types `filtered`.
    """

    unknown: str
    nothing: str
    incomplete: str
    filtered: frozenset[str]


@dataclass(frozen=True)
class Signing:
    """The peculiarities of the sign-in.

    Attributes:
        token_type: How the token answer spells `Bearer`.
        names_patient: Whether the token answer names the patient; else only `fhirUser` in the id_token does.
        renewal: How a public client gets new tokens: `refresh_token`; `assertion`, signed with a key that it has
            registered (RFC 7523); or `none`, which means signing in again.
        declares_renewal: Whether the SMART configuration names `refresh_token` among the grant types.
        redirect_uris: The only redirect addresses, to the letter; empty for any on this computer.
    """

    token_type: str = "Bearer"  # noqa: S105 -- a spelling, no secret
    names_patient: bool = True
    renewal: str = "refresh_token"
    declares_renewal: bool = True
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True)
class Searching:
    """The peculiarities of searches.

    Attributes:
        required: For a type, parameters of which a search must have one.
        needs_patient: Whether a search must name the patient or `_id` wherever it can.
        values: For a type and a parameter (`Type.name`), the only values it takes.
        last_updated: The types that know `_lastUpdated`; None for all.
        unknown: For a type, parameters of FHIR that it does not know.
        further: For a type, parameters beyond FHIR.
        closed_ranges: Whether a date range needs both its ends, save for `open_ranges` (`Type.name` or a name).
        missing: How the lack of a required parameter is put.
        warnings: What is told of in an outcome among the results, if anything.
        without_form: The types that cannot be searched with POST.
        page_style: How the address of a next page is written, by its name in `pages.STYLES`.
        page_size: How many results are on a page of which the app does not say it; None for the portal's own.
        whole_by_id: Whether `_count` is ignored in a search by `_id`.
        repeats_changed: Whether what changes while pages are turned comes once more, on the last of them.
        ended: How it is put that a page is no longer kept.
    """

    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs_patient: bool = False
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    last_updated: frozenset[str] | None = None
    unknown: Mapping[str, frozenset[str]] = field(default_factory=dict)
    further: Mapping[str, Mapping[str, Parameter]] = field(default_factory=dict)
    closed_ranges: bool = False
    open_ranges: frozenset[str] = frozenset()
    missing: Words = Words(400, "required")
    warnings: Warnings | None = None
    without_form: frozenset[str] = frozenset()
    page_style: str = "own"
    page_size: int | None = None
    whole_by_id: bool = False
    repeats_changed: bool = False
    ended: Words = Words(410, "expired")


@dataclass(frozen=True)
class Writes:
    """The peculiarities of writes and of versions.

    Attributes:
        creates: The only types that may be created; None for all that the portal takes.
        has_tags: Whether answers carry ETag and Last-Modified, and conditions on them are looked at.
        conditional_create: What becomes of If-None-Exist: `yes`, `no` (it is ignored), or `query` (it is looked at
            unless it begins with `Type?`).
        conditional_read: Whether If-None-Match and If-Modified-Since are looked at.
        stale: The status of a write to a version that is not the newest.
        unmatched: The status of an update without If-Match; None when it is taken.
        unguarded: The methods whose If-Match is ignored.
        answers_create: Whether a create is answered with what was created.
        most: For an element of a type (`Type.element`), how many of it a create may have.
    """

    creates: frozenset[str] | None = None
    has_tags: bool = True
    conditional_create: str = "yes"
    conditional_read: bool = True
    stale: int = 412
    unmatched: int | None = None
    unguarded: frozenset[str] = frozenset()
    answers_create: bool = True
    most: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Mode:
    """One vendor's manner.

    Attributes:
        interactions: The FHIR interactions it has at all, for types and for the whole system.
        operations: The operations it has, by name without `$`; None for all of the portal's.
        hidden: The types it does not offer to patients.
        record: Gives made-up records the codes that this vendor uses.
        requests_per_minute: How many requests it answers in a minute of the clock; None for any number.
        empty_not_acceptable: Whether the refusal of a format (406) has no body.
        maker: Whom its CapabilityStatement names as its publisher; empty where an app is to find out by being refused.
    """

    name: str
    interactions: frozenset[str] = READS | HISTORIES | WRITES | SYSTEM
    operations: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    signing: Signing = Signing()
    searching: Searching = Searching()
    writes: Writes = Writes()
    record: Callable[[Iterable[Json]], list[Json]] | None = None
    requests_per_minute: int | None = None
    empty_not_acceptable: bool = False
    maker: str = ""

    def offers(self, kind: str, interaction: str) -> bool:
        """Say whether a type has an interaction, as far as the vendor decides it."""
        if kind in self.hidden or interaction not in self.interactions:
            return False
        allowed = self.writes.creates
        return interaction != "create" or allowed is None or kind in allowed

    def knows(self, kind: str, parameter: str) -> bool:
        """Say whether a type has a search parameter, as far as the vendor decides it."""
        allowed = self.searching.last_updated
        if parameter == "_lastUpdated" and allowed is not None and kind not in allowed:
            return False
        return parameter not in self.searching.unknown.get(kind, frozenset())
