from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import StorageFailed
from store.services.turns import one_at_a_time

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_that_the_disk_refuses_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed), one_at_a_time(tmp_path / "file" / "sync.lock", "the sync"):
        pass
