"""Signing up: both contacts are proven, and nothing is told of who else has an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.accounts.conftest import Somebody


def test_whoever_proves_both_contacts_has_an_account_and_a_record(grace: Somebody) -> None:
    fields = grace.sign_up()
    tokens = grace.sign_in("grace.h")
    shown = grace.api("GET", "/account").json
    assert shown["patient"] == tokens["patient"]
    assert shown["name"] == "Grace Hopper"
    assert shown["email"] == {"value": fields["email"], "is_verified": True}
    patient = grace.send("GET", f"/fhir/Patient/{tokens['patient']}").json
    assert patient["name"][0]["family"] == "Hopper"
    assert patient["birthDate"] == "1986-12-09"
