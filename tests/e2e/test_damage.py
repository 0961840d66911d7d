"""What is damaged: a vault that lost bits or ends gives right answers or errors, and never wrong ones."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from store.errors import VaultDamaged, VaultNewer, WrongPassphrase
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE
from tests.support.answering import answers, is_sound, listed, portals, show, stored, tried, waiting
from tests.support.faults import COMMITS, ITEMS, RECORDS, body, copy_home, flip, item, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings

pytestmark = pytest.mark.usefixtures("silence")
_PAGE = 4096
_DATABASE_FLIPS, _LOG_FLIPS, _HEADER_FLIPS = 300, 200, 200
_SHOWN = range(0, RECORDS, 3)  # of the records; those beside each other lie on the same pages
_NOBODY = 65534
_LIKE_OTHERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.getuid() == 0 else ()


@pytest.fixture
def struck(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


def lay(settings: Settings, content: bytes, log: bytes | None = None) -> None:
    """Put a database, and a log where there is one, in the place of what is there."""
    settings.database_path.write_bytes(content)
    for suffix in ("wal", "shm"):
        settings.database_path.with_name(f"vault.db-{suffix}").unlink(missing_ok=True)
    if log is not None:
        settings.database_path.with_name("vault.db-wal").write_bytes(log)


def test_no_page_with_a_flipped_bit_gives_a_wrong_answer(whole: tuple[Path, bytes], struck: Settings) -> None:
    home, key = whole
    copy_home(home, struck.vault_dir.parent)
    reads = answers()
    right = [tried(struck, key, read) for read in reads]
    assert right[: len(_SHOWN)] == [body(number) for number in _SHOWN]
    assert right[-5] == [item(number) for number in range(ITEMS)]
    content = (home / "vault" / "vault.db").read_bytes()
    chance = random.Random(20261124)
    refused = set()
    for page in range(len(content) // _PAGE):
        damaged = flip(content, page * _PAGE * 8 + chance.randrange(_PAGE * 8))
        for place, read in enumerate(reads):
            lay(struck, damaged)
            found = tried(struck, key, read)
            assert found in (right[place], VaultDamaged), (page, place, found)
            if found is VaultDamaged:
                refused.add(page)
        lay(struck, damaged)
        assert tried(struck, key, is_sound) in (False, VaultDamaged), page
    assert len(refused) > len(content) // _PAGE // 2  # the others are indexes that none of these reads uses


def test_a_database_that_was_cut_short_at_any_page_is_refused(whole: tuple[Path, bytes], struck: Settings) -> None:
    home, key = whole
    copy_home(home, struck.vault_dir.parent)
    content = (home / "vault" / "vault.db").read_bytes()
    right = tried(struck, key, stored)
    for size in range(0, len(content), _PAGE):
        lay(struck, content[:size])
        assert tried(struck, key, stored) in (right, VaultDamaged), size
        lay(struck, content[:size])
        assert tried(struck, key, waiting) in ([item(number) for number in range(ITEMS)], VaultDamaged), size
        lay(struck, content[:size])
        assert tried(struck, key, is_sound) in (False, VaultDamaged), size


def test_random_flips_in_the_database_give_the_right_answer_or_none(
    whole: tuple[Path, bytes], struck: Settings
) -> None:
    home, key = whole
    copy_home(home, struck.vault_dir.parent)
    content = (home / "vault" / "vault.db").read_bytes()
    reads = (stored, waiting, portals, listed, show(8))
    right = [tried(struck, key, read) for read in reads]
    chance = random.Random(20261124)
    for number in range(_DATABASE_FLIPS):
        lay(struck, flip(content, chance.randrange(len(content) * 8)))
        assert tried(struck, key, reads[number % len(reads)]) in (right[number % len(reads)], VaultDamaged), number


def test_random_flips_in_a_log_give_a_state_that_was_committed(logged: tuple[Path, bytes], struck: Settings) -> None:
    """A log ends where it stops adding up: damage in it takes the last commits away, and mixes nothing."""
    home, key = logged
    copy_home(home, struck.vault_dir.parent)
    content, log = ((home / "vault" / name).read_bytes() for name in ("vault.db", "vault.db-wal"))
    states = [{f"record-{number}": body(number) for number in range(RECORDS + more)} for more in range(COMMITS + 1)]
    lay(struck, content, log)
    assert tried(struck, key, stored) == states[-1]
    chance = random.Random(20261124)
    lost = 0
    for number in range(_LOG_FLIPS):
        lay(struck, content, flip(log, chance.randrange(len(log) * 8)))
        found = tried(struck, key, stored)
        assert found in [*states, VaultDamaged], number
        lost += found != states[-1]
    assert lost > _LOG_FLIPS // 2


def test_random_flips_in_the_header_open_the_vault_or_are_refused(whole: tuple[Path, bytes], struck: Settings) -> None:
    """A flip in a slot leaves nothing to tell it by: its tag fails, as it does with a wrong passphrase."""
    home, _ = whole
    copy_home(home, struck.vault_dir.parent)
    content = struck.header_path.read_bytes()
    chance = random.Random(20261124)
    seen = set()
    for number in range(_HEADER_FLIPS):
        struck.header_path.write_bytes(flip(content, chance.randrange(len(content) * 8)))
        try:
            with vaults.unlock(struck, PASSPHRASE) as vault:
                assert vault.key == whole[1]
        except (WrongPassphrase, VaultDamaged, VaultNewer) as error:
            seen.add(type(error))
        assert struck.header_path.read_bytes() != content, number
    assert seen >= {WrongPassphrase, VaultDamaged}
    struck.header_path.write_bytes(content.replace(b'"format": 1', b'"format": 3'))
    with pytest.raises(VaultNewer):
        vaults.unlock(struck, PASSPHRASE)
    struck.header_path.write_bytes(content)
    with vaults.unlock(struck, PASSPHRASE) as vault:
        assert vault.key == whole[1]
