"""The one place that every write passes: nothing else puts anything into the outbox."""

from __future__ import annotations

from pathlib import Path

import store

SOURCES = {path: path.read_text(encoding="utf-8") for path in Path(store.__file__).parent.rglob("*.py")}


def _with(words: str) -> list[str]:
    return sorted(path.name for path, text in SOURCES.items() if words in text)


def test_one_function_alone_puts_something_into_the_outbox() -> None:
    assert _with("OutboxItem(**") == ["outbox.py"]
    assert _with("INSERT INTO outbox_item") == ["migrations.py"]


def test_only_what_follows_from_a_write_that_was_allowed_is_not_asked_about() -> None:
    assert _with("is_following=True") == ["rescheduling.py"]
