"""Seeded synthetic patients for the practice portal.

`generate` writes three charts as FHIR R4 (US Core 6.1) JSON: a middle-aged adult with diabetes, a young adult
with asthma, and an older adult with heart and kidney disease. The same seed and the same moment give the same
charts. `household` writes four more: a parent, and three children whom the parent acts for. Tables of facts
(analytes, conditions, medications, vaccines) are beside the builders that use them; the three `*_chart`
modules tell the stories; `surroundings` puts the papers, devices and bills around them, and `bulk` makes
charts of any size.
"""

from __future__ import annotations

from portal_cli.sandbox.generator.patients import GeneratedPatient, generate

__all__ = ["GeneratedPatient", "generate"]
