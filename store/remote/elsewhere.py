"""Other servers than the portal that its records point at: which of them may be asked, and at which address."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from store.errors import InsecureAddress, Unreachable
from store.remote.http import check_secure, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Address, IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an address of the old kind


def resolve(host: str) -> list[str]:
    """The addresses of a server, as numbers. Raises OSError, UnicodeError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def checked(url: str, portal: str, look_up: Callable[[str], list[str]] = resolve) -> tuple[str, ...]:
    """The addresses, as numbers, at which to ask another server than the portal for `url`; at least one.

    A name is looked up once, here, so that it cannot mean something else when the connection is made. Nothing on this
    machine or in a private network is asked, except at an address that is the portal's own.
    Raises InsecureAddress, Unreachable when the name means nothing.
    """
    check_secure(url)
    found = _addresses(url, look_up)
    inside = [address for address in found if not _is_public(address)]
    if inside and not set(inside) <= set(_addresses(portal, look_up)):
        raise InsecureAddress(url, "it is inside a private network, where no portal keeps documents for its patients")
    return tuple(dict.fromkeys(map(str, found)))


def _addresses(url: str, look_up: Callable[[str], list[str]]) -> list[IPv4Address | IPv6Address]:
    host = urlsplit(url).hostname or ""
    try:
        numbers = look_up(host)
        found = [ipaddress.ip_address(number) for number in numbers]
    except (OSError, ValueError) as error:
        raise Unreachable(origin_of(url), "its name leads nowhere", sent=False) from error
    if not found:
        raise Unreachable(origin_of(url), "its name leads nowhere", sent=False)
    return found


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the open internet, whatever way it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
