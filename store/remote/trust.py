"""Whom a connection to a portal trusts: the authorities of certifi, and nothing that a variable names."""

from __future__ import annotations

import ssl
from functools import lru_cache

import certifi


def certificates() -> ssl.SSLContext:
    """Certificates are checked as a browser does, and no variable makes the keys of a connection known to anyone."""
    return trusting(certifi.where())


@lru_cache
def trusting(authorities: str) -> ssl.SSLContext:
    """The authorities of a file, read once: that takes longer than many a request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(authorities)
    return context
