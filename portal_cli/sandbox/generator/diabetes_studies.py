"""The imaging studies of the first patient, as they were read."""

from __future__ import annotations

from portal_cli.sandbox.generator.studies import Study

CHEST_XRAY = Study(
    "chest_xray",
    47,
    "Cough for eight days.",
    "Frontal and side views, standing.",
    (
        "Lungs: No patch of consolidation. Mild thickening of the airway walls near the hila.",
        "Pleura: No fluid and no air outside the lung.",
        "Heart and vessels: Heart size is at the upper end of normal. The aorta is slightly unrolled.",
        "Bones: Small spurs along the middle of the spine. Ribs look whole.",
    ),
    ("No pneumonia.", "Airway wall thickening that fits bronchitis."),
)
ABDOMEN_ULTRASOUND = Study(
    "abdomen_ultrasound",
    36.5,
    "Liver enzymes mildly raised; type 2 diabetes.",
    "Real-time ultrasound of the upper abdomen with color flow.",
    (
        "Liver: 17.8 cm long, brighter than the kidney beside it, with a smooth edge. No mass.",
        "Gallbladder: Thin wall, no stones. The main bile duct measures 4 mm.",
        "Kidneys: Right 11.2 cm, left 11.4 cm, with normal thickness and no blockage.",
        "Pancreas: The head is seen and normal; the tail is hidden by bowel gas.",
    ),
    ("Fatty liver of moderate degree, liver slightly enlarged.", "No gallstones."),
    status="amended",
    comparison="Ultrasound from another hospital, received after the first reading.",
)
