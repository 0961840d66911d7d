"""One connection brought in step with its portal: push, then pull, then what ties records together."""

from __future__ import annotations

import gc
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from store import events
from store.errors import RemoteError, SignInNeeded
from store.records import patients
from store.records.lossless import decode
from store.remote import discovery, scopes
from store.sync import naming, plan, refill_steps, rescheduling, wording
from store.sync.absent import Absent
from store.sync.everything import Everything
from store.sync.own_record import OwnRecord
from store.sync.pull import Pull
from store.sync.push import Push
from store.sync.sweeping import Sweeping
from store.vault import connections, packing, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.events import OnEvent, ShouldStop
    from store.remote.fhir import Fhir
    from store.remote.http import Answer, Http, Request
    from store.sync.absent import Loss
    from store.sync.ledger import Sent
    from store.sync.order import Order
    from store.sync.outcome import Outcome
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_TURN_SECONDS = 0.001
_VALUES_BETWEEN_SEARCHES = 100_000
_ACTING = frozenset({"RelatedPerson", "Person"})  # whose records tell by what right somebody acts for a patient
_LONGEST_NAME = 200  # of a patient, wherever they are named; their record has all of it


@dataclass(frozen=True)
class Result:
    """What a sync of one connection did. `losses` are those that were not believed."""

    sent: tuple[Sent, ...]
    outcomes: tuple[Outcome, ...]
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True)
class Line:
    """An open line to a portal: the API, and the connection it is for."""

    fhir: Fhir
    http: Http
    owner: ConnectionRow


@contextmanager
def _tuned() -> Iterator[None]:
    """Set Python's threads and its memory for many pages of many small values, none of which refers to itself.

    Threads take turns more often than by default, so that reading pages and storing them overlap; and the search for
    cycles of values is made less often, since it would look at every page that is being read.
    """
    turns, cycles = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(_TURN_SECONDS)
    gc.set_threshold(_VALUES_BETWEEN_SEARCHES, *cycles[1:])
    try:
        yield
    finally:
        gc.set_threshold(*cycles)
        sys.setswitchinterval(turns)


@_tuned()
def synchronise(vault: Vault, line: Line, order: Order, on_event: OnEvent, should_stop: ShouldStop) -> Result:
    """Bring one connection in step.

    Raises RemoteError when nothing could be done at all. A query that fails alone is in the result.
    """
    with closing(Pull(vault, line.fhir, line.owner, order.in_flight)) as pull:
        return _synchronise(vault, line, order, pull, on_event, should_stop)


def _synchronise(
    vault: Vault, line: Line, order: Order, pull: Pull, on_event: OnEvent, should_stop: ShouldStop
) -> Result:
    capability = _capability(vault, line)
    sent = Push(vault, line.fhir, line.owner, capability).run(on_event)
    grants = scopes.parse(line.owner.scope)
    known = pull.known()
    pull.preparing.is_first = not known
    pull.preparing.full, pull.preparing.readable = order.full, plan.readable(capability, grants)
    pull.streams.versioned = frozenset(name for name, kind in capability.types.items() if kind.has_conditional_read)
    sweeping = Sweeping(vault, line.owner, pull, capability)
    queries = [
        query
        for query in plan.searches(capability, grants, line.owner.patient, known)
        if not order.only or query.type in order.only
    ]
    everything = Everything(vault, line.owner, pull, is_used=capability.has_everything and not order.only)
    replaceable = everything.replaceable(queries)
    on_event(events.SyncStarted(line.owner.name, len(queries) - len(replaceable) + bool(replaceable)))
    own = OwnRecord(pull, line.owner.name, line.owner.patient)
    _fetch_who_acts(pull, line.owner)
    replaced, at_once = everything.make_up_for(replaceable, on_event, should_stop)
    swept = sweeping.run([query for query in queries if query not in replaced], on_event, should_stop)
    outcomes = [own.store(should_stop), *at_once, *swept]
    outcomes += pull.follow(on_event, should_stop)
    absent = Absent(vault, line.owner, pull)
    absent.reappeared()
    losses = absent.look(sweeping.whole_types(), should_stop, accepts_loss=order.accepts_loss)
    sweeping.note_losses(losses)
    everything.compare(queries, sweeping.whole_types(), should_stop)
    failed = [outcome.error for outcome in outcomes if outcome.error and not outcome.refused]
    if failed and not any(outcome.received for outcome in outcomes) and isinstance(failed[0], RemoteError):
        raise failed[0]
    flawed = losses or any(outcome.problems for outcome in outcomes)
    wording.learn(vault, line.owner, pull.with_documents, should_stop)
    _tidy(vault, line.owner, is_complete=not (failed or flawed or should_stop() or order.only))
    if rescheduling.queue(vault, line.owner):  # the portal has booked what another appointment is to be given up for
        sent += Push(vault, line.fhir, line.owner, capability).run(on_event)
    refill_steps.note(vault, line.owner, line.fhir, capability)
    return Result(tuple(sent), tuple(outcomes), tuple(losses))


def push(vault: Vault, line: Line, on_event: OnEvent, again: str = "") -> tuple[Sent, ...]:
    """Send what waits for one connection; `again` is as in `Push.run`. Raises Unreachable, SignInNeeded."""
    capability = discovery.read_capability(line.owner.capability, line.owner.base_url)
    sent = tuple(Push(vault, line.fhir, line.owner, capability).run(on_event, again))
    refill_steps.note(vault, line.owner, line.fhir, capability)
    return sent


def refresh(vault: Vault, line: Line, reference: str) -> None:
    """Read one record (`Type/id`) anew. Raises RemoteError."""
    Pull(vault, line.fhir, line.owner, 1).fetch_one(reference)
    if reference.startswith("Task/"):
        refill_steps.note(vault, line.owner)


def greet(vault: Vault, line: Line) -> None:
    """Fetch the records of the patient and of who acts for them, so that both are known from the first moment."""
    pull = Pull(vault, line.fhir, line.owner, 1)
    pull.fetch_one(f"Patient/{line.owner.patient}")
    _name_patient(vault, line.owner)
    _fetch_who_acts(pull, line.owner)


def _fetch_who_acts(pull: Pull, owner: ConnectionRow) -> None:
    """Read the record of who acts for the patient, which tells by what right; not every portal shows it.

    Raises SignInNeeded when the sign-in has ended: that is told once, to whoever asks first.
    """
    if owner.fhir_user.partition("/")[0] not in _ACTING:
        return
    try:
        pull.fetch_one(owner.fhir_user)
    except SignInNeeded:
        raise
    except RemoteError:
        pass


def listen(http: Http, owner: ConnectionRow, on_event: OnEvent) -> None:
    """Have a door to a portal tell of every answer, and of what it asks for again, and of nothing that is in them."""

    def tell(request: Request, answer: Answer, seconds: float) -> None:
        what = _what(owner, request)
        on_event(events.Answered(owner.name, request.method, what, answer.status, answer.size, seconds))

    http.on_answer = tell
    http.on_retry = lambda request: on_event(events.AskedAgain(owner.name, _what(owner, request)))


def _what(owner: ConnectionRow, request: Request) -> str:
    """What is asked for: the path under the FHIR base, and the names of the parameters without their values."""
    parts = urlsplit(request.url)
    path = parts.path.removeprefix(urlsplit(owner.base_url).path).lstrip("/")
    names = "&".join(dict.fromkeys(name for name, _ in parse_qsl(parts.query)))
    return f"{path}?{names}" if names else path


def _capability(vault: Vault, line: Line) -> discovery.Capability:
    """The portal's CapabilityStatement as it serves it now, remembered when it has changed."""
    content = discovery.fetch_capability(line.http, line.owner.base_url)
    if not content:
        content = line.fhir.metadata()
    if content != line.owner.capability:
        with vault.transaction() as tx:
            connections.update_capability(tx, line.owner.id, content)
    return discovery.read_capability(content, line.owner.base_url)


def _tidy(vault: Vault, owner: ConnectionRow, *, is_complete: bool) -> None:
    """Name what takes its name from another record, note the time, and pack what was stored unpacked."""
    _name_patient(vault, owner)
    with vault.transaction() as tx:
        naming.medications(tx, owner.id)
        if is_complete:
            connections.mark_synced(tx, owner.id, int(time.time()))
    packing.pack(vault)
    vault.checkpoint()


def _name_patient(vault: Vault, owner: ConnectionRow) -> None:
    wanted = reading.Filter(types=("Patient",), connections=(owner.id,), record_id=owner.patient, limit=1)
    with vault.reading() as connection:
        found = next(reading.records(vault, connection, wanted), None)
    name = patients.read(decode(found[1])).name if found else ""
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}…"
    if name and name != owner.patient_name:
        with vault.transaction() as tx:
            connections.name_patient(tx, owner.id, name)
