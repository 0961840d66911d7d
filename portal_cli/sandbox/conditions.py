"""Conditional reads: whether what a client has is what the portal has (FHIR R4 §3.1.0.1.3, RFC 9110 §13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.versions import Version


def is_unchanged(version: Version, if_none_match: str, since: datetime | None) -> bool:
    """Say whether a client need not be sent a version again; `since` counts only without If-None-Match."""
    if if_none_match.strip():
        tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return "*" in tags or version.etag.removeprefix("W/") in tags
    return since is not None and version.updated.replace(microsecond=0) <= since
