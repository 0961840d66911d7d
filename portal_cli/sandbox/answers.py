"""AppointmentResponses: a patient's answer to the time that the clinic proposed (FHIR R4 §12.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import booking
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import local_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version


def take(repository: Repository, response: Json, patient: str, is_seen: Callable[[Version], bool]) -> None:
    """Let an answer have its effect on the Appointment it is about; call inside a transaction.

    `is_seen` says whether who answers sees a version.

    Raises:
        FhirError: 422 when it answers nothing, is not the patient's own, or accepts another time than the proposed.
    """
    version = _appointment(repository, response, patient)
    if version is None or not is_seen(version):
        raise business_rule("the answer is about no appointment of this patient's")
    appointment = version.resource()
    if _target(repository, response, "actor") != f"Patient/{patient}":
        raise business_rule("a patient answers for themselves: the actor has to be the patient")
    answer = str(response.get("participantStatus"))
    period: Json = {name: response[name] for name in ("start", "end") if name in response}
    if len(period) == 1:
        raise business_rule("an answer has a start and an end, or neither")
    is_same = all(booking.moment(period[name]) == booking.moment(appointment.get(name)) for name in period)
    if appointment.get("status") == "pending" and answer == "accepted" and not is_same:
        raise business_rule("the time that is accepted is not the one that was proposed")
    booking.settle(repository, appointment, answer, None if is_same else period)
    repository.put(appointment, version.key, version.creator)


def _appointment(repository: Repository, response: Json, patient: str) -> Version | None:
    kind, _, key = _target(repository, response, "appointment").partition("/")
    version = repository.current(kind, key) if kind == "Appointment" else None
    return None if version is None or version.is_deleted or patient not in version.owners else version


def _target(repository: Repository, response: Json, name: str) -> str:
    reference = response.get(name)
    text = reference.get("reference") if isinstance(reference, dict) else None
    return (local_target(text, repository.base_url) if isinstance(text, str) else None) or ""
