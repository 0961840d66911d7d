"""Variables that would make Textual load code or write files have no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import constants

from tui.environment import scrub

if TYPE_CHECKING:
    import pytest


def test_variables_that_load_code_or_write_files_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "LOG_FILE", "/tmp/log")
    monkeypatch.setattr(constants, "DRIVER", "evil:Driver")
    monkeypatch.setattr(constants, "SCREENSHOT_DELAY", 1)
    environment = {
        "TEXTUAL": "devtools,debug",
        "TEXTUAL_DRIVER": "evil:Driver",
        "TEXTUAL_LOG": "/tmp/log",
        "TEXTUAL_SCREENSHOT": "1",
        "TEXTUAL_DEVTOOLS_HOST": "elsewhere",
        "TEXTUAL_THEME": "nord",
        "HOME": "/home/someone",
    }
    scrub(environment)
    assert environment == {"TEXTUAL_THEME": "nord", "HOME": "/home/someone"}
    assert (constants.LOG_FILE, constants.DRIVER, constants.SCREENSHOT_DELAY) == (None, None, -1)
