"""The practice's staff: what waits for them, and what they do about it by the clinic's own desks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import allergies, messaging, proposing, tasks
from portal_cli.sandbox.outcomes import business_rule, not_found
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portal_cli.sandbox.clinic import Clinic
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

_TERMS = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
_SEEN = {"system": "https://practice.example.org/fhir/staff", "code": "accepted"}
_NEXT = {**proposing.NEXT, "ready": "in-progress", "on-hold": "in-progress"}
_REJECTABLE = frozenset({"requested", "received"})


class Staff:
    """A person at the practice: sees what waits, and acts on one thing at a time."""

    def __init__(self, repository: Repository, clinic: Clinic) -> None:
        self._repository = repository
        self._clinic = clinic
        self._ways: dict[str, Callable[[Version, str], Version | None]] = {
            "confirm": lambda version, _: clinic.scheduling.confirm(version),
            "propose": clinic.scheduling.propose,
            "decline": self._decline,
            "reply": self._reply,
            "advance": self._advance,
            "accept": self._accept,
        }

    def waiting(self) -> list[Json]:
        """Everything that waits for a person, in order of arrival: what it is, whose, and what can be done."""
        with self._repository.lock:
            return [self._described(version, *about) for version, about in self._all()]

    def act(self, name: str, way: str, words: str) -> Json:
        """Do one thing about `Type/id`; `words` are the reason, the answer, or the time that it needs.

        Raises:
            FhirError: 404 when there is nothing of that name, 422 when that cannot be done with it.
        """
        with self._repository.lock:
            version = self._find(name)
            about = next((about for each, about in self._all() if each.name == version.name), None)
            ways = about[1] if about else ()
            if way not in ways:
                allowed = f": it can be {', '.join(ways)}" if ways else ""
                raise business_rule(f"{version.name} is not waiting for `{way}`{allowed}")
            after = self._ways[way](version, words)
            now = self._repository.current(version.kind, version.key) or version
            made = after.name if after and after.name != version.name else ""
            return {"id": version.name, "status": _status(now.resource()), "made": made}

    def _all(self) -> Iterator[tuple[Version, tuple[str, tuple[str, ...]]]]:
        """What waits, and of what kind it is, and the ways there are with it."""
        for kind, sort in _SORTS.items():
            for version in self._repository.everything(kind):
                about = sort(version.resource()) if version.creator else None
                if about and kind != "Communication":
                    yield version, about
        answered = {
            local_target(str(text), self._repository.base_url)
            for version in self._repository.everything("Communication")
            if not version.creator
            for text in follow(version.resource(), "inResponseTo.reference")
        }
        for version in self._clinic.correspondence.waiting():
            if version.name not in answered and not messaging.is_header(version.resource()):
                yield version, ("message", ("reply",))

    def _described(self, version: Version, kind: str, ways: tuple[str, ...]) -> Json:
        resource = version.resource()
        patient = next(iter(sorted(version.owners)), "")
        return {
            "id": version.name,
            "kind": kind,
            "patient": patient,
            "patient_name": self._name(patient),
            "what": _words(resource),
            "status": _status(resource),
            "since": version.updated.isoformat(),
            "ways": list(ways),
        }

    def _find(self, name: str) -> Version:
        kind, _, key = name.rpartition("/")
        kinds = (kind,) if kind else (*_SORTS, "Communication")
        for each in kinds:
            version = self._repository.current(each, key)
            if version and not version.is_deleted:
                return version
        raise not_found(kind or "record", key)

    def _name(self, patient: str) -> str:
        version = self._repository.current("Patient", patient) if patient else None
        person = version.resource() if version and not version.is_deleted else {}
        for name in follow(person, "name"):
            parts = [*follow(name, "given"), *follow(name, "family")] or [*follow(name, "text")]
            return " ".join(map(str, parts))
        return patient

    def _decline(self, version: Version, words: str) -> Version:
        if version.kind == "Appointment":
            return self._clinic.scheduling.decline(version, words)
        if version.kind == "Task":
            desk = self._clinic.refilling if tasks.is_refill(version.resource()) else self._clinic.proposals
            return desk.move(version, "rejected", words)
        if not words:
            raise business_rule("what a patient tells of is declined with a reason")
        resource = version.resource()
        if version.kind == "AllergyIntolerance":
            resource["verificationStatus"] = _verified("refuted")
            note = resource.get("note")
            resource["note"] = [*(note if isinstance(note, list) else []), {"text": words}]
        else:
            resource["status"] = "entered-in-error"
        return self._repository.put(resource, version.key, version.creator)

    def _reply(self, version: Version, words: str) -> Version:
        if not words:
            raise business_rule("an answer has words")
        with self._repository.transaction():
            if not version.resource().get("received"):
                version = self._clinic.correspondence.read(version)
            answer = self._clinic.correspondence.answer(version, words)
            if answer is None:
                raise business_rule("the message went to nobody who could answer it")
            return answer

    def _advance(self, version: Version, _words: str) -> Version:
        status = _NEXT[_status(version.resource())]
        desk = self._clinic.refilling if tasks.is_refill(version.resource()) else self._clinic.proposals
        return desk.move(version, status)

    def _accept(self, version: Version, _words: str) -> Version:
        resource = version.resource()
        if version.kind == "Task":
            with self._repository.transaction():
                while (status := _status(version.resource())) in proposing.NEXT:
                    version = self._clinic.proposals.move(version, proposing.NEXT[status])
                return version
        if version.kind == "AllergyIntolerance":
            resource["verificationStatus"] = _verified("confirmed")
        else:
            meta = resource.get("meta")
            resource["meta"] = {
                **(meta if isinstance(meta, dict) else {}),
                "tag": [*follow(resource, "meta.tag"), _SEEN],
            }
        return self._repository.put(resource, version.key, version.creator)


def _appointment(resource: Json) -> tuple[str, tuple[str, ...]] | None:
    status = resource.get("status")
    if status in {"proposed", "waitlist"}:
        return "appointment", ("confirm", "propose", "decline")
    return ("appointment", ("decline",)) if status == "pending" else None


def _task(resource: Json) -> tuple[str, tuple[str, ...]] | None:
    status = _status(resource)
    if status not in _NEXT:
        return None
    rejects = ("decline",) if status in _REJECTABLE else ()
    if tasks.is_refill(resource):
        return "refill", ("advance", *rejects)
    return ("change", ("accept", "advance", *rejects)) if proposing.is_change(resource) else None


def _allergy(resource: Json) -> tuple[str, tuple[str, ...]] | None:
    is_new = allergies.is_own(resource) and _status(resource) == "unconfirmed"
    return ("allergy", ("accept", "decline")) if is_new else None


def _coverage(resource: Json) -> tuple[str, tuple[str, ...]] | None:
    is_new = resource.get("status") == "active" and _SEEN not in list(follow(resource, "meta.tag"))
    return ("insurance", ("accept", "decline")) if is_new else None


_SORTS: dict[str, Callable[[Json], tuple[str, tuple[str, ...]] | None]] = {
    "Appointment": _appointment,
    "Task": _task,
    "AllergyIntolerance": _allergy,
    "Coverage": _coverage,
}


def _status(resource: Json) -> str:
    return str(resource.get("status") or next(follow(resource, "verificationStatus.coding.code"), ""))


def _verified(code: str) -> Json:
    return {"coding": [{"system": f"{_TERMS}verification", "code": code}]}


def _words(resource: Json) -> str:
    """What something is about, in the patient's words where there are any."""
    for path in (
        "payload.contentString",
        "reasonCode.text",
        "description",
        "focus.display",
        "code.text",
        "payor.display",
        "topic.text",
    ):
        for text in follow(resource, path):
            return str(text)
    return str(resource["resourceType"])
