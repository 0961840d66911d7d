from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.records import envelope

if TYPE_CHECKING:
    from store.records.elements import Json


@pytest.mark.parametrize(
    ("resource", "title"),
    [
        ({"code": {"text": "Asthma"}, "category": [{"text": "x"}]}, "Asthma"),
        ({"vaccineCode": {"coding": [{"display": "MMR"}]}}, "MMR"),
        ({"title": "Care plan\nfor two lines"}, "Care plan for two lines"),
        ({"name": [{"family": "Byron", "given": ["Ada"]}]}, "Ada Byron"),
        ({"name": "Clinic"}, "Clinic"),
        ({"deviceName": [{"name": "Pacemaker", "type": "x"}]}, "Pacemaker"),
        ({"class": {"system": "s", "code": "AMB"}}, "AMB"),
        ({"class": {"display": "ambulatory", "code": "AMB"}}, "ambulatory"),
        ({"reasonReference": [{"reference": "Condition/1", "display": "Asthma"}]}, "Asthma"),
        ({"category": ["food"]}, "food"),
        ({"activity": [{}, {"detail": {"code": {"text": "x"}}}, {"code": {"text": "Walk"}}]}, "Walk"),
        ({"content": [{"attachment": {"title": "x"}}], "identifier": [{"value": "A-1"}]}, "A-1"),
        ({"identifier": [{"value": "A-1"}]}, "A-1"),
        (
            {
                "resourceType": "Claim",
                "type": {"text": "institutional"},
                "item": [{"productOrService": {"text": "Visit"}}],
            },
            "Visit",
        ),
        ({"resourceType": "Claim", "type": {"text": "institutional"}, "item": [{}]}, "institutional"),
        ({"category": []}, ""),
        ({}, ""),
    ],
)
def test_any_resource_is_called_by_the_best_words_in_it(resource: Json, title: str) -> None:
    assert envelope.general_title(resource) == title


@pytest.mark.parametrize(
    ("resource", "date"),
    [
        ({"effectiveDateTime": "2024-05", "issued": "2025"}, "2024-05"),
        ({"performedPeriod": {"start": "2024-05", "end": "2025"}}, "2024-05"),
        ({"performedPeriod": {"end": "2024-05"}}, "2024-05"),
        ({"onsetDateTime": "in childhood", "recordedDate": "2024-05"}, "2024-05"),
        ({"birthDate": "2024-05"}, "2024-05"),
    ],
)
def test_any_resource_has_the_first_date_that_can_be_understood(resource: Json, date: str) -> None:
    found = envelope.general_date(resource)
    assert found
    assert found.text == date


def test_a_resource_without_a_date_has_none() -> None:
    assert envelope.general_date({"date": "whenever", "period": {}}) is None


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ({"status": "active"}, "active"),
        ({"clinicalStatus": {"coding": [{"code": "resolved"}]}, "verificationStatus": {"text": "x"}}, "resolved"),
        ({"state": "on"}, "on"),
        ({"status": 5}, ""),
    ],
)
def test_any_resource_has_its_state_in_its_own_code(resource: Json, status: str) -> None:
    assert envelope.general_status(resource) == status


def test_the_general_columns_of_a_resource() -> None:
    shown = envelope.general(
        {
            "code": {"coding": [{"code": "195967001"}], "text": "Asthma"},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "onsetDateTime": "2001",
        },
        "condition",
    )
    assert (shown.kind, shown.title, shown.code, shown.status, shown.flag, shown.value, shown.unit) == (
        "condition",
        "Asthma",
        "195967001",
        "active",
        "",
        "",
        "",
    )
    assert shown.date
    assert shown.date.text == "2001"
