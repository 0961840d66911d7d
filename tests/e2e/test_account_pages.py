"""The account pages with a real browser: from signing up to two steps, and back from what was forgotten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyotp

from tests.support.browsing import visitor
from tests.support.terminals import waiting_login

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from portal_cli.sandbox.server import Sandbox
    from tests.e2e.conftest import Home
    from tests.support.browsing import Visitor

PASSWORD = "seven quiet herons crossing"
ROSE = {
    "given": "Rosalind",
    "family": "Ashdown",
    "birth_date": "1987-04-09",
    "email": "rosalind@example.org",
    "phone": "+1 555 010 7788",
    "username": "r.ashdown",
}


def _origin(sandbox: Sandbox) -> str:
    return sandbox.base_url.removesuffix("/fhir")


def _letter(somebody: Visitor, sandbox: Sandbox, kind: str, about: str = "") -> str:
    """Read the newest message of a kind on the mailbox page, in another tab."""
    tab = somebody.page.context.new_page()
    tab.goto(f"{_origin(sandbox)}/mailbox")
    found = tab.locator("article", has_text=f"{kind} to ").filter(has_text=about).first.inner_text()
    tab.close()
    return found


def _code(somebody: Visitor, sandbox: Sandbox, kind: str) -> str:
    found = re.search(r"\b(\d{6}) is your code", _letter(somebody, sandbox, kind, "is your code"))
    assert found
    return found[1]


def _sign_up(somebody: Visitor, sandbox: Sandbox, person: dict[str, str], *, looks: bool = False) -> None:
    somebody.page.goto(f"{_origin(sandbox)}/account/register")
    if looks:
        somebody.look("sign-up")
    somebody.fill(**person, password=PASSWORD)
    somebody.page.locator("#terms_version").check()
    somebody.press("Sign up")
    assert somebody.heading() == "Enter your codes"
    if looks:
        somebody.look("verify")
    somebody.fill(email_code=_code(somebody, sandbox, "E-mail"))
    somebody.press("Verify e-mail address")
    if looks:
        somebody.look("verify-half")
    somebody.fill(phone_code=_code(somebody, sandbox, "Text"))
    somebody.press("Verify phone")
    assert somebody.heading() == "Sign in"
    assert "Your account is open" in somebody.text()


def _sign_in(somebody: Visitor, username: str, password: str = PASSWORD) -> None:
    somebody.fill(username=username, password=password)
    somebody.press("Sign in")


def _authenticator_on(rose: Visitor, sandbox: Sandbox) -> tuple[pyotp.TOTP, list[str]]:
    """Switch an authenticator app on, from the account page and back to it; gives the app and the recovery codes."""
    rose.follow("Switch authenticator app on")
    rose.look("two-step-password")
    rose.fill(password=PASSWORD)
    rose.press("Continue")
    assert rose.page.locator("svg.qr").bounding_box()
    rose.look("two-step-app")
    totp = pyotp.TOTP(rose.page.locator(".secret").inner_text().replace(" ", ""))
    moment = sandbox.portal.clock.now()
    rose.fill(code="000000" if totp.at(moment) != "000000" else "111111")
    rose.press("Switch it on")
    assert "The code is not right" in rose.text()
    rose.fill(code=totp.at(sandbox.portal.clock.now()))
    rose.press("Switch it on")
    assert rose.heading() == "Your recovery codes"
    codes = rose.page.locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 10
    rose.look("recovery-codes")
    rose.page.reload()
    assert rose.heading() == "Your account"
    assert "You have 10 recovery codes left" in rose.text()
    return totp, codes


def test_somebody_signs_up_switches_two_steps_on_and_lets_the_terminal_in(
    browser: Browser, pictures: Path, sandbox: Sandbox, home: Home
) -> None:
    with visitor(browser, pictures) as rose:
        _sign_up(rose, sandbox, ROSE, looks=True)
        _sign_in(rose, ROSE["username"])
        assert rose.heading() == "Your account"
        rose.look("account")
        totp, codes = _authenticator_on(rose, sandbox)
        rose.press("Sign out")
        _sign_in(rose, ROSE["username"])
        assert rose.heading() == "One more step"
        rose.press("Recovery code")
        rose.look("second-step-recovery")
        rose.fill(code=codes[0])
        rose.press("Continue")
        assert "You have 9 recovery codes left" in rose.text()
        sandbox.portal.clock.advance(30)
        with waiting_login(sandbox.base_url, home.folder, home.environment) as login:
            rose.page.goto(login.address)
            _sign_in(rose, ROSE["username"])
            rose.look("second-step")
            rose.fill(code="12345")
            rose.press("Continue")
            assert "You can try 4 more times" in rose.text()
            rose.look("second-step-wrong")
            rose.fill(code=totp.at(sandbox.portal.clock.now()))
            rose.press("Continue")
            assert rose.heading() == "Allow access?"
            assert "Rosalind Ashdown" in rose.text()
            rose.press("Allow")
            assert rose.heading() == "Back to your terminal"
            code, said = login.ended()
        assert code == 0, said
        assert "as Rosalind Ashdown" in said
        rose.page.goto(f"{_origin(sandbox)}/account")
        assert "Portal for the terminal" in rose.text()
        rose.look("account-with-an-app")
        rose.page.get_by_role("button", name=re.compile("End access of Portal for the terminal")).click()
        rose.page.wait_for_url("**/account?notice=revoked")
        assert "Portal for the terminal" not in rose.text()
    assert home.run("sync").returncode == 4


def test_a_forgotten_password_and_username_come_back_by_mail_without_scripts(
    browser: Browser, pictures: Path, sandbox: Sandbox
) -> None:
    person = {**ROSE, "given": "Ines", "email": "ines@example.org", "phone": "+1 555 010 4411", "username": "ines.a"}
    with visitor(browser, pictures, has_script=False) as ines:
        _sign_up(ines, sandbox, person)
        ines.follow("I forgot my username")
        ines.fill(email=person["email"], birth_date=person["birth_date"])
        ines.press("Send my username")
        assert "may" in ines.text() or "If there is an account" in ines.text()
        assert "ines.a" in _letter(ines, sandbox, "E-mail", "Your username")
        ines.follow("Back to sign-in")
        ines.follow("I forgot my password")
        ines.fill(login=person["username"])
        ines.press("Send the link")
        link = re.search(r"http\S+token=\S+", _letter(ines, sandbox, "E-mail", "Choose a new password"))
        assert link
        asked: list[tuple[str, str]] = []
        ines.page.on("request", lambda one: asked.append((one.url, one.headers.get("referer", ""))))
        ines.page.goto(link[0])
        assert ines.heading() == "New password"
        assert "token" not in ines.page.url
        ines.fill(password="short")
        ines.press("Set the password")
        assert "too short" in ines.text()
        ines.fill(password="eleven brass lanterns sinking")
        ines.press("Set the password")
        assert "Your password is set" in ines.text()
        assert [referer for _, referer in asked if "token" in referer] == []
        ines.page.goto(link[0])
        assert "This link has ended or was used already" in ines.text()
        ines.page.goto(f"{_origin(sandbox)}/account/sign-in")
        _sign_in(ines, person["username"])
        assert "not right" in ines.text()
        _sign_in(ines, person["username"], "eleven brass lanterns sinking")
        assert ines.heading() == "Your account"


def test_every_other_page_can_be_read_on_a_phone_and_a_desk(browser: Browser, pictures: Path, sandbox: Sandbox) -> None:
    account, origin = sandbox.sign_ins[2], _origin(sandbox)
    with visitor(browser, pictures) as somebody:
        for name in ("sign-in", "password/forgot", "username/recover", "sent", "password/reset", "terms"):
            somebody.page.goto(f"{origin}/account/{name}")
            somebody.look("account-" + name.replace("/", "-"))
        somebody.page.goto(f"{origin}/.well-known/change-password")
        _sign_in(somebody, account.username, account.password)
        assert somebody.heading() == "Change your password"
        somebody.look("change-password")
        for name in ("contacts/email", "contacts/phone/code", "two-step/text"):
            somebody.page.goto(f"{origin}/account/{name}")
            somebody.look(name.replace("/", "-"))
        somebody.page.goto(f"{origin}/mailbox")
        somebody.look("mailbox")


def test_a_password_is_judged_while_it_is_typed(browser: Browser, pictures: Path, sandbox: Sandbox) -> None:
    with visitor(browser, pictures) as somebody:
        somebody.page.goto(f"{_origin(sandbox)}/account/register")
        told = somebody.page.locator("[data-check]")
        somebody.fill(username="mabel", password="mabel")
        told.get_by_text("too short").wait_for()
        told.get_by_text("contains your name, username or e-mail address").wait_for()
        somebody.fill(password=PASSWORD)
        told.get_by_text("This password is good.").wait_for()
        somebody.fill(**{**ROSE, "birth_date": "2999-01-01", "email": "no address"})
        somebody.page.locator("form").evaluate("form => form.noValidate = true")
        somebody.press("Sign up")
        somebody.look("sign-up-wrong")
        assert "There are problems" in somebody.text()
        assert somebody.page.locator("#given").input_value() == ROSE["given"]
        assert somebody.page.locator("#password").input_value() == ""
        somebody.page.get_by_role("alert").get_by_role("link").first.click()
        assert somebody.page.evaluate("document.activeElement.name") in {"birth_date", "email"}
