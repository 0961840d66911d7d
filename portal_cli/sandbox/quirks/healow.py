"""eClinicalWorks (healow): short sign-ins, pages by number, and a minute of silence for who asks too often."""

from __future__ import annotations

from portal_cli.sandbox.quirks.mode import Mode, Searching, Signing, Writes

HEALOW = Mode(
    "healow",
    interactions=frozenset({"read", "vread", "search-type", "create"}),
    operations=frozenset({"everything"}),  # declared where the portal itself has it
    signing=Signing(names_patient=False, renewal="none", declares_renewal=False),
    searching=Searching(page_style="number"),
    writes=Writes(creates=frozenset({"QuestionnaireResponse"}), conditional_create="no"),
    requests_per_minute=250,  # of all apps at a practice, the sign-in included; then 429 without Retry-After
)
