"""The portals' own pages for people: which is named, which is trusted, and for what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import NotFound, SignInNeeded
from store.services.portal_pages import Purpose, look, other_letters
from tests.support.signing import sign_in_to
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from store.config import Settings
    from tests.support.hostile import ScriptedPortal
    from tests.support.wire import Call


def with_smart(portal: ScriptedPortal, **more: Any) -> None:
    said = portal.smart_configuration() | more
    portal.behaviours["/fhir/.well-known/smart-configuration"] = lambda _: Answer(200, json.dumps(said).encode())


def brand(portal: ScriptedPortal, page: str) -> bytes:
    parts = [
        {"url": "portalUrl", "valueUrl": page},
        {"url": "portalEndpoint", "valueReference": {"reference": "Endpoint/e"}},
    ]
    portal_extension = {"url": "http://hl7.org/fhir/StructureDefinition/organization-portal", "extension": parts}
    entries = [
        {"resourceType": "Endpoint", "id": "e", "address": portal.base_url},
        {"resourceType": "Organization", "id": "o", "name": "Clinic", "extension": [portal_extension]},
    ]
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": item} for item in entries]}).encode()


def test_the_pages_of_an_account_service_come_before_all_others(settings: Settings, portal: ScriptedPortal) -> None:
    origin = portal.base_url.removesuffix("/fhir")
    with_smart(portal, account_pages={"register": f"{origin}/sign-up", "account": f"{origin}/account"})
    found = look(settings, portal.base_url)
    assert found.page(Purpose.REGISTER) == f"{origin}/sign-up"
    assert found.page(Purpose.PASSWORD_FORGOT) == f"{origin}/account"


def test_the_portals_own_brand_comes_before_what_a_directory_knew(settings: Settings, portal: ScriptedPortal) -> None:
    with_smart(portal, user_access_brand_bundle=f"{portal.base_url}/brands")
    portal.behaviours["/fhir/brands"] = lambda _: Answer(200, brand(portal, "https://my.example.org/"))
    found = look(settings, portal.base_url, "https://other.example.org/")
    assert found.page(Purpose.REGISTER) == "https://my.example.org/"


def test_without_a_brand_the_page_of_the_directory_is_used(settings: Settings, portal: ScriptedPortal) -> None:
    assert look(settings, portal.base_url, "https://other.example.org/").front == "https://other.example.org/"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "http://elsewhere.example.org/",
        "file:///etc/passwd",
        "https://\u0440ortal.example.org/",  # its first letter is Cyrillic
        "https://my.example.org/\u202egnp",
        7,
        "",
    ],
)
def test_an_address_that_no_browser_may_be_sent_to_is_no_page(
    settings: Settings, portal: ScriptedPortal, address: object
) -> None:
    with_smart(portal, account_pages={"register": address}, management_endpoint=address)
    found = look(settings, portal.base_url)
    assert found.page(Purpose.REGISTER) == ""
    assert found.page(Purpose.APPS) == ""


def test_a_host_in_punycode_is_told_as_it_reads_and_any_other_is_not() -> None:
    assert other_letters("https://xn--ortal-uye.example.org/x") == "\u0440ortal.example.org"
    assert other_letters("https://xn--\u0440.example.org/") == "xn--\u0440.example.org"
    assert other_letters("https://portal.example.org/xn--x") == ""


def test_a_page_for_a_new_password_is_found_where_the_web_has_it(settings: Settings, portal: ScriptedPortal) -> None:
    def redirect(_: Call) -> Answer:
        return Answer(302, b"", {"Location": "https://my.example.org/new-password"})

    portal.behaviours["/.well-known/change-password"] = redirect
    assert look(settings, portal.base_url).page(Purpose.PASSWORD_CHANGE) == "https://my.example.org/new-password"


def test_broken_brands_leave_the_rest_as_it_is(settings: Settings, portal: ScriptedPortal) -> None:
    with_smart(
        portal, user_access_brand_bundle=f"{portal.base_url}/brands", management_endpoint="https://m.example.org/"
    )
    portal.behaviours["/fhir/brands"] = lambda _: Answer(200, b"nothing of use")
    found = look(settings, portal.base_url)
    assert (found.front, found.page(Purpose.APPS)) == ("", "https://m.example.org/")


def test_a_portal_of_the_vault_is_found_by_its_name_and_another_is_not(client: Client, portal: ScriptedPortal) -> None:
    with pytest.raises(SignInNeeded):
        client.desk.pages.of()
    sign_in_to(client, portal)
    client.__dict__.pop("desk")
    assert client.desk.pages.of().url == client.desk.pages.of(portal.base_url).url == portal.base_url
    with pytest.raises(NotFound):
        client.desk.pages.of("nowhere")
