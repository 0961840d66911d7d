"""A real browser for tests of pages: Debian's chromium, and what has to hold of every page it shows."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_PHONE, _DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
_GRAVE = frozenset({"serious", "critical"})
_TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1
        && getComputedStyle(one).overflowX !== "visible" && one.clientWidth > 1)
    .map(one => one.outerHTML.slice(0, 120))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A chromium with a new profile; skips the test where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield browser
        browser.close()


def artifacts(made: Path) -> Path:
    """The folder that keeps screenshots: that of PORTAL_ARTIFACTS, else the one that was made."""
    folder = Path(os.environ.get("PORTAL_ARTIFACTS") or made)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Visitor:
    """Somebody in front of a page. `folder` keeps what they saw."""

    page: Page
    folder: Path

    def fill(self, **fields: str) -> None:
        """Write into fields, by their names."""
        for name, text in fields.items():
            self.page.locator(f'[name="{name}"]').fill(text)

    def press(self, name: str) -> None:
        """Press a button and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.button(name).click()

    def follow(self, name: str) -> None:
        """Follow a link and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name, exact=True).click()

    def button(self, name: str) -> Locator:
        """The button of a name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def heading(self) -> str:
        """The one main heading of the page."""
        found = self.page.locator("h1")
        assert found.count() == 1
        return found.inner_text()

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("body").inner_text()

    def look(self, name: str) -> None:
        """Keep pictures of the page, and hold it to what every page has to do on a phone, a desk and in the dark.

        The browser needs its JavaScript for this: the checks are written in it.
        """
        page = self.page
        assert page.locator("html").get_attribute("lang") == "en"
        assert self.heading()
        assert faults(page) == [], f"{name} in light colours"
        for width, size in (("1280", _DESK), ("360", _PHONE)):
            page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
            page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} at {width}"
            assert page.evaluate(_TOO_WIDE) == [], f"{name} at {width}"
        assert faults(page, "dark") == [], f"{name} in dark colours"
        page.screenshot(path=self.folder / f"{name}-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")


@contextmanager
def visitor(browser: Browser, folder: Path, *, has_script: bool = True) -> Iterator[Visitor]:
    """Somebody with a phone and a browser without a past; `has_script` False switches JavaScript off in it."""
    context = browser.new_context(
        viewport=_PHONE,  # type: ignore[arg-type]  # a plain dict is what it takes
        java_script_enabled=has_script,
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    yield Visitor(page, folder)
    context.close()
    refused = [said for said in troubles if "Content Security Policy" in said]
    assert refused == []


def faults(page: Page, scheme: Literal["light", "dark"] = "light") -> list[str]:
    """What axe finds wrong with a page and counts as serious or critical; in the dark only colours are other."""
    page.emulate_media(color_scheme=scheme)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"]}
    chosen = {**options, "runOnly": ["color-contrast"]} if scheme == "dark" else options
    found = page.evaluate("options => axe.run(document, options)", chosen)["violations"]
    return [
        f"{fault['id']}: {[node['html'][:160] for node in fault['nodes']]}"
        for fault in found
        if fault["impact"] in _GRAVE
    ]
