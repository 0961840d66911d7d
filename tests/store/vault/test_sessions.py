from __future__ import annotations

import base64
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from store.errors import StorageFailed, VaultUnsafe
from store.vault import files, keys, sessions, slots
from store.vault.sessions import Moment

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings

KEY, OTHER_KEY, VAULT, OTHER = bytes(range(32)), bytes(32), "vault-1", "vault-2"
START = Moment(now=1_764_000_000, boot="boot-1", uptime=5_000)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    runtime = tmp_path / "run"
    files.make_private_folder(runtime)
    files.make_private_folder(settings.vault_dir)
    return replace(settings, runtime_dir=runtime)


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Settings:
    """Another vault of the same user, whose keys lie in the same session file."""
    found = replace(settings, vault_dir=tmp_path / "other" / "vault")
    files.make_private_folder(found.vault_dir)
    return found


def later(seconds: int) -> Moment:
    return Moment(START.now + seconds, START.boot, START.uptime + seconds)


def begin(settings: Settings, seconds: int = 600, at: Moment = START) -> sessions.Session:
    return sessions.begin(settings, KEY, VAULT, seconds, at)


def opened(settings: Settings, at: Moment = START) -> bytes | None:
    return sessions.vault_key(settings, VAULT, at)


def lines(settings: Settings) -> list[dict[str, str]]:
    return [json.loads(line) for line in sessions.session_file(settings).read_text().splitlines()]


def slot_path(settings: Settings, session: sessions.Session) -> Path:
    return settings.sessions_dir / f"{session.id}.json"


def test_a_session_opens_the_vault_until_its_time_is_over(settings: Settings) -> None:
    session = begin(settings)
    assert (session.created, session.expires) == (START.now, START.now + 600)
    assert opened(settings) == opened(settings, later(599)) == KEY
    assert opened(settings, later(600)) is None


def test_what_is_written_is_only_the_owners_and_holds_no_vault_key(settings: Settings) -> None:
    session = begin(settings)
    for path in (sessions.session_file(settings), slot_path(settings, session)):
        assert path.stat().st_mode & 0o777 == 0o600
        assert all(form not in path.read_bytes() for form in (KEY, KEY.hex().encode(), base64.b64encode(KEY)))
    assert settings.sessions_dir.stat().st_mode & 0o777 == 0o700


def test_a_second_unlock_does_not_end_the_first(settings: Settings) -> None:
    first, second = begin(settings, 600), begin(settings, 60, later(1))
    assert [session.id for session in sessions.under_way(settings, later(1))] == [first.id, second.id]
    assert opened(settings, later(300)) == KEY
    slot_path(settings, first).unlink()
    assert opened(settings, later(1)) == KEY


def test_a_session_that_is_over_is_removed_and_forgotten(settings: Settings) -> None:
    first = begin(settings, 60)
    assert opened(settings, later(61)) is None
    assert not slot_path(settings, first).exists()
    second = begin(settings, 60, later(61))
    assert [line["session"] for line in lines(settings)] == [second.id]


@pytest.mark.parametrize(
    "at",
    [
        replace(START, now=START.now + 600, uptime=START.uptime),
        replace(START, now=START.now + 1, uptime=START.uptime + 600),
        replace(START, now=START.now - 1),
        replace(START, uptime=START.uptime - 1),
        replace(START, boot="boot-2"),
        replace(START, boot=""),
    ],
    ids=["clock", "clock set back", "before it began", "uptime before it began", "another boot", "boot unknown"],
)
def test_a_session_whose_clocks_say_otherwise_is_over(settings: Settings, at: Moment) -> None:
    begin(settings)
    assert sessions.under_way(settings, at) == ()
    assert opened(settings, at) is None
    assert opened(settings) is None, "it came to life again"


def test_where_the_system_names_no_boot_the_clock_alone_decides(settings: Settings) -> None:
    begin(settings, at=replace(START, boot=""))
    assert opened(settings, replace(later(599), boot="", uptime=0)) == KEY


def test_a_key_without_its_slot_opens_nothing(settings: Settings) -> None:
    slot_path(settings, begin(settings)).unlink()
    assert opened(settings) is None


def test_a_slot_without_its_key_opens_nothing(settings: Settings) -> None:
    begin(settings)
    sessions.session_file(settings).unlink()
    assert opened(settings) is None


def test_a_key_of_another_session_opens_nothing(settings: Settings) -> None:
    first, second = begin(settings), begin(settings)
    slot_path(settings, second).unlink()
    crossed = [{**line, "session": first.id} for line in lines(settings) if line["session"] == second.id]
    sessions.session_file(settings).write_text("".join(json.dumps(line) + "\n" for line in crossed))
    assert opened(settings) is None


@pytest.mark.parametrize(
    ("name", "value"), [("expires", START.now + 7200), ("created", START.now + 1), ("boot", "boot-2"), ("uptime", 0)]
)
def test_a_slot_that_was_edited_does_not_open(settings: Settings, name: str, value: object) -> None:
    path = slot_path(settings, begin(settings))
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    moments = [START, later(650), replace(START, boot="boot-2"), replace(START, uptime=1)]
    assert [opened(settings, at) for at in moments] == [None] * 4


@pytest.mark.parametrize("seconds", [0, -1, sessions.MAX_SECONDS + 1])
def test_a_session_longer_than_any_may_be_is_over_at_once(settings: Settings, seconds: int) -> None:
    begin(settings, seconds)
    assert opened(settings) is None


@pytest.mark.parametrize("fields", [{}, {"created": 1.0, "expires": 2.0, "uptime": 0.0}, {"created": True}])
def test_a_slot_without_whole_times_is_over(fields: dict[str, object]) -> None:
    slot = slots.sealed(KEY, VAULT, {"id": "1", "type": slots.SESSION, **fields}, OTHER_KEY)
    assert sessions.is_over(slot, Moment(1, "", 0))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_session_file_that_others_can_use_is_refused(settings: Settings, mode: int) -> None:
    begin(settings)
    sessions.session_file(settings).chmod(mode)
    assert opened(settings) is None
    assert not sessions.has_ended(settings, VAULT)
    with pytest.raises(VaultUnsafe):
        begin(settings)


def test_a_session_file_that_is_a_link_is_not_followed(settings: Settings, tmp_path: Path) -> None:
    begin(settings)
    sessions.session_file(settings).rename(tmp_path / "real")
    sessions.session_file(settings).symlink_to(tmp_path / "real")
    assert opened(settings) is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]\n1\nnull\n", b"{" * 5000, b'{"vault":"vault-1","session":"../x"}']
)
def test_a_session_file_with_something_else_in_it_opens_nothing_and_is_written_anew(
    settings: Settings, content: bytes
) -> None:
    path = sessions.session_file(settings)
    path.touch(0o600)
    path.write_bytes(content)
    assert opened(settings) is None
    begin(settings)
    assert opened(settings) == KEY
    assert len(lines(settings)) == 1


def test_two_vaults_share_one_session_file(settings: Settings, elsewhere: Settings) -> None:
    begin(settings)
    sessions.begin(elsewhere, OTHER_KEY, OTHER, 600, START)
    assert opened(settings) == KEY
    assert sessions.vault_key(elsewhere, OTHER, START) == OTHER_KEY
    assert sessions.vault_key(elsewhere, VAULT, START) is None
    assert sessions.end_all(settings, VAULT) == 1
    assert opened(settings) is None
    assert [line["vault"] for line in lines(settings)] == [OTHER]
    assert sessions.vault_key(elsewhere, OTHER, START) == OTHER_KEY


def test_all_sessions_end_wherever_their_keys_lie(settings: Settings, tmp_path: Path) -> None:
    chosen = replace(settings, session_file=tmp_path / "run" / "chosen")
    begin(settings)
    begin(chosen)
    assert sessions.session_file(settings) == tmp_path / "run" / "portal-session"
    assert sessions.session_file(chosen) == tmp_path / "run" / "chosen"
    assert sessions.end_all(settings, VAULT) == 2
    assert opened(settings) is opened(chosen) is None
    assert not sessions.session_file(settings).exists()
    assert sessions.session_file(chosen).exists(), "its key is there, and opens nothing"


def test_sessions_end_where_the_vault_cannot_be_told(settings: Settings) -> None:
    begin(settings)
    assert sessions.end_all(settings, None) == 1
    assert not sessions.session_file(settings).exists()


def test_ending_is_seen_by_whoever_has_the_vault_open(settings: Settings) -> None:
    assert sessions.last_end(settings) == 0
    assert sessions.end_all(settings, VAULT) == 0
    first = sessions.last_end(settings)
    begin(settings)
    assert sessions.last_end(settings) == first > 0
    sessions.end_all(settings, VAULT)
    assert sessions.last_end(settings) > first


def test_where_there_is_no_vault_ending_makes_none(settings: Settings) -> None:
    settings.vault_dir.rmdir()
    assert sessions.end_all(settings, None) == 0
    assert not settings.vault_dir.exists()


def test_whether_a_session_ended_is_known_as_long_as_its_key_is_there(settings: Settings) -> None:
    assert not sessions.has_ended(settings, VAULT)
    begin(settings, 60)
    assert opened(settings, later(61)) is None
    assert sessions.has_ended(settings, VAULT)
    assert not sessions.has_ended(settings, OTHER)
    sessions.end_all(settings, VAULT)
    assert not sessions.has_ended(settings, VAULT)


def test_without_a_runtime_folder_a_private_one_in_memory_is_made(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_fallback", lambda: tmp_path / "memory")
    bare = replace(settings, runtime_dir=None)
    begin(bare)
    begin(bare)
    assert opened(bare) == KEY
    assert (tmp_path / "memory").stat().st_mode & 0o777 == 0o700
    (tmp_path / "memory").chmod(0o755)
    assert opened(bare) is None
    with pytest.raises(VaultUnsafe):
        begin(bare)


def test_a_system_with_no_place_for_a_key_has_no_sessions(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_fallback", lambda: None)
    bare = replace(settings, runtime_dir=None)
    with pytest.raises(StorageFailed):
        begin(bare)
    assert opened(bare) is None
    assert sessions.end_all(bare, VAULT) == 0


def test_the_place_of_keys_is_this_users_own_on_every_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    found = sessions._fallback()
    assert found is not None
    assert found.name == "portal"
    monkeypatch.setattr(sys, "platform", "linux")
    found = sessions._fallback()
    assert found is None or found.name.startswith("portal-")


def test_the_present_moment_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = sessions.moment(), sessions.moment()
    assert first.boot == second.boot
    assert first.now <= second.now
    assert first.uptime <= second.uptime
    monkeypatch.setattr(sessions, "_BOOT", tmp_path / "gone")
    assert sessions.moment().boot == ""


def test_keys_of_sessions_are_never_the_same(settings: Settings) -> None:
    begin(settings)
    begin(settings)
    assert len({line["key"] for line in lines(settings)}) == 2
    assert {len(base64.b64decode(line["key"])) for line in lines(settings)} == {keys.KEY_BYTES}
