"""A scripted portal in a process of its own, and what a test in another process asks of it."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.hostile import Offer, ScriptedPortal, resource
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDICATIONS = ("aspirin", "metformin", "ramipril")
RECORDS = 20
DOCUMENTS = {"short": b"x", "long": bytes(range(256)) * 4000}  # by the id of the record that names each
TOTAL = 1 + 2 * RECORDS + len(MEDICATIONS) + len(DOCUMENTS)  # with the patient
_PAGE = 10
_SECONDS = 10
_POLL_SECONDS = 0.5


@contextmanager
def serve() -> Iterator[str]:
    """Fork a portal; gives its base URL. The process that calls this must have a single thread."""
    reading, writing = os.pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        try:
            _serve(writing, parent)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as stream:
        url = stream.readline().strip()
    try:
        yield url
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def reset(url: str) -> None:
    """Have the portal forget the requests that it got."""
    _ask(url, "reset")


def created(url: str) -> list[str]:
    """What the requests that the portal got were for, one entry for each that it made."""
    return sorted(json.loads(_ask(url, "created")))


def _ask(url: str, what: str) -> bytes:
    with urllib.request.urlopen(f"{url.removesuffix('/fhir')}/control/{what}", timeout=_SECONDS) as answer:
        return bytes(answer.read())


def _serve(writing: int, parent: int) -> None:
    portal = ScriptedPortal()
    portal.page_size = _PAGE
    for number in range(RECORDS):
        portal.add(resource("Observation", f"o{number}", code={"text": f"Sodium {number}"}, status="final"))
        portal.add(resource("Condition", f"c{number}", code={"text": f"Cough {number}"}))
    for name in MEDICATIONS:
        portal.add(resource("MedicationRequest", name, status="active", medicationCodeableConcept={"text": name}))
    for name, content in DOCUMENTS.items():
        attachment = {"contentType": "application/pdf", "url": f"Binary/{name}"}
        portal.add(resource("DocumentReference", name, status="current", content=[{"attachment": attachment}]))
        portal.behaviours[f"/fhir/Binary/{name}"] = Answer(200, content, {"Content-Type": "application/pdf"})
    # Without a conditional create, which would hide a request that is sent twice.
    portal.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    portal.accepted.add("access-1")

    def forget(_: object) -> Answer:
        portal.created.clear()
        portal.requests.clear()
        portal.resources.pop("Task", None)
        return Answer(200, b"")

    def tell(_: object) -> Answer:
        asked = [json.loads(body)["focus"]["reference"] for body in portal.created]
        return Answer(200, json.dumps(asked).encode())

    portal.behaviours["/control/reset"] = forget
    portal.behaviours["/control/created"] = tell
    with portal:
        os.write(writing, f"{portal.base_url}\n".encode())
        os.close(writing)
        while os.getppid() == parent:  # it ends with the process that wanted it, however that ends
            time.sleep(_POLL_SECONDS)
