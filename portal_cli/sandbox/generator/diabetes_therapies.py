"""Everything the first patient has been prescribed in seven years."""

from __future__ import annotations

from portal_cli.sandbox.generator.prescriptions import Therapy

THERAPIES = (
    Therapy(
        "lisinopril_5",
        "Take 1 tablet by mouth once a day",
        86,
        53.6,
        "hypertension",
        stopped_because="Dose raised",
    ),
    Therapy("lisinopril_10", "Take 1 tablet by mouth once a day", 53.6, None, "hypertension"),
    Therapy("atorvastatin_20", "Take 1 tablet by mouth in the evening", 80, None, "hyperlipidemia"),
    Therapy(
        "metformin_500",
        "Take 1 tablet by mouth twice a day with meals",
        66,
        62,
        "diabetes",
        per_day=2,
        stopped_because="Dose raised",
    ),
    Therapy(
        "metformin_1000",
        "Take 1 tablet by mouth twice a day with meals",
        62,
        None,
        "diabetes",
        per_day=2,
        fills=3,
    ),
    Therapy(
        "glipizide",
        "Take 1 tablet by mouth before breakfast",
        57,
        43,
        "diabetes",
        stopped_because="Low blood sugar before lunch",
    ),
    Therapy("empagliflozin", "Take 1 tablet by mouth every morning", 43, None, "diabetes", days=30, repeats=11),
    Therapy(
        "cyclobenzaprine",
        "Take 1 tablet by mouth at bedtime for 7 days",
        27,
        26.7,
        "back_pain",
        days=7,
        repeats=0,
        fills=1,
    ),
)
