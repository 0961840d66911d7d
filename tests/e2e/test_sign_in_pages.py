"""Signing in with a real browser: from `portal login` over the portal's pages and back to the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browsing import faults, visitor
from tests.support.terminals import waiting_login

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from portal_cli.sandbox.server import Sandbox
    from tests.e2e.conftest import Home


def test_a_browser_signs_in_and_the_terminal_goes_on(
    browser: Browser, pictures: Path, sandbox: Sandbox, home: Home
) -> None:
    account = sandbox.sign_ins[0]
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures) as somebody,
    ):
        somebody.page.goto(login.address)
        assert somebody.heading() == "Sign in"
        somebody.look("sign-in")
        somebody.fill(username=account.username, password="not this one")
        somebody.press("Sign in")
        assert "not right" in somebody.text()
        assert somebody.page.locator("#username").input_value() == account.username
        assert somebody.page.locator("#password").input_value() == ""
        somebody.look("sign-in-wrong")
        somebody.fill(password=account.password)
        somebody.press("Sign in")
        assert somebody.heading() == "Allow access?"
        assert account.name in somebody.text()
        somebody.look("consent")
        somebody.press("Allow")
        assert somebody.heading() == "Back to your terminal"
        somebody.look("back-to-the-terminal")
        code, said = login.ended()
    assert code == 0, said
    assert f"as {account.name}" in said
    assert home.json("status")["portals"]


def test_a_browser_without_scripts_signs_in_too(browser: Browser, pictures: Path, sandbox: Sandbox, home: Home) -> None:
    account = sandbox.sign_ins[2]
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures, has_script=False) as somebody,
    ):
        somebody.page.goto(login.address)
        somebody.fill(username=account.username, password=account.password)
        somebody.press("Sign in")
        somebody.press("Allow")
        assert somebody.heading() == "Back to your terminal"
        code, said = login.ended()
    assert code == 0, said


def test_denying_in_the_browser_ends_the_waiting_sign_in(
    browser: Browser, pictures: Path, sandbox: Sandbox, home: Home
) -> None:
    account = sandbox.sign_ins[1]
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures) as somebody,
    ):
        somebody.page.goto(login.address)
        somebody.fill(username=account.username, password=account.password)
        somebody.press("Sign in")
        somebody.press("Deny")
        code, said = login.ended()
    assert code == 4, said
    assert "ended the sign-in" in said


def test_an_odd_request_shows_a_page_that_can_be_read(browser: Browser, pictures: Path, sandbox: Sandbox) -> None:
    origin = sandbox.base_url.removesuffix("/fhir")
    with visitor(browser, pictures) as somebody:
        for name, address in (("not-possible", "/auth/authorize?client_id=app"), ("not-found", "/nothing/here")):
            somebody.page.goto(origin + address)
            assert somebody.heading() == "Not possible"
            somebody.look(name)


def test_the_checks_of_a_page_find_what_is_wrong_with_one(browser: Browser, pictures: Path) -> None:
    with visitor(browser, pictures) as somebody:
        somebody.page.set_content('<html lang="en"><h1>Odd</h1><input><p style="color:#ccc">Pale</p></html>')
        assert {fault.partition(":")[0] for fault in faults(somebody.page)} >= {"label", "color-contrast"}
        somebody.page.set_content('<html lang="en"><title>Wide</title><h1 style="width:500px">Wide</h1></html>')
        with pytest.raises(AssertionError, match="at 360"):
            somebody.look("too-wide")
