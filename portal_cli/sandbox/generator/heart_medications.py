"""Everything the third patient has been prescribed in sixteen years."""

from __future__ import annotations

from portal_cli.sandbox.generator.prescriptions import Therapy

ONCE = "Take 1 tablet by mouth once a day"
TWICE = "Take 1 tablet by mouth twice a day"

THERAPIES: tuple[Therapy, ...] = (
    Therapy("hydrochlorothiazide", ONCE, 197, 132, "hypertension", stopped_because="Gout"),
    Therapy(
        "simvastatin",
        "Take 1 tablet by mouth at bedtime",
        197,
        132,
        "hyperlipidemia",
        stopped_because="Changed",
    ),
    Therapy("atorvastatin_40", ONCE, 131.4, None, "hyperlipidemia", fills=3),
    Therapy(
        "levothyroxine",
        "Take half a tablet every morning on an empty stomach",
        151,
        146,
        "hypothyroidism",
        0.5,
    ),
    Therapy(
        "levothyroxine",
        "Take 1 tablet every morning on an empty stomach",
        146,
        None,
        "hypothyroidism",
        fills=3,
    ),
    Therapy("colchicine", TWICE, 132, 131.8, "gout", 2, 3, 0, fills=1),
    Therapy("allopurinol", ONCE, 131, None, "gout", fills=3),
    Therapy("amlodipine", ONCE, 132, 71, "hypertension", stopped_because="Ankle swelling"),
    Therapy("naproxen", TWICE, 120, 71, "knee_arthritis", 2, stopped_because="Harms the kidneys"),
    Therapy(
        "metoprolol_25",
        ONCE,
        108,
        72,
        "fibrillation",
        prescriber="cardiologist",
        stopped_because="Dose raised",
    ),
    Therapy("metoprolol_50", ONCE, 70.5, None, "heart_failure", prescriber="cardiologist", fills=3),
    Therapy(
        "warfarin",
        "Take 1 tablet by mouth every evening, or as the INR nurse tells you",
        108,
        65,
        "fibrillation",
        prescriber="cardiologist",
        stopped_because="Changed to apixaban",
    ),
    Therapy("apixaban_5", TWICE, 64.5, None, "fibrillation", 2, 30, 11, prescriber="cardiologist", fills=5),
    Therapy("furosemide_40", "Take 1 tablet by mouth every morning", 70.5, None, "heart_failure", fills=3),
    Therapy("losartan", ONCE, 71, None, "hypertension", prescriber="nephrologist", fills=3),
    Therapy("omeprazole", "Take 1 capsule by mouth before breakfast", 160, 90, "reflux"),
    Therapy(
        "pantoprazole",
        "Take 1 tablet by mouth before breakfast as needed",
        90,
        None,
        "reflux",
        as_needed=True,
    ),
    Therapy("cephalexin", "Take 1 capsule by mouth twice a day", 90, 89.7, "urinary_infection", 2, 7, 0, fills=1),
    Therapy("amoxicillin", "Take 2 capsules by mouth three times a day", 33, 32.7, "pneumonia", 6, 7, 0, fills=1),
    Therapy("prednisone", ONCE, 58, 57.8, "gout", 1, 5, 0, fills=1),
)
