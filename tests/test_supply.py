"""What is installed is known by version and hash, and is what is declared."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / ".ci" / "requirements.lock").read_text()
LOCKED = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", LOCK, re.MULTILINE))


def declared() -> list[Requirement]:
    """What the quick start asks for."""
    return [Requirement(line) for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["sandbox"])]


def test_every_package_that_is_declared_is_locked_with_hashes() -> None:
    locked = {canonicalize_name(name): version for name, version in LOCKED.items()}
    for wanted in declared():
        version = locked.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not in .ci/requirements.lock; `.ci/lock` writes it"
        assert wanted.specifier.contains(version, prereleases=True), f"{wanted} is locked at {version}; run `.ci/lock`"
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) >= len(LOCKED) > 40  # one that differs by system is there twice


def test_the_check_before_a_change_looks_at_lock_licences_flaws_and_the_wheel() -> None:
    supply = (ROOT / ".ci" / "supply").read_text()
    assert ".ci/supply" in (ROOT / ".ci" / "run").read_text()
    assert all(word in supply for word in (".ci/lock --check", "pip-licenses", "pip-audit", "cyclonedx-py", "cmp "))


def test_the_scripts_of_the_check_are_sound_shell() -> None:
    for name in ("run", "supply", "lock"):
        subprocess.run(["bash", "-n", str(ROOT / ".ci" / name)], check=True)


def test_types_schemas_and_the_manual_page_go_into_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert settings["shared-data"] == {"portal_cli/man/portal.1": "share/man/man1/portal.1"}
    assert all((ROOT / package / "py.typed").exists() for package in settings["packages"])
    assert len(list((ROOT / "portal_cli" / "schemas").glob("*.json"))) > 100
