"""The imaging and heart studies of the third patient, as they were read."""

from __future__ import annotations

from portal_cli.sandbox.generator.studies import Study

_ECHO_TECHNIQUE = "Transthoracic two-dimensional and Doppler study in sinus rhythm; fair windows."

STUDIES: tuple[Study, ...] = (
    Study(
        "ecg",
        108,
        "Racing heartbeat.",
        "Twelve leads at rest.",
        (
            "Rhythm: Atrial fibrillation, about 124 beats per minute.",
            "Intervals: QRS 92 ms, QTc 438 ms.",
            "ST segments: No shift that suggests a heart attack.",
        ),
        ("Atrial fibrillation with rapid response.",),
    ),
    Study(
        "echocardiogram",
        107,
        "New atrial fibrillation.",
        _ECHO_TECHNIQUE,
        (
            "Left ventricle: Normal size. Walls 11 mm. Ejection fraction 60 percent.",
            "Left atrium: Mildly enlarged, 36 mL/m2.",
            "Valves: Trace leak of the mitral valve. Aortic valve opens well.",
            "Right heart: Normal size and function. Estimated pressure 28 mmHg.",
        ),
        ("Normal pumping function.", "Mildly enlarged left atrium."),
    ),
    Study(
        "chest_xray",
        72,
        "Breathless lying down, swelling.",
        "Frontal view, sitting.",
        (
            "Lungs: Hazy shadows around both hila, with thickened lines at the bases.",
            "Pleura: Small fluid on both sides, more on the right.",
            "Heart: Enlarged.",
        ),
        ("Fluid overload of the lungs with small effusions.", "Enlarged heart."),
    ),
    Study(
        "echocardiogram",
        71.8,
        "Heart failure.",
        _ECHO_TECHNIQUE,
        (
            ("Left ventricle: Normal size. Walls 13 mm. Ejection fraction 55 percent. Filling pressure is raised."),
            "Left atrium: Moderately enlarged, 44 mL/m2.",
            "Valves: Mild leak of the mitral valve, mild calcium on the aortic valve without narrowing.",
            "Right heart: Slightly enlarged. Estimated pressure 46 mmHg.",
        ),
        ("Preserved pumping function with impaired filling.", "Raised pressure in the lung circulation."),
        comparison="Study at the time of the first atrial fibrillation.",
    ),
    Study(
        "chest_ct",
        68,
        "Nodule seen on chest X-ray after treatment of heart failure.",
        "Low-dose helical scan without contrast, 1.25 mm slices.",
        (
            ("Lungs: A round 5 mm nodule in the right upper lobe. A calcified 3 mm granuloma at the left base."),
            "Airways: Open. Pleura: No fluid.",
            "Heart: Calcium in two coronary arteries. Left atrium is enlarged.",
            "Upper abdomen: Surgical clips where the gallbladder was.",
        ),
        ("Small lung nodule, 5 mm: repeat in twelve months.", "Coronary calcium."),
    ),
    Study(
        "chest_ct",
        55,
        "Follow-up of a 5 mm nodule.",
        "Low-dose helical scan without contrast, 1.25 mm slices.",
        (
            "Lungs: The nodule in the right upper lobe is unchanged at 5 mm. No new nodule.",
            "Pleura: No fluid.",
        ),
        ("Nodule unchanged for more than a year; no more scans are needed.",),
        status="amended",
        comparison="CT thirteen months earlier.",
    ),
    Study(
        "bone_density",
        44,
        "Height loss.",
        "Dual-energy X-ray absorptiometry of hip and spine.",
        ("Spine L1 to L4: T-score -1.4.", "Neck of the left hip: T-score -1.9."),
        ("Low bone density, short of osteoporosis.",),
    ),
    Study(
        "chest_xray",
        33,
        "Fever and cough.",
        "Frontal and side views.",
        ("Lungs: Patchy shadow in the right lower lobe.", "Pleura: No fluid.", "Heart: Enlarged, as before."),
        ("Pneumonia of the right lower lobe.",),
        comparison="Chest CT two years earlier.",
    ),
    Study(
        "echocardiogram",
        22,
        "Heart failure, yearly control.",
        _ECHO_TECHNIQUE,
        (
            "Left ventricle: Normal size. Walls 12 mm. Ejection fraction 55 to 60 percent.",
            "Left atrium: Moderately enlarged, 45 mL/m2.",
            (
                "Valves: Mild leak of mitral and tricuspid valves. Aortic valve slightly narrowed, "
                "mean gradient 11 mmHg."
            ),
            "Right heart: Normal. Estimated pressure 34 mmHg.",
        ),
        ("Preserved pumping function.", "Mild narrowing of the aortic valve, new; look again in two years."),
        comparison="Study four years earlier.",
    ),
    Study(
        "head_ct",
        14,
        "Fall with a blow to the head while taking apixaban.",
        "Axial slices without contrast, with thin bone images.",
        (
            "Brain: No bleeding. Mild shrinkage and small white matter changes, usual for age.",
            "Skull: No fracture. Soft swelling at the back of the head.",
            "Sinuses: Clear.",
        ),
        ("No bleeding and no fracture.",),
    ),
    Study(
        "ecg",
        3.5,
        "Yearly control.",
        "Twelve leads at rest.",
        ("Rhythm: Sinus rhythm, 62 beats per minute.", "Intervals: PR 208 ms, QRS 96 ms, QTc 441 ms."),
        ("Sinus rhythm with a slightly slow conduction from atrium to ventricle.",),
    ),
)
