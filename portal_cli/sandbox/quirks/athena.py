"""athenahealth: read-only but for answers to questionnaires, and wants to be told the intent of prescriptions."""

from __future__ import annotations

from portal_cli.sandbox.quirks.mode import Mode, Searching, Signing, Writes

ATHENA = Mode(
    "athena",
    interactions=frozenset({"read", "vread", "search-type", "create"}),
    operations=frozenset(),
    signing=Signing(declares_renewal=False),  # `offline_access` gives a refresh token all the same
    searching=Searching(
        required={"MedicationRequest": ("intent", "_id")},
        values={"MedicationRequest.intent": frozenset({"order", "plan"})},
        page_style="cursor",
    ),
    writes=Writes(creates=frozenset({"QuestionnaireResponse"}), conditional_create="no"),
)
