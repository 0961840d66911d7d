"""The judge of what goes in and out of a practice portal: it lets what is valid pass, and nothing else."""

from __future__ import annotations

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.support.witness import Witness, all_watched, flaws, unjudged, witness_of

GOOD = {"resourceType": "Observation", "status": "final", "code": {"text": "Sodium"}}
BAD = {"resourceType": "Observation", "status": "final", "code": "Sodium"}


@pytest.fixture(scope="module")
def witnesses() -> list[Witness]:
    """Nobody else watches here."""
    return []


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        (GOOD, 0),
        (BAD, 1),
        ({"resourceType": "Observation", "code": {"text": "no status"}}, 1),
        ({"resourceType": "Sodium"}, 1),
        ({**GOOD, "meta": {"lastUpdated": "2026-02-28T10:00:00Z"}}, 0),
        ({**GOOD, "meta": {"lastUpdated": "2026-02-30T10:00:00Z"}}, 1),
        ({**GOOD, "meta": {"lastUpdated": "2026-02-28T10:00:00"}}, 1),
        ({**GOOD, "meta": {"lastUpdated": "2026-02-28T10:00:00Z", "tag": "none"}}, 1),
        ({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": GOOD}, {"resource": BAD}]}, 1),
        ({"resourceType": "Bundle", "type": "searchset", "entry": [{"fullUrl": 7, "resource": GOOD}]}, 1),
    ],
)
def test_a_resource_has_as_many_flaws_as_it_has_parts_that_are_not_valid(
    resource: dict[str, object], count: int
) -> None:
    assert len(flaws(resource)) == count


def test_what_is_sent_and_what_is_served_are_both_judged_and_reach_the_other_unchanged() -> None:
    @Request.application
    def echo(request: Request) -> Response:
        return Response(request.get_data(), mimetype="application/fhir+json")

    witness = Witness(echo)
    client = Client(witness)
    answer = client.post("/fhir/Observation", json=BAD)
    assert (answer.json, len(witness.flaws)) == (BAD, 2)
    assert witness.sent == witness.served == {"Observation"}
    client.post("/fhir/Observation", json=GOOD)
    assert len(witness.flaws) == 2


def test_a_portal_that_is_made_while_watching_is_watched_until_it_is_left_unjudged() -> None:
    with all_watched() as made:
        portal = Sandbox(SandboxOptions())
        Client(portal.app).post("/fhir/Observation", json=BAD)
        assert [flaw.partition(":")[0] for flaw in made[0].take()] == ["POST /fhir/Observation"]
        Client(unjudged(portal).app).post("/fhir/Observation", json=BAD)
        assert made[0].take() == []
    with pytest.raises(AssertionError):
        witness_of(Sandbox(SandboxOptions()))
