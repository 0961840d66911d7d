"""Who a resource says has acted: whoever writes it signs with their own name, and with nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import business_rule, forbidden
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json

# Where each type says who acts (FHIR R4), as element paths.
_AUTHORS: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("recorder", "asserter"),
    "Communication": ("sender",),
    "CommunicationRequest": ("requester",),
    "Composition": ("author",),
    "Condition": ("recorder", "asserter"),
    "DeviceRequest": ("requester",),
    "DocumentManifest": ("author",),
    "DocumentReference": ("author", "authenticator"),
    "MedicationRequest": ("requester",),
    "MedicationStatement": ("informationSource",),
    "NutritionOrder": ("orderer",),
    "Observation": ("performer",),
    "Procedure": ("recorder", "asserter"),
    "Provenance": ("agent.who",),
    "QuestionnaireResponse": ("author", "source"),
    "ServiceRequest": ("requester",),
    "Task": ("requester",),
}
# What is not theirs alone has to be signed by whoever acts for a patient.
_SIGNED = {"Communication": "sender", "MedicationStatement": "informationSource", "Task": "requester"}
# Who may do what for a patient is settled with the practice.
_NEVER = frozenset({"Consent", "Person", "RelatedPerson"})
# What a reader may change in a message that somebody else wrote: that it has come, and was read.
_READERS = frozenset({"status", "received", "meta", "extension", "text"})


def check(access: Access, resource: Json, before: Json | None, base_url: str) -> None:
    """Refuse a write that names somebody else as who acted; what was named before stays as it is.

    Raises:
        FhirError: 422 for another author, or none where one is needed; 403 for what an actor never writes.
    """
    kind = resource["resourceType"]
    if access.actor and kind in _NEVER:
        raise forbidden(f"a {kind} is not written by who acts for the patient")
    for path in _AUTHORS.get(kind, ()):
        known = list(follow(before, path)) if before else []
        for author in follow(resource, path):
            if author not in known and _name(author, base_url) != access.writer:
                raise business_rule(f"{kind}.{path} has to be {access.writer}, who is signed in")
    signed = _SIGNED.get(kind)
    if access.actor and signed and before is None and signed not in resource:
        raise business_rule(f"{kind}.{signed} has to be {access.writer}, who is signed in")
    if before and kind == "Communication":
        _check_message(access, resource, before, base_url)


def is_in_own_name(resource: Json, subject: str, *authors: str) -> bool:
    """Say whether whom a resource is about has made it, or somebody who acts for them, by these element paths."""
    about = {str(text) for text in follow(resource, f"{subject}.reference")}
    made_by = {str(text) for path in authors for text in follow(resource, f"{path}.reference")}
    return bool(made_by) and all("RelatedPerson" in text.split("/")[-2:-1] for text in made_by - about)


def _check_message(access: Access, resource: Json, before: Json, base_url: str) -> None:
    """Leave a message of somebody else as they wrote it."""
    if before.get("sender") is None or _name(before["sender"], base_url) == access.writer:
        return
    names = {*before, *resource} - _READERS
    if any(before.get(name) != resource.get(name) for name in names):
        raise business_rule("only who sent a message changes what it says")


def _name(author: object, base_url: str) -> str:
    text = author.get("reference") if isinstance(author, dict) else None
    return (local_target(text, base_url) if isinstance(text, str) else None) or ""
