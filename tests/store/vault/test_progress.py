from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.vault import progress
from store.vault.progress import Progress

if TYPE_CHECKING:
    from store.vault.vault import Vault


def test_progress_is_saved_over_what_was_saved_before(vault: Vault, owner: int) -> None:
    begun = Progress(owner, "Observation?category=laboratory", "Observation", cursor="next", received=20)
    ended = replace(begun, cursor=None, complete_to="2024-05-17T09:30:00Z", full_sweep=5, received=31)
    for found in (begun, ended):
        with vault.transaction() as tx:
            progress.save(tx, found)
        with vault.reading() as connection:
            assert progress.load(connection, owner) == {found.query: found}
            assert progress.load(connection, owner + 1) == {}


def test_what_is_noted_already_is_left_alone(vault: Vault, owner: int) -> None:
    known = Progress(owner, "Condition", "Condition", received=7)
    with vault.transaction() as tx:
        progress.save(tx, known)
        progress.add_missing(tx, [Progress(owner, "Condition", "Condition"), Progress(owner, "Goal", "Goal")])
    with vault.reading() as connection:
        found = progress.load(connection, owner)
    assert found["Condition"] == known
    assert found["Goal"].received == 0
