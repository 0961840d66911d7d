"""Signing in for somebody else with a real browser: the choice of a record, and what the app is told to get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.browsing import visitor
from tests.support.terminals import waiting_login

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from portal_cli.sandbox.accounts.account import SignIn
    from portal_cli.sandbox.oauth.charts import Chart
    from portal_cli.sandbox.server import Sandbox
    from tests.e2e.conftest import Home


def carer(sandbox: Sandbox) -> tuple[SignIn, list[Chart]]:
    """Whoever may open records of others, and which."""
    account = next(one for one in sandbox.sign_ins if sandbox.cared_for(one))
    return account, sandbox.cared_for(account)


def adolescent(sandbox: Sandbox, charts: list[Chart]) -> Chart:
    accounts = {one.patient for one in sandbox.sign_ins}
    return next(one for one in charts if one.patient in accounts and not one.rights.is_view_only)


def test_a_parent_chooses_whose_record_the_terminal_gets(
    browser: Browser, pictures: Path, sandbox: Sandbox, home: Home
) -> None:
    account, charts = carer(sandbox)
    chosen = adolescent(sandbox, charts)
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures) as somebody,
    ):
        somebody.page.goto(login.address)
        somebody.fill(username=account.username, password=account.password)
        somebody.press("Sign in")
        assert somebody.heading() == "Whose record?"
        shown = somebody.page.locator(".choice label").all_inner_texts()
        assert [name.strip() for name in shown] == [account.name, *(chart.name for chart in charts)]
        assert chosen.ends in somebody.text()
        somebody.look("for-whom")
        somebody.page.get_by_label(chosen.name).check()
        somebody.press("Continue")
        assert somebody.heading() == "Allow access?"
        said = somebody.text()
        assert f"You act for {chosen.name}" in said
        assert "confidential parts hidden" in said
        assert "sign-in settings" not in said
        somebody.look("consent-for-somebody")
        somebody.follow("Choose another record")
        assert somebody.page.get_by_label(chosen.name).is_checked()
        somebody.press("Continue")
        somebody.press("Allow")
        assert somebody.heading() == "Back to your terminal"
        code, told = login.ended()
    assert code == 0, told
    assert f" as {chosen.name}, acting as {account.name} (" in told


def test_the_choice_is_asked_for_when_none_was_made_and_without_scripts_as_well(
    browser: Browser, pictures: Path, sandbox: Sandbox, home: Home
) -> None:
    account, charts = carer(sandbox)
    looked_on = next(one for one in charts if one.rights.is_view_only)
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures) as somebody,
    ):
        somebody.page.goto(login.address)
        somebody.fill(username=account.username, password=account.password)
        somebody.press("Sign in")
        somebody.page.locator("form").evaluate("form => form.noValidate = true")
        somebody.press("Continue")
        assert somebody.heading() == "Whose record?"
        assert "Choose whose record to open." in somebody.text()
        somebody.look("for-whom-wrong")
        address = somebody.page.url
        somebody.page.get_by_label(looked_on.name).check()
        somebody.press("Continue")
        assert "Add, change or remove" not in somebody.text()
        assert "view only, no messages" in somebody.text()
        assert address.endswith("/auth/for-whom")
        somebody.press("Deny")
        code, _ = login.ended()
    assert code == 4
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures, has_script=False) as plain,
    ):
        plain.page.goto(login.address)
        plain.fill(username=account.username, password=account.password)
        plain.press("Sign in")
        plain.page.get_by_label(account.name).check()
        plain.press("Continue")
        assert "This is not your own record" not in plain.text()
        plain.press("Allow")
        assert plain.heading() == "Back to your terminal"
        code, told = login.ended()
    assert code == 0, told
    assert f"as {account.name}" in told


def test_a_record_that_is_closed_meanwhile_is_not_opened(
    browser: Browser, pictures: Path, sandbox: Sandbox, home: Home
) -> None:
    account, charts = carer(sandbox)
    chosen = charts[0]
    with (
        waiting_login(sandbox.base_url, home.folder, home.environment) as login,
        visitor(browser, pictures) as somebody,
    ):
        somebody.page.goto(login.address)
        somebody.fill(username=account.username, password=account.password)
        somebody.press("Sign in")
        somebody.page.get_by_label(chosen.name).check()
        somebody.press("Continue")
        sandbox.portal.granting.end(chosen.actor)
        somebody.press("Allow")
        assert somebody.heading() == "Not possible"
        login.process.terminate()
