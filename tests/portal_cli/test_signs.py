"""Signs where the encoding of a terminal has none: others that it has, and numbers only for letters."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portal_cli import signs

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

_IN_ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("  → run it", "ascii", b"  -> run it"),
        ("▲ high, ≥ 5 …", "ascii", b"^ high, >= 5 ..."),
        ("»word« ✓✗", "latin-1", b"\xbbword\xab +x"),
        ("5 10⁶/µL, 20 °C", "ascii", b"5 10^6/uL, 20 degC"),
        ("Zoë \udcff", "ascii", b"Zo\\xeb \\udcff"),
        ("→ Zoë", "utf-8", "→ Zoë".encode()),
    ],
)
def test_a_sign_that_an_encoding_lacks_is_another_one_and_a_letter_its_number(
    text: str, encoding: str, written: bytes
) -> None:
    signs.register()
    assert text.encode(encoding, signs.ERRORS) == written


def test_a_command_writes_no_number_in_place_of_a_sign(filled: Home) -> None:
    for arguments in (("status",), ("labs",), ("help", "environment"), ("labs", "show", "nothing")):
        done = subprocess.run(
            [sys.executable, "-m", "portal_cli", *arguments],
            capture_output=True,
            env={**filled.environment(), **_IN_ASCII, "PATH": os.environ["PATH"]},
            check=False,
        )
        said = (done.stdout + done.stderr).decode("ascii")
        assert "\\u" not in said
        assert said
        assert "\\x" not in said
    assert "  -> " in said
