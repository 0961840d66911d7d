"""The choice of a chart that a portal offers, read whatever it sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.people_errors import ChartNeeded, ChartUnknown
from store.remote import whom

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ASKED: dict[str, Any] = {"need": "patient", "auth_session": "s"}


def test_what_a_portal_says_of_each_chart_is_read() -> None:
    own = {"id": "p1", "name": "Ada Doe", "relationship": "self", "rights": []}
    child = {"id": "Patient/p2", "name": "Ben\n\x1b[1mDoe", "rights": ["view only", 3], "ends": "2030-01-01"}
    step = whom.read({**ASKED, "patients": [own, child, {"id": "a/b"}, {"name": "nobody"}, 7]})
    assert step is not None
    assert [chart.patient for chart in step.charts] == ["p1", "p2"]
    assert [chart.is_own for chart in step.charts] == [True, False]
    assert str(step.charts[0]) == "Ada Doe (yourself)"
    assert str(step.charts[1]).endswith("(view only, until 2030-01-01)")
    assert "\x1b" not in str(step.charts[1])


@pytest.mark.parametrize("answer", [{}, {**ASKED, "patients": None}, {"need": "patient", "patients": []}])
def test_what_is_no_choice_is_none(answer: dict[str, Any]) -> None:
    assert whom.read(answer) is None


@given(JSON)
def test_no_answer_breaks_it(patients: object) -> None:
    found = whom.read({**ASKED, "patients": json.loads(json.dumps(patients))})
    assert found is None or all(chart.patient for chart in found.charts)


def test_a_chart_is_named_by_id_name_or_as_ones_own() -> None:
    step = whom.read(
        {
            **ASKED,
            "patients": [
                {"id": "p1", "name": "Ada Doe", "relationship": "self"},
                {"id": "p2", "name": "Ben Doe"},
                {"id": "p3", "name": "Ben Dorn"},
            ],
        }
    )
    assert step is not None
    for named, patient in (("p2", "p2"), ("Patient/p3", "p3"), ("do ad", "p1"), ("self", "p1"), ("ben dor", "p3")):
        assert whom.choose(step.charts, named).patient == patient
    with pytest.raises(ChartNeeded, match="p2"):
        whom.choose(step.charts, "Ben")
    for named in ("Eve", " ", "p4"):
        with pytest.raises(ChartUnknown):
            whom.choose(step.charts, named)
