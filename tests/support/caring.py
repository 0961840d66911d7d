"""A scripted portal at which a mother may see her own chart and that of her child."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.hostile import Offer, ScriptedPortal
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portals import PortalSummary
    from tests.support.wire import Call

OWN, CHILD, MOTHER = "p1", "p2", "mother"
FULL = "patient/*.cruds offline_access"
CHARTS: list[dict[str, Any]] = [
    {"id": OWN, "name": "Ada Doe", "relationship": "self", "rights": []},
    {"id": CHILD, "name": "Ben Doe", "relationship": "mother", "rights": ["no messages"], "ends": "2999-05-01"},
]


class CaringPortal(ScriptedPortal):
    """Asks for whom a sign-in is, and shows each token only that patient's records.

    `charts` are those that the account may see, `scopes` what each sign-in is granted, `ends` the end of the right.
    """

    def __init__(self) -> None:
        super().__init__()
        self.charts = list(CHARTS)
        self.scopes = {OWN: FULL, CHILD: FULL}
        self.ends = "2999-05-01"
        self.chosen = OWN
        for name in ("MedicationRequest", "Appointment", "Task", "Observation", "RelatedPerson", "Person"):
            self.types[name] = Offer(("read", "search-type", "create", "update"))
        self.behaviours["/auth/challenge"] = self._challenge
        self.behaviours["POST /auth/token"] = self._grant
        self.behaviours["GET /fhir/"] = self._only_of_the_chosen
        self.add(_patient(OWN, "Ada", "1980-02-03"), _patient(CHILD, "Ben", "2015-06-07"))
        for patient in (OWN, CHILD):
            self.add(_order(patient), _visit(patient))

    @property
    def mother(self) -> bytes:
        """Her record as somebody who acts for the child."""
        found = {
            "resourceType": "RelatedPerson",
            "id": MOTHER,
            "active": True,
            "patient": {"reference": f"Patient/{CHILD}"},
            "relationship": [{"coding": [{"code": "MTH", "display": "mother"}]}],
            "name": [{"text": "Ada Doe"}],
            "period": {"start": "2020-01-01", "end": self.ends},
        }
        return json.dumps(found).encode()

    def _challenge(self, call: Call) -> Answer:
        if "patient" not in call.form:
            need = {"error": "insufficient_authorization", "auth_session": "s1", "need": "patient"}
            return Answer(400, json.dumps({**need, "patients": self.charts}).encode())
        if call.form["patient"] not in {chart["id"] for chart in self.charts} or call.form["auth_session"] != "s1":
            return Answer(400, b'{"error":"access_denied","error_description":"there is no such patient"}')
        self.chosen = call.form["patient"]
        return Answer(200, b'{"authorization_code":"code-1"}')

    def _grant(self, call: Call) -> None:
        if call.form.get("grant_type") == "authorization_code":
            who = f"RelatedPerson/{MOTHER}" if self.chosen == CHILD else f"Patient/{OWN}"
            scope = self.scopes[self.chosen]
            self.token_extra = {"patient": self.chosen, "fhirUser": f"{self.base_url}/{who}", "scope": scope}

    def _only_of_the_chosen(self, call: Call) -> Answer | None:
        """Keep what is told to the patient that the last sign-in, or the query, is for."""
        self.resources["RelatedPerson"] = {MOTHER: self.mother}
        parts = call.path.removeprefix("/fhir/").split("/")
        patient = call.query.get("patient", "").removeprefix("Patient/")
        if len(parts) > 1 or not patient:
            return None
        found = [body for body in self.resources.get(parts[0], {}).values() if f'"Patient/{patient}"' in body.decode()]
        entries = b",".join(b'{"resource":' + body + b"}" for body in found)
        whole = b'{"resourceType":"Bundle","type":"searchset","entry":[' + entries + b"]}"
        return Answer(200, whole, {"Content-Type": "application/fhir+json"})


def sign_in_for(client: Client, portal: ScriptedPortal, whom: str, name: str) -> PortalSummary:
    """Sign in for one of the people, under a name of its own."""
    from store.services.sign_in import SignInRequest  # noqa: PLC0415 - the fixtures of other tests need it not

    with client.sign_ins.begin(SignInRequest(portal.base_url, name=name, whom=whom)) as attempt:
        return attempt.with_password("ada", "secret")


def _patient(record_id: str, given: str, born: str) -> bytes:
    names = [{"given": [given], "family": "Doe"}]
    return json.dumps({"resourceType": "Patient", "id": record_id, "name": names, "birthDate": born}).encode()


def _order(patient: str) -> bytes:
    found = {
        "resourceType": "MedicationRequest",
        "id": f"order-{patient}",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "medicationCodeableConcept": {"text": f"Medicine of {patient}"},
        "requester": {"reference": "Practitioner/dr1"},
    }
    return json.dumps(found, separators=(",", ":")).encode()


def _visit(patient: str) -> bytes:
    found = {
        "resourceType": "Appointment",
        "id": f"visit-{patient}",
        "status": "booked",
        "description": "Check-up",
        "start": "2999-01-01T09:00:00Z",
        "end": "2999-01-01T09:30:00Z",
        "participant": [{"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}],
    }
    return json.dumps(found, separators=(",", ":")).encode()
