"""What the tests of the vault share: an open vault at the lowest permitted cost, with one connection in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.vault import connections, keys
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.config import Settings
    from store.vault.vault import Vault


@pytest.fixture
def vault(settings: Settings) -> Iterator[Vault]:
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as made:
        yield made


@pytest.fixture
def owner(vault: Vault) -> int:
    with vault.transaction() as tx:
        return connections.save(tx, signed_in())
