"""Headers that keep what the portal shows from being framed, sniffed, kept or told to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Response

_PAGE = "text/html"


def policy(form_action: str = "'self'") -> str:
    """Write the Content-Security-Policy of a page: its own style, script and address only, and in no frame."""
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    )


def guarded(answer: Response) -> Response:
    """Guard an answer: every page, also one that tells of an error, and every redirect between pages."""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    if answer.mimetype == _PAGE:
        answer.headers.setdefault("Content-Security-Policy", policy())
        answer.headers["X-Frame-Options"] = "DENY"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Cache-Control"] = "no-store"
    return answer
