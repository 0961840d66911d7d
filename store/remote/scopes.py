"""SMART scopes: what a token may do, in versions 1 and 2 of their spelling (SMART App Launch 2.2)."""

from __future__ import annotations

import re
from dataclasses import field

from store.light import dataclass

_SCOPE = re.compile(
    r"(?:(patient|user|system)/)?(\*|[A-Za-z]+)\.(\*|read|write|search|c?r?u?d?s?)(?:\?(.+))?\Z", re.IGNORECASE
)
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds", "search": "s"}
_LASTING = frozenset({"offline_access", "online_access"})
ACCOUNT = "account"  # the settings of the account itself, at portals that offer them to programs
_IDENTITY = ("openid", "fhirUser", "launch/patient", "offline_access")
# What a patient writes. Asked for only where a portal offers it.
_WRITES = {
    "Communication": "crus", "Appointment": "crus", "AppointmentResponse": "c", "Task": "crus", "Patient": "ru",
    "Coverage": "cru", "MedicationStatement": "cru", "Binary": "cr", "DocumentReference": "cr",
    "AllergyIntolerance": "cru",
}  # fmt: skip


@dataclass(frozen=True)
class Grants:
    """What a token was granted: for each type (or `*`), the letters of c r u d s.

    `parts` has the types of which only parts may be searched, and the search parameters of each part as they were
    granted, such as `category=http://…|laboratory`.
    """

    by_type: dict[str, frozenset[str]]
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def allow(self, type_name: str, letter: str) -> bool:
        """Whether `letter` (c create, r read, u update, d delete, s search) is granted for a type.

        A token whose scopes name no type at all leaves the decision to the portal.
        """
        if not self.by_type:
            return True
        return letter in self.by_type.get(type_name, frozenset()) or letter in self.by_type.get("*", frozenset())


def parse(scope: str) -> Grants:
    """Read a token's `scope`. What is no resource scope is passed over."""
    found: dict[str, frozenset[str]] = {}
    parts: dict[str, list[str]] = {}
    whole: set[str] = set()
    for word in scope.split():
        match = _SCOPE.match(word)
        if match and match.group(3):
            letters = match.group(3).lower()
            spelled = frozenset(_VERSION_1.get(letters, letters))
            found[match.group(2)] = found.get(match.group(2), frozenset()) | spelled
            if "s" not in spelled:
                continue
            if match.group(4):
                parts.setdefault(match.group(2), []).append(match.group(4))
            else:
                whole.add(match.group(2))
    limited = {name: tuple(queries) for name, queries in parts.items() if not whole & {name, "*"}}
    return Grants(found, limited)


@dataclass(frozen=True)
class Wider:
    """What was granted beyond what was asked for: scopes for the patient, and scopes that reach past the patient."""

    for_patient: tuple[str, ...]
    past_patient: tuple[str, ...]


def wider(requested: str, granted: str) -> Wider:
    """Compare what a portal granted with what it was asked for, whatever the version of either's spelling."""
    asked: dict[tuple[str, str], frozenset[str]] = {}
    for context, type_name, letters in filter(None, map(_resource_scope, requested.split())):
        asked[context, type_name] = asked.get((context, type_name), frozenset()) | letters
    for_patient: list[str] = []
    past_patient: list[str] = []
    for word in dict.fromkeys(granted.split()):
        read = _resource_scope(word)
        if read is None:
            if word in _LASTING and word not in requested.split():
                for_patient.append(word)
            continue
        context, type_name, letters = read
        if letters - asked.get((context, type_name), frozenset()) - asked.get((context, "*"), frozenset()):
            (for_patient if context == "patient" else past_patient).append(word)
    return Wider(tuple(for_patient), tuple(past_patient))


def _resource_scope(word: str) -> tuple[str, str, frozenset[str]] | None:
    match = _SCOPE.match(word)
    if not match or not match.group(3):
        return None
    letters = match.group(3).lower()
    return (match.group(1) or "patient").lower(), match.group(2), frozenset(_VERSION_1.get(letters, letters))


def minimal(supported: frozenset[str], capabilities: frozenset[str], read: frozenset[str]) -> str:
    """The scopes to ask a portal for when as little as possible is to be allowed: to read the types `read`."""
    letters = "rs" if _has_version_2(supported, capabilities) else "read"
    words = _identity(supported, capabilities)
    return " ".join([*words, *(f"patient/{name}.{letters}" for name in sorted(read | {"Patient"}))])


def wanted(supported: frozenset[str], capabilities: frozenset[str], writable: frozenset[str]) -> str:
    """The scopes to ask a portal for: to read all of the chart, and to write where `writable` types allow it.

    `supported` and `capabilities` are from the SMART configuration; the list of supported scopes need not be
    complete, so it decides only on the spelling.
    """
    version_2 = _has_version_2(supported, capabilities)
    words = _identity(supported, capabilities)
    words.append("patient/*.rs" if version_2 else "patient/*.read")
    for type_name, letters in _WRITES.items():
        if type_name in writable:
            words.append(f"patient/{type_name}.{letters if version_2 else 'write'}")
    if ACCOUNT in supported:
        words.append(ACCOUNT)
    return " ".join(words)


def _has_version_2(supported: frozenset[str], capabilities: frozenset[str]) -> bool:
    return "permission-v2" in capabilities or any(".rs" in scope or ".cruds" in scope for scope in supported)


def _identity(supported: frozenset[str], capabilities: frozenset[str]) -> list[str]:
    return [word for word in _IDENTITY if word != "offline_access" or offers_offline(supported, capabilities)]


def offers_offline(supported: frozenset[str], capabilities: frozenset[str]) -> bool:
    """Whether a portal lets an application keep its access."""
    return "permission-offline" in capabilities or "offline_access" in supported or not (supported | capabilities)


_SEEN = (("Communication", "messages"),)
_DONE = (
    ("Communication", "c", "write messages"),
    ("Appointment", "cu", "ask for appointments"),
    ("Task", "c", "ask for refills"),
    ("Patient", "u", "change contact details"),
    ("Coverage", "cu", "change insurance"),
    ("MedicationStatement", "cu", "note medicines"),
)


def in_words(scope: str) -> tuple[str, ...]:
    """What a token's scopes let a person do, in words: what is seen, and what may be written."""
    grants = parse(scope)
    if not grants.by_type:
        return ("what the portal allows",)
    seen = [name for name, letters in grants.by_type.items() if letters & {"r", "s"}]
    if "*" in seen:
        looks = ["see the chart"]
    else:
        unseen = [noun for name, noun in _SEEN if name not in seen]
        kinds = f"see {len(seen)} {'kind' if len(seen) == 1 else 'kinds'} of records" if seen else "see nothing"
        looks = [kinds, *(f"no {noun}" for noun in unseen)] if seen else [kinds]
    does = [words for name, letters, words in _DONE if any(grants.allow(name, letter) for letter in letters)]
    return (*looks, *(does or ["change nothing"]))
