"""Consents to let somebody act for a patient, read as permissions (FHIR R4 §6.2).

What a Consent says that is not understood here counts as a refusal, so that nobody sees more than was agreed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.instants import Span, span
from portal_cli.sandbox.references import follow
from portal_cli.sandbox.rights import FULL, Rights

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json

RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
ACTIONS = "http://terminology.hl7.org/CodeSystem/consentaction"
LABELS = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_CHANGE, _VIEW = "correct", "access"
_NAMING = frozenset({"id", "extension", "type", "period", "actor", "purpose"})
_TOP = _NAMING | {"action", "provision"}
_BELOW = _NAMING | {"action", "class", "securityLabel"}


@dataclass(frozen=True)
class Permission:
    """What a Consent says of an actor; `ends` are the times from which it says so no longer."""

    is_permitted: bool
    rights: Rights = FULL
    ends: tuple[Span, ...] = ()

    def and_(self, other: Permission) -> Permission:
        """Permit what both of two permit."""
        is_permitted = self.is_permitted and other.is_permitted
        return Permission(is_permitted, self.rights.and_(other.rights), (*self.ends, *other.ends))


def read(consent: Json, is_actor: Callable[[object], bool], now: datetime) -> Permission | None:
    """Read what a Consent says now of the actor whose references `is_actor` knows; None when it says nothing."""
    provision = consent.get("provision")
    if consent.get("status") != "active" or not isinstance(provision, dict) or not _names(provision, is_actor):
        return None
    if not is_within(provision.get("period"), now):
        return None
    actions = _codes(provision, "action.coding.code")
    below = [one for one in follow(provision, "provision") if not _is_of_others(one, is_actor)]
    is_read = provision.keys() <= _TOP and all(isinstance(one, dict) and _is_read(one) for one in below)
    if provision.get("type") != "permit" or not is_read or (actions and not actions & {_CHANGE, _VIEW}):
        return Permission(is_permitted=False)
    rights = Rights(is_view_only=bool(actions) and _CHANGE not in actions)
    for one in below:
        rights = rights.and_(_taken(one))
    return Permission(is_permitted=True, rights=rights, ends=ends_of(provision.get("period")))


def is_within(period: object, now: datetime) -> bool:
    """Say whether a Period holds now; none at all always does, one that cannot be read never."""
    if period is None:
        return True
    if not isinstance(period, dict):
        return False
    read = {name: span(str(period[name])) for name in ("start", "end") if name in period}
    if any(found is None for found in read.values()):
        return False
    start, end = read.get("start"), read.get("end")
    return (start is None or start.low <= now) and (end is None or now < end.high)


def ends_of(period: object) -> tuple[Span, ...]:
    """Give the end of a Period, if it has one."""
    found = span(str(period["end"])) if isinstance(period, dict) and "end" in period else None
    return (found,) if found else ()


def _names(provision: Json, is_actor: Callable[[object], bool]) -> bool:
    return any(is_actor(text) for text in follow(provision, "actor.reference.reference"))


def _is_of_others(provision: object, is_actor: Callable[[object], bool]) -> bool:
    """Whether a provision is about somebody else; one that names nobody is about everybody."""
    return isinstance(provision, dict) and "actor" in provision and not _names(provision, is_actor)


def _is_read(provision: Json) -> bool:
    """Whether a narrower provision is one of those that are understood: it denies kinds, labels, or changes."""
    actions, kinds = _codes(provision, "action.coding.code"), _codes(provision, "class.code")
    says_what = bool(kinds or _codes(provision, "securityLabel.code")) or actions == {_CHANGE}
    return provision.get("type") == "deny" and provision.keys() <= _BELOW and says_what


def _taken(provision: Json) -> Rights:
    kinds, labels = _codes(provision, "class.code"), _codes(provision, "securityLabel.code")
    is_of_changes = _codes(provision, "action.coding.code") == {_CHANGE}
    if "Communication" in kinds:
        kinds |= {"CommunicationRequest"}
    return Rights(is_of_changes, frozenset(kinds), frozenset(labels))


def _codes(provision: Json, path: str) -> set[str]:
    return {str(code) for code in follow(provision, path)}
