"""Where the vault is: whether a vault lies there, which is asked before anything that opens one is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.vault import files

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings


def exists(settings: Settings) -> bool:
    """Whether there is a vault, or what is left of one. Raises StorageFailed when its folder cannot be looked into."""
    with files.refusals(settings.vault_dir):
        return settings.header_path.exists() or settings.database_path.exists() or is_ready(settings)


def ready(settings: Settings) -> Path:
    """The folder of a vault that is whole and about to take the place of another."""
    return settings.vault_dir.with_name(f"{settings.vault_dir.name}.next")


def is_ready(settings: Settings) -> bool:
    """Whether an exchange was interrupted between its two renames, so that the vault only waits to be put in place."""
    return not settings.vault_dir.exists() and ready(settings).exists()
