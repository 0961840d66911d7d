"""HAPI FHIR: conflicts are 409, also for patches, and the pages of a search have an address of their own."""

from __future__ import annotations

from portal_cli.sandbox.quirks.mode import Mode, Searching, Writes

HAPI = Mode("hapi", searching=Searching(page_style="getpages"), writes=Writes(stale=409))
