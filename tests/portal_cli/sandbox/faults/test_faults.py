"""Faults come as often as was asked for, repeatably, and are counted."""

from __future__ import annotations

import pytest

from portal_cli.sandbox.faults.faults import Faults
from portal_cli.sandbox.faults.kinds import Place, kinds_of
from portal_cli.sandbox.outcomes import SandboxError

FRONT = kinds_of(Place.FRONT)
SEARCH = "/fhir/Observation"


def drawn(faults: Faults, number: int) -> list[str | None]:
    return [faults.draw(FRONT, "GET", SEARCH) for _ in range(number)]


def test_the_same_seed_gives_the_same_faults_and_another_gives_others() -> None:
    first, again, other = (drawn(Faults("429=30%,500=30%", seed), 50) for seed in (1, 1, 2))
    assert first == again != other


def test_a_share_is_kept_to_in_the_long_run() -> None:
    faults = Faults("503=10%", 1)
    drawn(faults, 2000)
    assert 150 < faults.counts()["503"] < 250


def test_certain_and_impossible_are_what_they_say() -> None:
    assert set(drawn(Faults("503=100%", 1), 50)) == {"503"}
    assert set(drawn(Faults("503=0%", 1), 50)) == {None}


@pytest.mark.parametrize("path", ["/auth/token", "/auth/challenge", "/fhir/.well-known/smart-configuration"])
def test_chance_spares_the_sign_in(path: str) -> None:
    faults = Faults("503=100%,latency=1s", 1)
    assert faults.draw(FRONT, "POST", path) is None
    assert faults.pause(path) == 0


def test_what_is_planned_comes_once_to_the_request_it_is_meant_for() -> None:
    faults = Faults(None, 1)
    faults.once("500", "POST", "/fhir/Task")
    assert faults.draw(FRONT, "GET", "/fhir/Task") is None
    assert faults.draw(FRONT, "POST", SEARCH) is None
    assert faults.draw(("429",), "POST", "/fhir/Task") is None
    assert faults.draw(FRONT, "POST", "/fhir/Task") == "500"
    assert faults.draw(FRONT, "POST", "/fhir/Task") is None
    assert faults.counts() == {"500": 1}


def test_latency_varies_within_its_bounds_and_is_counted() -> None:
    faults = Faults("latency=200ms~50ms", 1)
    pauses = [faults.pause(SEARCH) for _ in range(50)]
    assert all(0.15 <= pause <= 0.25 for pause in pauses)
    assert len(set(pauses)) > 40
    assert faults.counts() == {"latency": 50}


def test_they_can_be_changed_and_ended() -> None:
    faults = Faults("503=100%", 1)
    faults.set("500=100%")
    assert drawn(faults, 1) == ["500"]
    faults.once("429")
    faults.clear()
    assert drawn(faults, 1) == [None]
    assert not faults.may_occur(Place.FRONT)


def test_a_cut_is_at_one_of_three_moments_and_counted_there() -> None:
    faults = Faults("cut=100%", 1)
    found = {faults.draw(("cut",), "GET", SEARCH) for _ in range(50)}
    assert found == {"cut-before", "cut-during", "cut-after"} == set(faults.counts())


def test_breaking_connections_needs_the_proxy() -> None:
    faults = Faults("503=1%", 1)
    with pytest.raises(SandboxError, match="no proxy"):
        faults.set("cut=1%")
    with pytest.raises(SandboxError, match="no proxy"):
        faults.once("trickle")
    with pytest.raises(SandboxError, match="no proxy"):
        faults.cut_next("after")
    assert Faults("", 1).has_proxy
    assert Faults("reset=1%", 1).has_proxy
    assert not Faults(None, 1).has_proxy


def test_a_plan_of_an_unknown_fault_is_refused() -> None:
    with pytest.raises(SandboxError, match="no fault by the name of 'cut-sometime'"):
        Faults("", 1).cut_next("sometime")
