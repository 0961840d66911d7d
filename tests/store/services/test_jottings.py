"""What was typed into forms outlives the program until it is sent, each form for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client


def test_what_was_typed_is_there_in_the_next_process_and_gone_once_forgotten(make_client: Callable[[], Client]) -> None:
    with make_client() as first:
        first.slots.create()
        first.jottings.keep("request ada", {"reason": "Sore \U0001f9b5 knee", "note": ""})
        first.jottings.keep("request ben", {"reason": "Cough"})
        first.jottings.keep("request ben", {"reason": "A cough"})
    second = make_client()
    assert second.jottings.recall("request ada") == {"reason": "Sore \U0001f9b5 knee", "note": ""}
    assert second.jottings.recall("request ben") == {"reason": "A cough"}
    second.jottings.forget("request ada")
    second.jottings.forget("request nobody")
    assert second.jottings.recall("request ada") == {}
    assert second.jottings.recall("request ben") == {"reason": "A cough"}
