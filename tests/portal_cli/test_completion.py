"""What shells are offered: names and ids of an open vault, nothing of a locked one, and never a question."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest
import shellingham

from portal_cli import completion, completion_tree, entry
from portal_cli.main import run
from tests.portal_cli.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home

SHELLS = ("bash", "zsh", "fish", "powershell")


@pytest.fixture(scope="module")
def opened(filled: Home) -> Iterator[Home]:
    """A home whose vault a session keeps open."""
    assert filled.run("unlock", "--for", "1h").code == 0
    yield filled
    filled.run("lock")


def offered(home: Home, *words: str, shell: str = "fish", **environment: str) -> list[str]:
    """What a shell is offered for the last of some words."""
    line = " ".join(["portal", *words])
    settled = {
        **{name: value for name, value in home.environment().items() if name != "PORTAL_PASSPHRASE_FILE"},
        "_PORTAL_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
        **environment,
    }
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in list(os.environ):
            if name.startswith("PORTAL_"):
                patch.delenv(name)
        for name, value in settled.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdin", io.StringIO())
        patch.setattr(sys, "argv", ["portal"])
        patch.setattr(os, "_exit", sys.exit)
        with pytest.raises(SystemExit):
            entry.main()
    assert err.getvalue() == ""
    return [line for line in out.buffer.getvalue().decode().splitlines() if line]


@pytest.mark.parametrize("shell", SHELLS)
def test_medication_names_threads_and_record_ids_are_offered_in_every_shell(shell: str, opened: Home) -> None:
    thread = opened.run("messages", "--json").json[0]["id"]
    record = opened.run("records", "list", "--json", "--limit", "1").json[0]
    name = f"{record['type']}/{record['id']}"
    for words, wanted in ((("refill", "lisi"), "lisinopril"), (("messages", "show", thread[:4]), thread),
                          (("records", "show", name[:-3]), name)):  # fmt: skip
        # zsh has each `:` of a value written with a backslash, and its lines have titles
        assert any(wanted in line for line in offered(opened, *words, shell=shell)), (shell, words)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("labs", "show", ""), "labs"),
        (("vitals", "show", ""), "vitals"),
        (("appointments", "show", ""), "appointments"),
        (("insurance", "end", ""), "insurance"),
        (("allergies", "show", ""), "allergies"),
        (("refills", "show", ""), "refills"),
        (("status", "--portal", ""), "portals"),
    ],
    ids=["result", "vital", "appointment", "insurance", "allergy", "refill", "portal"],
)
def test_other_nouns_are_offered_by_their_ids(words: tuple[str, ...], kind: str, opened: Home) -> None:
    listed = opened.run(kind, "--json").json
    known = {row.get("id") or row["name"] for row in listed}
    found = {line.split("\t")[0] for line in offered(opened, *words)}
    assert found & known


def test_each_conversation_is_offered_once_by_the_id_that_its_list_has(opened: Home) -> None:
    listed = {row["id"]: row["subject"] for row in opened.run("messages", "--json").json}
    lines = [line.split("\t") for line in offered(opened, "messages", "show", "")]
    assert sorted(value for value, *_ in lines) == sorted(listed)
    assert {value: completion._harmless(listed[value]) for value in listed} == {
        value: "".join(t) for value, *t in lines
    }


def test_each_prescription_is_offered_by_a_word_that_means_it_alone(opened: Home) -> None:
    current = [row for row in opened.run("medications", "--json").json if row["type"] == "MedicationRequest"]
    for value, title in (line.split("\t") for line in offered(opened, "refill", "")):
        meant = {row["name"] for row in current if value in {row["id"], row["name"].split()[0].casefold()}}
        assert [completion._harmless(name) for name in meant] == [title]


def test_commands_and_options_are_offered_too(home: Home) -> None:
    assert {"refill", "refills"} <= {line.split("\t")[0] for line in offered(home, "refi")}
    assert any(line.startswith("--columns") for line in offered(home, "labs", "list", "--col"))


@pytest.mark.parametrize("words", [("refill", ""), ("messages", "show", ""), ("records", "show", "")])
def test_a_locked_vault_offers_nothing_and_asks_nobody(words: tuple[str, ...], filled: Home) -> None:
    secret = {
        "PORTAL_SESSION_FILE": str(filled.folder / "no-session"),
        "PORTAL_PASSPHRASE_FILE": str(filled.passphrase_file),
    }
    trap = {**secret, "PORTAL_PASSPHRASE_COMMAND": f"touch {filled.folder}/asked"}
    assert offered(filled, *words, **trap) == []
    assert not (filled.folder / "asked").exists()


@pytest.mark.parametrize("words", [("refill", ""), ("records", "show", "")])
def test_without_a_vault_nothing_is_offered(words: tuple[str, ...], home: Home) -> None:
    assert offered(home, *words) == []


def test_completion_loads_neither_the_network_nor_the_library_that_reads_lines(opened: Home) -> None:
    program = (
        "import os, sys\nos._exit = sys.exit\ntry:\n from portal_cli import entry; entry.main()\n"
        "except SystemExit: pass\nprint(*sys.modules)"
    )
    settled = {"_PORTAL_COMPLETE": "complete_bash", "COMP_WORDS": "portal refill ", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**opened.environment(locked=True), **settled},
    )  # fmt: skip
    assert "lisinopril" in done.stdout
    loaded = set(done.stdout.split())
    assert not {"httpx", "sqlalchemy", "keyring", "asyncio", "typer", "pydantic", "msgspec", "tempfile"} & loaded
    assert "store.services.records" not in loaded


def script(*words: str) -> str:
    """What a line prints that shows how a shell learns to complete."""
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit):
        run(list(words))
    return out.getvalue()


def test_each_shell_has_its_script(home: Home) -> None:
    found = {shell: script("--show-completion", shell) for shell in SHELLS}
    assert [shell for shell, text in found.items() if "_PORTAL_COMPLETE" not in text] == []
    assert len(set(found.values())) == len(SHELLS)
    assert script("--show-completion=pwsh") == found["powershell"]
    assert not home.vault.exists()


def test_a_shell_that_is_not_named_and_cannot_be_told_is_asked_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> None:
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", unknown)
    said = home.run("--show-completion")
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(
        "which shell this is cannot be told\n  → Name it, such as `portal --show-completion bash`.\n"
    )


def test_what_shells_are_offered_is_written_down_from_the_commands() -> None:
    assert completion.FILE.read_text() == completion_tree.text(), "`python -m portal_cli.completion_tree` writes it"


@pytest.mark.parametrize(
    ("words", "incomplete", "wanted"),
    [
        (["labs"], "sh", "show"),
        (["labs", "list", "--format"], "n", "ndjson"),
        (["labs", "--limit", "3"], "--col", "--columns"),
        (["account", "two-step", "on"], "t", "totp"),
        (["vault", "keychain"], "", "off"),
        (["labs", "list", "--no-such", "x"], "--so", "--sort"),
    ],
    ids=["command", "choice", "option of what is meant", "argument", "group", "unknown option"],
)
def test_each_place_of_a_line_has_its_offers(words: list[str], incomplete: str, wanted: str) -> None:
    found = [value for value, _ in completion.offers(words, incomplete)]
    assert wanted in found


HOSTILE = "\\$(touch /tmp/never) `id` \"; rm -rf ~ '; \\\\$(x) :(((a)))' $HOME\n\x1b[2J%F{red}"


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_of_a_title_is_an_order_to_a_shell(shell: str) -> None:
    found = [("value-1", completion._harmless(HOSTILE))]
    shown = completion._FORMS[shell](found)
    assert "touch" in shown or shell == "bash"
    ours = {"zsh": set('_arguments \'*: :(("value-1":""))\'')}.get(shell, set())
    assert set(shown) & set("$`\\\"';|&<>(){}!~%\x1b") <= ours


def test_a_value_that_would_be_an_order_is_not_offered() -> None:
    for value in ("$(id)", "`id`", "a b", "a;b", "-rf", "a'b", 'a"b', "a\nb", "a*", "~"):
        assert not completion._is_plain(value), value
    assert completion._is_plain("Observation/20604fba925bcf6d76ca")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_itself_takes_the_offers_of_the_script(opened: Home, tmp_path: Path) -> None:
    portal = tmp_path / "portal"
    portal.write_text(f"#!/bin/sh\nexec {sys.executable} -m portal_cli\n")
    portal.chmod(0o700)
    typed = f'COMP_WORDS=(portal refill lisi); COMP_CWORD=2; _portal_completion {portal}; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", f"{script('--show-completion', 'bash')}\n{typed}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=opened.environment(locked=True),
    )
    assert done.stdout.strip() == "lisinopril"
