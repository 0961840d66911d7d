"""The household: who acts for whom, until when, and what of an adolescent is nobody else's."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.generator.patients import generate, generate_household
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.rights import CONFIDENTIAL, MESSAGES, Rights
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.support.witness import flaws

if TYPE_CHECKING:
    from portal_cli.sandbox.mandates import Mandate

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SEEDS = (1, 2, 3)


def age(born: str, day: date) -> int:
    birth = date.fromisoformat(born)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@pytest.mark.parametrize("seed", range(1, 30))
def test_the_members_of_a_household_have_one_family_name_and_each_a_name_of_their_own(seed: int) -> None:
    people = [
        person.resources[[one["resourceType"] for one in person.resources].index("Patient")]
        for person in generate_household(seed, NOW)
    ]
    (family,) = {person["name"][0]["family"] for person in people}
    assert len({person["name"][0]["given"][0] for person in people}) == 4
    assert family not in {person.name.split()[-1] for person in generate(seed, NOW)}
    parent, child, adolescent, grown_up = (age(person["birthDate"], NOW.date()) for person in people)
    assert parent > grown_up + 16
    assert child < 12 <= adolescent < 18 <= grown_up


def test_a_household_is_the_same_for_the_same_seed_and_moment() -> None:
    assert generate_household(1, NOW) == generate_household(1, NOW)
    assert generate_household(1, NOW) != generate_household(2, NOW)


def mandates(sandbox: Sandbox) -> list[Mandate]:
    (carer,) = (one for one in sandbox.sign_ins if sandbox.portal.mandates.of(one.patient))
    return sandbox.portal.mandates.of(carer.patient)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_parent_acts_for_three_and_each_right_has_an_end(seed: int) -> None:
    sandbox = Sandbox(SandboxOptions(seed=seed))
    child, adolescent, grown_up = mandates(sandbox)
    assert child.rights == adolescent.rights == Rights(hidden_labels=CONFIDENTIAL)
    assert grown_up.rights == Rights(is_view_only=True, denied_kinds=MESSAGES)
    for one in (child, adolescent):
        patient = sandbox.portal.repository.history("Patient", one.patient)[0].resource()
        last = date.fromisoformat(one.day)
        assert age(patient["birthDate"], last) == 17
        assert age(patient["birthDate"], last + timedelta(days=5)) == 18
    assert sandbox.portal.clock.now().timestamp() < grown_up.ends


@pytest.mark.parametrize("seed", SEEDS)
def test_an_adolescent_has_parts_that_are_confidential_and_every_one_is_labelled(seed: int) -> None:
    sandbox = Sandbox(SandboxOptions(seed=seed))
    _, adolescent, _ = mandates(sandbox)
    repository = sandbox.portal.repository
    own = [one for kind in repository.kinds() for one in repository.belongings(adolescent.patient, kind)]
    hidden = [one for one in own if one.labels() & CONFIDENTIAL]
    telling = ("nxiety", "ertraline", "confidence", "Is this private", "ounselor", "Worried")
    assert {one.kind for one in hidden} >= {
        "Condition",
        "Encounter",
        "MedicationRequest",
        "Communication",
        "Binary",
        "Provenance",
    }
    assert not [one.name for one in own if one not in hidden and any(word in one.body.decode() for word in telling)]
    names = {one.name for one in hidden}
    assert not [one.name for one in own if one not in hidden and any(name in one.body.decode() for name in names)]


def test_a_child_has_no_sign_in_and_is_named_beside_who_cares_for_them() -> None:
    sandbox = Sandbox(SandboxOptions())
    child = mandates(sandbox)[0]
    assert child.patient not in {one.patient for one in sandbox.sign_ins}
    (named,) = (sandbox.cared_for(one) for one in sandbox.sign_ins if sandbox.cared_for(one))
    assert child.patient in {chart.patient for chart in named}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_household_and_its_rights_are_valid_by_models_of_others(seed: int) -> None:
    for person in generate_household(seed, NOW):
        for resource in person.resources:
            assert flaws(json.loads(encode(resource))) == [], resource["resourceType"]
