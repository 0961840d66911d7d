"""Calculated results against published formulas."""

from __future__ import annotations

import pytest

from portal_cli.sandbox.generator.derived import creatinine_for, estimate_egfr


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "egfr"),
    [(0.7, 40, "female", 112), (1.0, 60, "male", 86), (2.0, 75, "male", 34), (0.6, 30, "male", 133)],
)
def test_egfr_follows_the_published_equation(creatinine: float, age: int, sex: str, egfr: int) -> None:
    assert round(estimate_egfr(creatinine, age, "male" if sex == "male" else "female")) == egfr


@pytest.mark.parametrize("egfr", [15, 45, 90, 125])
def test_creatinine_is_found_back_from_egfr(egfr: float) -> None:
    for age in (25, 80):
        assert estimate_egfr(creatinine_for(egfr, age, "female"), age, "female") == pytest.approx(egfr)
        assert estimate_egfr(creatinine_for(egfr, age, "male"), age, "male") == pytest.approx(egfr)
