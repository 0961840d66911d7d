from __future__ import annotations

from pathlib import Path

import pytest

from store.config_file import read_file
from store.errors import ConfigurationBroken


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"timeout = 30\n\xff\xfe", "line 2 is not text in UTF-8"),
        (b'[aliases]\na = "labs"\n[aliases]\n', "line 3 gives a name that is given above it already"),
        (b"timeout = 30\ntimeout = 40", "its last line gives a name that is given above it already"),
        (b"timeout 30\n", "line 1 cannot be understood; a setting is written as `timeout = 30`"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_with_what_is_wrong(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationBroken) as raised:
        read_file(file)
    assert (str(raised.value), raised.value.path) == (f"{file} cannot be read: {why}", file)


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigurationBroken, match=r"config\.toml cannot be read: it is a folder$"):
        read_file(tmp_path / "config.toml")


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ConfigurationBroken, match=r"config\.toml cannot be read: permission denied$"):
        read_file(tmp_path / "config.toml")
