"""Results that a laboratory calculates, so that the numbers of one panel agree with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.generator.people import Sex

    Formula: TypeAlias = tuple[tuple[str, ...], Callable[..., float]]

AGE_FACTOR = 0.9938
FEMALE_FACTOR = 1.012

# The analytes that a result is calculated from, and how.
FORMULAS: dict[str, Formula] = {
    "ldl": (
        ("cholesterol", "hdl", "triglyceride"),
        lambda cholesterol, hdl, triglyceride: cholesterol - hdl - triglyceride / 5,
    ),
    "non_hdl": (("cholesterol", "hdl"), lambda cholesterol, hdl: cholesterol - hdl),
    "hematocrit": (("hemoglobin",), lambda hemoglobin: hemoglobin * 2.97),
    "rbc": (("hematocrit", "mcv"), lambda hematocrit, mcv: hematocrit * 10 / mcv),
    "mch": (("hemoglobin", "rbc"), lambda hemoglobin, rbc: hemoglobin * 10 / rbc),
    "mchc": (("hemoglobin", "hematocrit"), lambda hemoglobin, hematocrit: hemoglobin * 100 / hematocrit),
    "albumin_ratio": (
        ("urine_albumin", "urine_creatinine"),
        lambda albumin, creatinine: albumin / creatinine * 1000,
    ),
    "inr": (("prothrombin",), lambda prothrombin: prothrombin / 10.2),
}


def estimate_egfr(creatinine: float, age: int, sex: Sex) -> float:
    """CKD-EPI 2021, in mL/min/1.73 m², from creatinine in mg/dL."""
    ratio = creatinine / _kappa(sex)
    shape = float(min(ratio, 1) ** _alpha(sex) * max(ratio, 1) ** -1.2)
    return _egfr_at_kappa(age, sex) * shape


def creatinine_for(egfr: float, age: int, sex: Sex) -> float:
    """The creatinine, in mg/dL, that gives an eGFR: the inverse of `estimate_egfr`."""
    ratio = egfr / _egfr_at_kappa(age, sex)
    exponent = _alpha(sex) if ratio > 1 else -1.2
    return _kappa(sex) * float(ratio ** (1 / exponent))


def _kappa(sex: Sex) -> float:
    return 0.7 if sex == "female" else 0.9


def _alpha(sex: Sex) -> float:
    return -0.241 if sex == "female" else -0.302


def _egfr_at_kappa(age: int, sex: Sex) -> float:
    return 142 * float(AGE_FACTOR**age) * (FEMALE_FACTOR if sex == "female" else 1)
