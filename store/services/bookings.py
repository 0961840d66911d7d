"""Asking for appointments and changing them: each is planned, shown, and then sent by way of the outbox."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.errors import Ambiguous, InvalidInput, NotFound, NotOffered, PortalError, WrongState
from store.records import appointment_writes as writes
from store.records import appointments, free_times
from store.records.lossless import decode, encode
from store.records.text import sanitize
from store.services import rights
from store.services.appointment_plans import AppointmentPlan, Outcome
from store.services.free_times import FreeTimes
from store.services.identifiers import uuid7
from store.services.naming import Names, with_names
from store.services.scope import source_of
from store.sync import rescheduling
from store.vault import outbox, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.appointment_writes import Actor, Period
    from store.records.appointments import Appointment
    from store.records.elements import Json
    from store.services.appointment_plans import Wish
    from store.services.outbox import Outbox
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

ANSWERS = {"accept": "accepted", "decline": "declined", "maybe": "tentative"}
_REQUESTS = "appointment requests"


class Bookings:
    """Requests, bookings and changes of appointments; `times` are those that can be booked."""

    def __init__(self, vault: Vault, records: Records, portals: Portals, sync: Sync, outbox_: Outbox) -> None:
        self._vault = vault
        self._records = records
        self._portals = portals
        self._sync = sync
        self._outbox = outbox_
        self.times = FreeTimes(vault, records, portals, sync)

    def check_request(self) -> None:
        """Make sure that the portal that is meant takes requests. Raises NotOffered, Ambiguous, SignInNeeded."""
        self._check_requests(self._portals.choose())

    def check_reschedule(self, appointment_id: str) -> tuple[ConnectionRow, Json]:
        """Make sure that another time can be asked for; gives the connection and the appointment as it is.

        Raises NotOffered, NotFound, Ambiguous, WrongState.
        """
        row, body = self._open(appointment_id)
        owner = self._owner(row.connection)
        self._check_requests(owner)
        self._check_changes(owner)
        before = decode(body)
        _check_state(before, writes.CAN_BE_CANCELLED, "be rescheduled")
        return owner, before

    def request(self, wish: Wish) -> AppointmentPlan:
        """Plan a request for an appointment at no time in particular, or within some.

        Raises NotOffered, NotFound, Ambiguous, SignInNeeded.
        """
        owner = self._portals.choose()
        self._check_requests(owner)
        return self._new(owner, wish, "Request an appointment")

    def book(self, wish: Wish) -> AppointmentPlan:
        """Plan the booking of a free time. Raises NotOffered, NotFound."""
        if owner := self._only_owner():
            self._check_requests(owner)
        owner = self._owner(self.times.find(wish.slot).connection)
        self._check_requests(owner)
        return self._new(owner, wish, "Book an appointment")

    def reschedule(self, appointment_id: str, wish: Wish) -> AppointmentPlan:
        """Plan another appointment in place of one, which stands until the new one is booked.

        Raises NotOffered, NotFound, Ambiguous, WrongState, InvalidInput.
        """
        owner, before = self.check_reschedule(appointment_id)
        if wish.slot and self.times.find(wish.slot).connection != owner.id:
            raise InvalidInput("that free time is of another portal or patient")
        if not (wish.slot or wish.periods):
            raise InvalidInput("say when: a free time with `--slot`, or times that are wanted with `--when`")
        return self._new(owner, wish, "Reschedule an appointment", before)

    def cancel(self, appointment_id: str, reason: str) -> AppointmentPlan:
        """Plan the cancelling of an appointment. Raises NotOffered, NotFound, Ambiguous, WrongState."""
        row, body = self._open(appointment_id)
        self._check_changes(self._owner(row.connection))
        before = decode(body)
        _check_state(before, writes.CAN_BE_CANCELLED, "be cancelled")
        return self._change(row, body, writes.cancelled(before, reason), "Cancel an appointment", reason)

    def check_in(self, appointment_id: str) -> AppointmentPlan:
        """Plan to say that the patient has arrived. Raises NotOffered, NotFound, Ambiguous, WrongState."""
        row, body = self._open(appointment_id)
        self._check_changes(self._owner(row.connection))
        before = decode(body)
        _check_state(before, frozenset({"booked"}), "be checked in for")
        return self._change(row, body, writes.checked_in(before), "Check in", "")

    def respond(self, appointment_id: str, answer: str, comment: str, instead: Period | None) -> AppointmentPlan:
        """Plan an answer (`accept`, `decline`, `maybe`) to the time that the clinic proposes for an appointment.

        Raises NotOffered, NotFound, Ambiguous, WrongState, InvalidInput.
        """
        row, body = self._open(appointment_id)
        owner = self._owner(row.connection)
        has_type = self._takes_answers(owner)
        before = decode(body)
        _check_state(before, frozenset({"pending"}), "be answered")
        if instead and answer != "decline":
            raise InvalidInput("another time is named with `decline`")
        action = f"{answer.capitalize()} the proposed time"
        if not has_type:
            if instead or comment:
                raise NotOffered(sanitize(owner.name), "words or another time with an answer")
            changed = writes.answered(before, f"Patient/{owner.patient}", ANSWERS[answer])
            return self._change(row, body, changed, action, "")
        request_id = str(uuid7())
        period = instead or _time_of(before)
        target = f"Appointment/{row.id}"
        response = writes.build_answer(
            writes.NewAnswer(request_id, target, f"Patient/{owner.patient}", ANSWERS[answer], comment, period)
        )
        return AppointmentPlan(
            action=sanitize(action),
            appointment=self._shown(owner, before),
            patient_name=source_of(owner).patient,
            portal=source_of(owner).portal,
            words=sanitize(comment),
            wanted=(instead,) if instead else (),
            replaces=None,
            fhir=encode(response),
            request_id=request_id,
            connection=owner.id,
            kind="answer",
            type="AppointmentResponse",
            focus=target,
        )

    def submit(self, plan: AppointmentPlan) -> Outcome:
        """Put what was planned into the outbox, and send it now if the portal can be reached; else it waits there.

        Raises Rejected when the portal refuses it, which keeps it in the outbox; ConflictsWaiting.
        """
        request_id = plan.request_id
        if plan.target:
            request_id = str(self._outbox.add_update(plan.connection, plan.target, plan.fhir, base=plan.base).id)
        else:
            self._add(plan)
        sent = self._outbox.send(request_id)
        about = plan.target or plan.focus if plan.kind != rescheduling.KIND else str(sent.result)
        about = about or str(sent.result)
        if plan.kind == "answer" and sent.state == outbox.State.CONFIRMED.value:
            self._refresh(plan.connection, about)
        return Outcome(sent, self._held(plan.connection, about) if sent.is_over else None)

    def _new(self, owner: ConnectionRow, wish: Wish, action: str, before: Json | None = None) -> AppointmentPlan:
        found = self.times.find(wish.slot) if wish.slot else None
        others: list[Actor] = []
        periods, comment = wish.periods, wish.comment
        if found:
            others = [
                writes.Actor(str(one.get("reference")), str(one.get("display") or ""))
                for one in free_times.actors_of(found.schedule)
            ]
            periods = (writes.Period(str(found.slot.get("start")), str(found.slot.get("end"))),)
        elif wish.clinician:
            others = [self._clinician(owner, wish.clinician)]
        elif before:
            others = _others_of(before)
        most = self._sync.most(owner, "Appointment", "requestedPeriod") or len(periods)
        if periods[most:]:
            comment = "\n".join(filter(None, (comment, writes.in_words(periods[most:]))))
        replaces = f"Appointment/{before['id']}" if before else ""
        request_id = str(uuid7())
        body = writes.build(
            writes.NewAppointment(
                request_id=request_id,
                patient=f"Patient/{owner.patient}",
                reason=wish.reason or (str(appointments.read(before).reason) if before else ""),
                comment=comment,
                periods=periods[:most],
                others=tuple(others),
                created=time.time(),
                slot=f"Slot/{found.slot['id']}" if found else "",
                service=_service(found.slot if found else before),
                replaces=replaces,
                actor=rights.actor(self._vault, owner),
            )
        )
        return AppointmentPlan(
            action=sanitize(action),
            appointment=self._shown(owner, body),
            patient_name=source_of(owner).patient,
            portal=source_of(owner).portal,
            words=sanitize(comment),
            wanted=() if found else periods[:most],
            replaces=self._shown(owner, before) if before else None,
            fhir=encode(body),
            request_id=request_id,
            connection=owner.id,
            kind=rescheduling.KIND if before else "appointment",
            type="Appointment",
            focus=replaces,
        )

    def _change(self, row: Row, body: bytes, changed: Json, action: str, words: str) -> AppointmentPlan:
        owner = self._owner(row.connection)
        return AppointmentPlan(
            action=sanitize(action),
            appointment=self._shown(owner, changed),
            patient_name=source_of(owner).patient,
            portal=source_of(owner).portal,
            words=sanitize(words),
            wanted=(),
            replaces=None,
            fhir=encode(changed),
            request_id="",
            connection=owner.id,
            kind="change",
            type="Appointment",
            target=f"Appointment/{row.id}",
            base=body,
        )

    def _add(self, plan: AppointmentPlan) -> None:
        title = f"{plan.action}: {plan.appointment.title}"
        wanted = outbox.NewRecord(
            plan.connection, plan.request_id, plan.kind, title, plan.type, plan.fhir, focus=plan.focus
        )
        self._outbox.add_new(wanted, plan.action)

    def _clinician(self, owner: ConnectionRow, named: str) -> Actor:
        with self._vault.reading() as connection:
            rows = reading.rows(connection, Filter(connections=(owner.id,), types=("Practitioner",)))
        known = {f"Practitioner/{row.id}": row.title for row in rows}
        known = {**self.times.people(owner.id), **known}
        wanted = named.casefold()
        found = [one for one in known if wanted in known[one].casefold() or named in {one, one.partition("/")[2]}]
        if not found:
            raise NotFound("clinician", named)
        if len(found) > 1:
            raise Ambiguous("clinician", named, tuple(sanitize(known[one]) for one in found))
        return writes.Actor(found[0], str(known[found[0]]))

    def _takes_answers(self, owner: ConnectionRow) -> bool:
        """Whether a portal takes answers as records of their own; else it has to take changes. Raises NotOffered."""
        try:
            self._sync.check_offers(owner, "AppointmentResponse", "create", "c", "answers to proposed times")
        except NotOffered:
            self._check_changes(owner, "answers to proposed times")
            return False
        return True

    def _check_requests(self, owner: ConnectionRow) -> None:
        self._sync.check_offers(owner, "Appointment", "create", "c", _REQUESTS)

    def _check_changes(self, owner: ConnectionRow, what: str = "changes of an appointment") -> None:
        try:
            self._sync.check_offers_change(owner, "Appointment")
        except NotOffered as error:
            raise self._sync.same_refusal(error, what) from error

    def _only_owner(self) -> ConnectionRow | None:
        known = self._portals.all()
        return known[0] if len(known) == 1 else None

    def _open(self, appointment_id: str) -> tuple[Row, bytes]:
        return self._records.find(appointment_id, ("Appointment",))

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)

    def _shown(self, owner: ConnectionRow, appointment: Json) -> Appointment:
        """An appointment with the names of its people and places, not references to them."""
        with self._vault.reading() as connection:
            return with_names(appointments.read(appointment, source_of(owner)), Names(connection, owner.id))

    def _refresh(self, connection_id: int, reference: str) -> None:
        """Fetch an appointment anew, on which an answer has had its effect; the next sync does if this cannot."""
        from store.sync import engine  # noqa: PLC0415 - the network is loaded when it is first needed

        try:
            with self._sync.line(connection_id) as line:
                engine.refresh(self._vault, line, reference)
        except PortalError:
            return

    def _held(self, connection_id: int, reference: str) -> Appointment | None:
        type_name, _, record_id = reference.partition("/")
        wanted = Filter(connections=(connection_id,), types=(type_name,), record_id=record_id, limit=1)
        found = next(iter(self._records.read_all(wanted)), None)
        if found is None or type_name != "Appointment":
            return None
        return self._shown(self._owner(connection_id), found[1])


def _check_state(appointment: Json, allowed: frozenset[str], action: str) -> None:
    status = str(appointment.get("status"))
    if status not in allowed:
        raise WrongState(str(sanitize(status)), action, "an appointment")


def _time_of(appointment: Json) -> Period | None:
    start, end = appointment.get("start"), appointment.get("end")
    return writes.Period(start, end) if isinstance(start, str) and isinstance(end, str) else None


def _service(source: Json | None) -> Json | None:
    services = (source or {}).get("serviceType")
    return services[0] if isinstance(services, list) and services and isinstance(services[0], dict) else None


def _others_of(appointment: Json) -> list[Actor]:
    """The people and places of an appointment that another one takes over."""
    found = free_times.actors_of({"actor": appointments.actors(appointment)})
    return [writes.Actor(str(one.get("reference")), str(one.get("display") or "")) for one in found]
