"""How a right to act for a patient is read from what the practice keeps; what is not understood gives none."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.clock import Clock
from portal_cli.sandbox.mandates import Mandates
from portal_cli.sandbox.repository import Repository
from portal_cli.sandbox.rights import CONFIDENTIAL, FULL, MESSAGES, Rights

if TYPE_CHECKING:
    from collections.abc import Callable

ACTOR = "RelatedPerson/rp"


def refer(name: str) -> dict[str, str]:
    return {"reference": name}


def permit(**more: Any) -> dict[str, Any]:
    return {"type": "permit", "actor": [{"role": {}, "reference": refer(ACTOR)}], **more}


def paper(provision: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "patient": refer("Patient/kid"),
        "provision": provision,
    } | more


def codes(*names: str) -> list[dict[str, Any]]:
    return [{"coding": [{"code": name} for name in names]}]


@pytest.fixture
def record() -> Repository:
    found = Repository(Clock().now)
    found.put({"resourceType": "Patient"}, "mum")
    found.put({"resourceType": "Patient"}, "kid")
    link = [{"target": refer("Patient/mum")}, {"target": refer(ACTOR)}]
    found.put({"resourceType": "Person", "link": link}, "person")
    mother = [{"coding": [{"code": "MTH", "display": "mother"}]}]
    found.put({"resourceType": "RelatedPerson", "patient": refer("Patient/kid"), "relationship": mother}, "rp")
    return found


def rights(record: Repository) -> Rights | None:
    found = Mandates(record).find("mum", ACTOR, "kid")
    assert [one.patient for one in Mandates(record).of("mum")] == (["kid"] if found else [])
    return found.rights if found else None


@pytest.mark.parametrize(
    ("provision", "expected"),
    [
        (permit(), FULL),
        (permit(action=codes("access", "correct")), FULL),
        (permit(action=codes("access")), Rights(is_view_only=True)),
        (permit(action=codes("disclose")), None),
        (permit(provision=[{"type": "deny", "action": codes("correct")}]), Rights(is_view_only=True)),
        (permit(provision=[{"type": "deny", "class": [{"code": "Communication"}]}]), Rights(denied_kinds=MESSAGES)),
        (
            permit(provision=[{"type": "deny", "securityLabel": [{"code": "R"}, {"code": "V"}]}]),
            Rights(hidden_labels=CONFIDENTIAL),
        ),
        (permit(provision=[{"type": "deny", "code": codes("x")}]), None),
        (permit(provision=[{"type": "deny"}]), None),
        (permit(provision=[{"type": "permit", "class": [{"code": "Observation"}]}]), None),
        (permit(provision=["odd"]), None),
        (permit(provision=[{"type": "deny", "actor": [{"reference": refer("RelatedPerson/x")}]}]), FULL),
        (permit(dataPeriod={"start": "2020"}), None),
        (permit(**{"class": [{"code": "Observation"}]}), None),
        (permit(period={"start": "2020", "end": "2999"}), FULL),
        (permit(period={"end": "2020"}), None),
        (permit(period={"start": "2999"}), None),
        (permit(period={"end": "soon"}), None),
        (permit(period="always"), None),
        (permit(type="deny"), None),
        (permit(actor=[{"reference": refer("RelatedPerson/x")}]), None),
        ({}, None),
    ],
)
def test_a_consent_gives_what_it_says_and_nothing_that_is_not_understood(
    record: Repository, provision: dict[str, Any], expected: Rights | None
) -> None:
    record.put(json.loads(json.dumps(paper(provision))), "c")
    assert rights(record) == expected


@pytest.mark.parametrize("status", ["draft", "proposed", "inactive", "rejected", "entered-in-error"])
def test_only_an_active_consent_counts(record: Repository, status: str) -> None:
    record.put(paper(permit(), status=status), "c")
    assert rights(record) is None


def test_several_consents_leave_what_all_of_them_leave(record: Repository) -> None:
    record.put(paper(permit(action=codes("access"))), "a")
    record.put(paper(permit(provision=[{"type": "deny", "class": [{"code": "Task"}]}])), "b")
    assert rights(record) == Rights(is_view_only=True, denied_kinds=frozenset({"Task"}))
    record.put(paper(permit(type="deny")), "c")
    assert rights(record) is None


def odd_period(record: Repository) -> None:
    related = record.history("RelatedPerson", "rp")[0].resource()
    record.put(related | {"period": {"end": "2020-01-01"}}, "rp")


def two_patients(record: Repository) -> None:
    record.put({"resourceType": "Patient"}, "other")
    record.put(record.history("RelatedPerson", "rp")[0].resource() | {"patient": refer("Patient/other")}, "rp", "kid")


def no_patient(record: Repository) -> None:
    record.delete(record.history("Patient", "kid")[0])


def no_related(record: Repository) -> None:
    record.delete(record.history("RelatedPerson", "rp")[0])


def no_person(record: Repository) -> None:
    record.delete(record.history("Person", "person")[0])


@pytest.mark.parametrize("change", [odd_period, two_patients, no_patient, no_related, no_person])
def test_without_one_of_its_parts_there_is_no_right(record: Repository, change: Callable[[Repository], None]) -> None:
    record.put(paper(permit()), "c")
    assert rights(record) == FULL
    change(record)
    assert rights(record) is None


def test_the_right_ends_with_the_first_of_its_ends(record: Repository) -> None:
    record.put(paper(permit(period={"end": "2998-12-31"})), "c")
    related = record.history("RelatedPerson", "rp")[0].resource()
    record.put(related | {"period": {"end": "2998-06"}}, "rp")
    found = Mandates(record).find("mum", ACTOR, "kid")
    assert found
    assert (found.day, found.relationship) == ("2998-06-30", "mother")
    record.put(related, "rp")
    record.put(paper(permit()), "c")
    endless = Mandates(record).find("mum", ACTOR, "kid")
    assert endless
    assert (endless.day, endless.ends) == ("", math.inf)


@pytest.mark.parametrize(
    ("years", "is_hidden"), [(11.5, False), (12.5, True), (17.5, True), (18.5, False), (44, False)]
)
def test_what_is_confidential_of_an_adolescent_is_hidden_whatever_the_consent_says(
    record: Repository, years: float, *, is_hidden: bool
) -> None:
    record.put(paper(permit()), "c")
    born = record.now().timestamp() - years * 365.25 * 86400
    record.put({"resourceType": "Patient", "birthDate": datetime.fromtimestamp(born, UTC).date().isoformat()}, "kid")
    assert rights(record) == (Rights(hidden_labels=CONFIDENTIAL) if is_hidden else FULL)


def test_a_year_of_birth_that_may_be_an_adolescents_is_one(record: Repository) -> None:
    record.put(paper(permit()), "c")
    for age, is_hidden in ((10, False), (12, True), (18, True), (20, False)):
        record.put({"resourceType": "Patient", "birthDate": str(record.now().year - age)}, "kid")
        assert rights(record) == (Rights(hidden_labels=CONFIDENTIAL) if is_hidden else FULL), age
