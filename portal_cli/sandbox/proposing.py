"""Change Tasks: new details that a patient proposes, and the practice's desk that takes or refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import demographics
from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.outcomes import FhirError, business_rule
from portal_cli.sandbox.references import follow, local_target
from portal_cli.sandbox.tasks import may_follow

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

NEXT = {"requested": "received", "received": "accepted", "accepted": "in-progress", "in-progress": "completed"}
_CODE, _PROPOSED = "change", "proposed"
_ALLOWED = demographics.OWN | {"name", "resourceType", "id"}


def is_change(task: Json) -> bool:
    """Say whether a Task proposes other details of a patient."""
    return _CODE in {str(code) for code in follow(task, "code.coding.code")}


def check_new(repository: Repository, task: Json, patient: str) -> None:
    """Refuse a proposal that is about somebody else, or about what only the practice changes.

    Raises:
        FhirError: 422.
    """
    targets = {local_target(str(text), repository.base_url) for text in follow(task, "focus.reference")}
    if targets != {f"Patient/{patient}"}:
        raise business_rule("the focus of a proposed change is the patient who proposes it")
    proposal = proposed(task)
    if not proposal:
        raise business_rule("a proposed change has what is proposed as a contained Patient, named by its input")
    others = sorted(set(proposal) - _ALLOWED)
    if others:
        raise business_rule(f"only the practice changes {others[0]}: it cannot be proposed")
    if not all(_is_own_name(one) for one in follow(proposal, "name")):
        raise business_rule("only the practice changes the legal name: it cannot be proposed")


def proposed(task: Json) -> Json:
    """What a Task proposes: the contained Patient that its input names, or nothing."""
    for item in follow(task, "input"):
        codes = {str(code) for code in follow(item, "type.coding.code")}
        name = next((str(text) for text in follow(item, "valueReference.reference")), "")
        if _PROPOSED in codes and name.startswith("#"):
            found: list[Json] = [one for one in follow(task, "contained") if isinstance(one, dict)]
            return next((one for one in found if f"#{one.get('id')}" == name), {})
    return {}


class Proposals:
    """The desk that looks after proposed changes."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def step(self) -> int:
        """Take each open proposal one step further; gives how many moved."""
        moved = 0
        with self._repository.lock:
            for version in self._repository.everything("Task"):
                task = version.resource()
                status = str(task.get("status"))
                if version.creator and is_change(task) and status in NEXT:
                    reason = self._refusal(task) if status == "received" else ""
                    self.move(version, "rejected" if reason else NEXT[status], reason)
                    moved += 1
        return moved

    def move(self, version: Version, status: str, reason: str = "") -> Version:
        """Take a proposal to a status; completed, it is in the patient's record.

        Raises:
            FhirError: 422 when it cannot go there from where it is, is refused without a reason, or cannot be taken.
        """
        task = version.resource()
        before = str(task.get("status"))
        if not may_follow(before, status):
            raise business_rule(f"a task that is {before} cannot become {status}")
        if status == "rejected" and not reason:
            raise business_rule("a task becomes rejected with a reason, which the patient is told")
        task |= {"status": status, "lastModified": instant(self._repository.now())}
        if reason:
            task["statusReason"] = {"text": reason}
        with self._repository.transaction():
            if status == "completed":
                self._apply(task)
            return self._repository.put(task, version.key, version.creator)

    def _apply(self, task: Json) -> None:
        before = self._patient(task)
        if before is None:
            raise business_rule("there is no such patient any more")
        patient = before.resource()
        changed = _with(patient, proposed(task))
        demographics.check_change(patient, changed)
        self._repository.put(changed, before.key, before.creator)

    def _refusal(self, task: Json) -> str:
        """Why the practice does not take a proposal; nothing when it does."""
        before = self._patient(task)
        if before is None:
            return "There is no such patient."
        try:
            demographics.check_change(before.resource(), _with(before.resource(), proposed(task)))
        except FhirError as error:
            return f"{error}. Please send it again."
        return ""

    def _patient(self, task: Json) -> Version | None:
        target = next(local_target(str(text), self._repository.base_url) for text in follow(task, "focus.reference"))
        version = self._repository.current("Patient", (target or "").removeprefix("Patient/"))
        return None if version is None or version.is_deleted else version


def _with(patient: Json, proposal: Json) -> Json:
    """A patient with what is proposed in place; the legal name stays."""
    changed = {**patient, **{name: value for name, value in proposal.items() if name in demographics.OWN}}
    if "name" in proposal:
        legal = [one for one in follow(patient, "name") if not _is_own_name(one)]
        changed["name"] = [*legal, *(one for one in follow(proposal, "name") if _is_own_name(one))]
    return changed


def _is_own_name(name: object) -> bool:
    return isinstance(name, dict) and name.get("use") in demographics.OWN_NAMES
