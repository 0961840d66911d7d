"""What a token sees is decided in one place."""

from __future__ import annotations

import re
from pathlib import Path

import portal_cli.sandbox

FOLDER = Path(portal_cli.sandbox.__file__).parent
# Where it is decided, where it is kept, and where the practice itself looks.
RIGHTLY = {"sight.py", "repository.py", "versions.py", "portal.py", "mandates.py", "granting.py", "supplying.py"}


def test_nothing_that_answers_a_token_looks_past_the_one_predicate() -> None:
    looks = re.compile(r"\.(is_visible_to|visible|belongings)\(")
    found = {path.name for path in FOLDER.rglob("*.py") if looks.search(path.read_text(encoding="utf-8"))}
    assert found <= RIGHTLY
    assert "sight.py" in found
