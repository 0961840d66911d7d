"""A specification of faults is read whole, or refused in one sentence."""

from __future__ import annotations

import pytest

from portal_cli.sandbox.faults.kinds import KINDS
from portal_cli.sandbox.faults.spec import FaultSpec, parse
from portal_cli.sandbox.outcomes import SandboxError, Why


def test_shares_and_times_are_read() -> None:
    spec = parse(" latency=200ms~50ms, 429=5% ,cut=0.5%,")
    assert spec == FaultSpec({"429": 0.05, "cut": 0.005}, 0.2, 0.05)
    assert parse("latency=1.5s").latency == 1.5
    assert parse("") == FaultSpec()


@pytest.mark.parametrize("name", KINDS)
def test_every_fault_has_a_share(name: str) -> None:
    assert dict(parse(f"{name}=100%").chances) == {name: 1.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("429", "429= is not a share of the requests such as 5%"),
        ("429=5", "429=5 is not a share of the requests such as 5%"),
        ("429=101%", "429=101% is not a share of the requests such as 5%"),
        ("429=-1%", "429=-1% is not a share of the requests such as 5%"),
        ("429=²%", "429=²% is not a share of the requests such as 5%"),
        ("latency=5%", "latency=5% is not a time such as 200ms, or 200ms~50ms for more or less"),
        ("latency=200", "latency=200 is not a time such as 200ms, or 200ms~50ms for more or less"),
        ("418=5%", "there is no fault by the name of '418'"),
        ("=5%", "there is no fault by the name of ''"),
        ("cut=1%,cut=2%", "the fault 'cut' is given twice"),
        ("latency=1s,latency=2s", "the fault 'latency' is given twice"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SandboxError) as caught:
        parse(text)
    assert str(caught.value) == sentence
    assert caught.value.why is Why.USAGE
    assert "maintenance" in caught.value.hint


def test_a_specification_cannot_be_changed() -> None:
    spec = parse("429=5%")
    with pytest.raises(TypeError):
        spec.chances["429"] = 1.0  # type: ignore[index]  # that it cannot is the point
