"""The rules of the house that a machine can hold: layers, start-up, sizes, tables, and words that agree."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from portal_cli.diagnostics import ExitCode
from portal_cli.registry import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("portal_cli", "tui", "store")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAX_CODE_LINES = 300
MAX_FUNCTION_LINES = 40
QUICK_START = (
    "python3 -m venv .venv && .venv/bin/pip install -q '.[sandbox]' && .venv/bin/portal demo",
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest",
)


def loaded_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


def code_lines(path: Path) -> int:
    return sum(1 for line in path.read_text().splitlines() if line.strip() and not line.strip().startswith("#"))


def test_importing_the_store_loads_no_face_no_network_and_no_database() -> None:
    found = loaded_by("import store, store.client")
    assert not found & {"textual", "typer", "rich", "sqlmodel", "sqlalchemy", "httpx", "keyring"}


def test_help_loads_neither_the_database_nor_the_network_nor_the_tui() -> None:
    statement = (
        "import contextlib, io; from portal_cli.main import run; sys.argv = ['portal', '--help']\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): run()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    heavy = {"textual", "sqlmodel", "sqlalchemy", "sqlcipher3", "httpx", "keyring", "asyncio", "flask", "tui"}
    assert not set(done.stdout.split()) & heavy


def test_a_dashboard_paints_its_first_screen_without_its_forms_and_without_what_opens_a_vault() -> None:
    found = loaded_by("import portal_cli.runs, portal_cli.full_screen, store.client, tui.running, tui.screens.opening")
    assert not found & {"textual.widgets._text_area", "tui.forms", "tui.columns", "portal_cli.hints"}
    assert not found & {"sqlcipher3", "cryptography", "msgspec", "hashlib", "json", "store.opening", "store.vault.keys"}


READING = (
    "allergies", "appointments", "audit list", "config list", "conflicts list", "insurance", "labs", "labs show 1",
    "labs trend x", "medications", "messages", "messages draft list", "messages recipients",
    "messages search x", "outbox", "people", "portals list", "profile show", "records list", "records search x",
    "records show 1", "records timeline", "refills", "refills due", "reminders list", "status", "summary",
    "sync report", "vault slots", "vitals", "vitals show 1",
)  # fmt: skip
HEAVY = {"sqlalchemy", "sqlmodel", "httpx", "textual", "keyring", "asyncio"}


def loaded_by_lines(folder: Path, lines: tuple[str, ...]) -> dict[str, set[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.reading", str(folder), *lines],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = json.loads(done.stdout)
    assert set(found) == set(lines)
    return {line: set(loaded) for line, loaded in found.items()}


def test_no_command_that_reads_loads_the_orm_the_network_the_dashboard_or_the_keychain(tmp_path: Path) -> None:
    assert {
        line: heavy for line, loaded in loaded_by_lines(tmp_path, READING).items() if (heavy := loaded & HEAVY)
    } == {}


def test_the_quick_door_does_not_load_the_library_that_reads_command_lines(tmp_path: Path) -> None:
    lines = ("status --json", "labs --json --limit 3", "vitals --format csv", "labs show 1", "dashboard --no-mouse")
    assert [line for line, loaded in loaded_by_lines(tmp_path, lines).items() if loaded & {"typer", "pydantic"}] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_its_purpose_and_stays_small(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "a module opens with one sentence"
    assert code_lines(path) <= MAX_CODE_LINES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES + len(node.decorator_list) + 12, node.name


def test_nobody_imports_the_click_that_typer_carries() -> None:
    assert not [path for path in MODULES if re.search(r"^\s*(import|from) click", path.read_text(), re.MULTILINE)]


def test_a_failing_command_raises_its_exit_and_does_not_return_it() -> None:
    assert not [path for path in MODULES if "return typer.Exit" in path.read_text()]


def test_certificates_are_always_checked() -> None:
    assert not [path for path in MODULES if re.search(r"verify\s*=\s*False", path.read_text())]


def test_sql_stays_in_the_vault_and_http_in_the_remote() -> None:
    for path in (ROOT / "store").rglob("*.py"):
        text = path.read_text()
        if "vault" not in path.parts:
            assert not re.search(r"^\s*(import|from) (sqlcipher3|sqlmodel|sqlalchemy)", text, re.MULTILINE), path
        if "remote" not in path.parts:
            assert not re.search(r"^\s*(import|from) httpx", text, re.MULTILINE), path


def test_telling_the_version_loads_nothing_of_the_program_but_its_entry() -> None:
    found = loaded_by("sys.argv = ['portal', '--version']; from portal_cli import entry")
    assert {name for name in found if name.startswith(("portal_cli", "store", "typer"))} == {
        "portal_cli",
        "portal_cli.entry",
    }


def test_the_readme_quick_start_is_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", readme.split("## Quick start", 1)[1].split("\n## ", 1)[0], re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
    assert commands == list(QUICK_START)


def test_the_continuous_check_runs_the_readme_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert all(command in script for command in QUICK_START)


def test_the_readme_lists_every_exit_code_that_the_program_has() -> None:
    readme = (ROOT / "README.md").read_text().split("## Exit codes", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"^\| (\d+) \| (.*) \|$", readme, re.MULTILINE)
    assert listed == [(str(code.value), code.meaning) for code in ExitCode]


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in COMMANDS if f"`portal {name}" not in readme] == []


def test_every_command_has_a_module_and_every_module_a_command() -> None:
    modules = {path.stem for path in (ROOT / "portal_cli" / "commands").glob("*.py")} - {"__init__"}
    used = {entry.module.rpartition(".")[2] for entry in COMMANDS.values()}
    assert used == modules


def test_what_is_installed_is_what_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [item for name in ("parquet", "pdf", "web") for item in project["optional-dependencies"][name]]
    wanted = [
        item for item in (*project["dependencies"], *extras) if "fontpkg" not in item
    ]  # it is a file, not a module
    declared = {re.split(r"[><=\[]", item)[0].replace("-", "_") for item in wanted}
    imported: set[str] = set()
    for path in MODULES:
        if "sandbox" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    imported.add(node.module.partition(".")[0])
    third_party = imported - set(sys.stdlib_module_names) - set(PACKAGES)
    assert third_party - {"sqlalchemy", "aiohttp"} == declared  # SQLModel and textual-serve bring them
