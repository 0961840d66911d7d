from __future__ import annotations

import pytest

from store.errors import InsecureAddress, Unreachable
from store.remote.elsewhere import checked, resolve

PORTAL = "https://portal.example"


def looking_up(host: str) -> list[str]:
    known = {
        "portal.example": ["8.8.8.8"],
        "clinic.internal": ["10.1.2.3"],
        "public.example": ["1.1.1.1", "1.0.0.1", "1.1.1.1"],
        "rebound.example": ["169.254.169.254"],
        "mixed.example": ["1.1.1.1", "127.0.0.1"],
        "beside.example": ["10.1.2.3"],
        "odd.example": ["not a number"],
        "none.example": [],
    }
    if host in known:
        return known[host]
    if host[:1].isdigit() or ":" in host:
        return [host]
    raise OSError(host)


def test_a_public_server_is_asked_at_the_numbers_it_has_now() -> None:
    assert checked("https://public.example/x", PORTAL, looking_up) == ("1.1.1.1", "1.0.0.1")


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example", "mixed.example", "clinic.internal", "127.0.0.1", "10.0.0.1", "192.168.1.1", "100.64.0.1",
        "0.1.2.3", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]",
        "[2002:7f00:1::]", "[64:ff9b::a00:1]", "[ff02::1]",
    ],
)  # fmt: skip
def test_nothing_inside_a_private_network_is_asked(host: str) -> None:
    with pytest.raises(InsecureAddress, match="private network"):
        checked(f"https://{host}/x", PORTAL, looking_up)


def test_a_portal_inside_a_private_network_keeps_its_documents_at_its_own_address_only() -> None:
    portal = "https://clinic.internal"
    assert checked("https://beside.example/x", portal, looking_up) == ("10.1.2.3",)
    for host in ("10.1.2.4", "127.0.0.1", "169.254.169.254"):
        with pytest.raises(InsecureAddress, match="private network"):
            checked(f"https://{host}/x", portal, looking_up)


@pytest.mark.parametrize("host", ["unknown.example", "odd.example", "none.example"])
def test_a_name_that_leads_nowhere_is_unreachable(host: str) -> None:
    with pytest.raises(Unreachable, match="leads nowhere"):
        checked(f"https://{host}/x", PORTAL, looking_up)


@pytest.mark.parametrize("url", ["http://public.example/", "https://user@public.example/", "ftp://public.example/"])
def test_an_address_that_would_give_health_data_away_is_refused(url: str) -> None:
    with pytest.raises(InsecureAddress):
        checked(url, PORTAL, looking_up)


def test_this_machine_knows_itself_by_number() -> None:
    assert set(resolve("localhost")) <= {"127.0.0.1", "::1"}
