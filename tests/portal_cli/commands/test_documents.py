"""Documents of records at the terminal: shown as text, opened in a viewer, kept as files."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from portal_cli import pictures
from tests.support import papers
from tests.support.escapes import SEQUENCES, steering

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (8).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0" + b"\0" * 20
HTML = (
    b"<h2>Findings</h2><p>All <b>clear</b><table><tr><th>Test<th>Result<tr><td>Sodium<td>140</table><script>x</script>"
)


def attachment(content: bytes, kind: str, title: str = "Letter") -> dict[str, Any]:
    return {"attachment": {"contentType": kind, "title": title, "data": base64.b64encode(content).decode()}}


def with_documents(home: Home, *content: dict[str, Any], more: tuple[dict[str, Any], ...] = ()) -> None:
    """A vault with one record of some attachments."""
    home.make_vault()
    patient = {"resourceType": "Patient", "id": "ada", "name": [{"text": "Ada Byron"}], "birthDate": "1970-12-10"}
    record = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "type": {"text": "Visit note"},
        "subject": {"reference": "Patient/ada"},
        "content": list(content),
    }
    resources = (patient, record, *more)
    chart = home.folder / "chart.json"
    chart.write_text(
        json.dumps(
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
        )
    )
    assert home.run("import", str(chart)).code == 0


def test_a_record_shows_the_text_of_its_documents(home: Home) -> None:
    with_documents(home, attachment(HTML, "text/html"), attachment(papers.pdf("Dear Ada"), "application/pdf", "Second"))
    shown = home.run("records", "show", "d1").out
    assert (
        "Document 1: Letter\n\nFindings\n--------\n\nAll clear\n\nTest    Result\n------  ------\nSodium  140" in shown
    )
    assert "Document 2: Second\n\nDear Ada" in shown
    told = home.run("records", "show", "d1", "--json").json["documents"]
    assert [(each["number"], each["kind"], each["why_not"]) for each in told] == [(1, "html", ""), (2, "pdf", "")]
    assert "Sodium" in told[0]["text"]
    assert home.run("records", "show", "d1", "--raw").json["content"][0]["attachment"]["contentType"] == "text/html"


def test_a_screen_reader_is_told_one_thing_after_the_other(home: Home) -> None:
    with_documents(home, attachment(HTML, "text/html"))
    shown = home.run("records", "show", "d1", PORTAL_ACCESSIBLE="1").out
    assert "Heading 2: Findings" in shown
    assert "Test: Sodium\nResult: 140" in shown
    assert home.run("records", "show", "d1", "--accessible").out == shown


def test_a_composition_is_shown_by_its_sections(home: Home) -> None:
    sections = [{"title": "Plan", "text": {"status": "additional", "div": "<div><p>Drink water</p></div>"}}]
    inner = [{"title": "Inner", "text": {"div": "<div>" * 300}}]
    sections.append({"title": "Outer", "section": inner})  # type: ignore[dict-item] # FHIR JSON
    composition = {
        "resourceType": "Composition",
        "id": "x1",
        "title": "Summary",
        "subject": {"reference": "Patient/ada"},
        "section": sections,
    }
    with_documents(home, more=(composition,))
    shown = home.run("records", "show", "Composition/x1").out
    assert "Plan\n====\n\nDrink water" in shown
    assert "Outer\n=====\n\nInner\n-----\n\n(the page is nested more than 200 levels deep)" in shown


def test_a_picture_is_named_where_it_cannot_be_seen_and_drawn_where_it_can(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_documents(home, attachment(PNG, "image/png", "Scan"))
    shown = home.run("records", "show", "d1").out
    assert "It is not shown here: it is a picture (png).\n`portal records open d1`" in shown
    for name in ("TMUX", "STY", "KITTY_WINDOW_ID", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-kitty")
    drawn = pictures.drawn(PNG)
    assert drawn.startswith(b"\x1b_Ga=T,f=100,q=2,m=0;" + base64.b64encode(PNG)[:20])
    assert drawn.endswith(b"\x1b\\\n")
    assert pictures.drawn(b"\xff\xd8\xff") == b""
    assert pictures.drawn(PNG.replace((8).to_bytes(4, "big"), (1 << 30).to_bytes(4, "big"))) == b""
    long = pictures.drawn(PNG + b"x" * 10_000)
    assert long.count(b"\x1b_G") == 4
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    assert pictures.drawn(b"\xff\xd8\xffx").startswith(b"\x1b]1337;File=inline=1;size=4;")
    monkeypatch.setenv("TMUX", "x")
    assert pictures.drawn(PNG) == b""


def viewer(home: Home, script: str) -> str:
    path = home.folder / "viewer"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_open_hands_a_private_file_to_the_viewer_and_removes_it(home: Home) -> None:
    with_documents(home, attachment(papers.pdf("Dear Ada"), "application/pdf", "../../Letter.exe"))
    seen = home.folder / "seen"
    script = f'stat -c "%a %n" "$1" "$(dirname "$1")" >{seen}; cp "$1" {seen}.copy'
    said = home.run("records", "open", "d1", PORTAL_VIEWER=viewer(home, script), XDG_RUNTIME_DIR="")
    assert said.code == 0
    (file_mode, path), (folder_mode, folder) = (line.split(" ", 1) for line in seen.read_text().splitlines())
    assert (file_mode, folder_mode, Path(path).name) == ("600", "700", "Letter.exe.pdf")
    assert Path(f"{seen}.copy").read_bytes() == papers.pdf("Dear Ada")
    assert not Path(folder).exists()
    assert f"{path} is there for the viewer" in said.err
    assert ("in memory only" in said.err) == folder.startswith("/dev/shm/")
    assert "The file is removed." in said.err


def test_open_says_when_there_is_no_viewer_and_when_it_fails(home: Home) -> None:
    with_documents(home, attachment(b"x", "text/plain"))
    nothing = home.run("records", "open", "d1", DISPLAY="", WAYLAND_DISPLAY="")
    assert nothing.code == 1
    assert "there is no viewer on this system" in nothing.err
    assert "PORTAL_VIEWER" in nothing.err
    for wrong, sentence in (("'", "PORTAL_VIEWER is no command"), ("no-such-viewer", "could not be started")):
        said = home.run("records", "open", "d1", PORTAL_VIEWER=wrong)
        assert (said.code, sentence in said.err) == (1, True)
    failed = home.run("records", "open", "d1", PORTAL_VIEWER="false")
    assert "the viewer failed" in failed.err
    assert home.run("records", "open", "d1", "--number", "7", PORTAL_VIEWER="true").code == 6


def test_a_viewer_that_is_cut_off_leaves_nothing(home: Home) -> None:
    with_documents(home, attachment(b"secret", "text/plain"))
    seen = home.folder / "seen"
    script = viewer(home, f'printf %s "$1" >{seen}.new && mv {seen}.new {seen}; sleep 60')
    environment = {**home.environment(), "PORTAL_VIEWER": script}
    with subprocess.Popen([sys.executable, "-m", "portal_cli", "records", "open", "d1"], env=environment) as running:
        until = time.monotonic() + 60
        while not seen.exists() and time.monotonic() < until:
            time.sleep(0.05)
        path = Path(seen.read_text())
        assert path.read_bytes() == b"secret"
        running.send_signal(signal.SIGTERM)
        running.wait(30)
    assert not path.parent.exists()
    with subprocess.Popen([sys.executable, "-m", "portal_cli", "records", "open", "d1"], env=environment) as killed:
        seen.unlink()
        until = time.monotonic() + 60
        while not seen.exists() and time.monotonic() < until:
            time.sleep(0.05)
        path = Path(seen.read_text())
        killed.kill()
    assert path.exists(), "nobody can tidy up after a kill"
    assert home.run("records", "open", "d1", PORTAL_VIEWER="true").code == 0
    assert not path.parent.exists(), "the next run does"


def test_download_keeps_every_document_under_a_harmless_name_and_over_nothing(home: Home, tmp_path: Path) -> None:
    with_documents(
        home,
        attachment(b"one", "text/plain", "../../x"),
        attachment(HTML, "text/html", "C:\\x.pdf"),
        attachment(b"2", "text/plain", "x"),
    )
    into = tmp_path / "into"
    said = home.run("records", "download", "d1", "--output", f"{into}/")
    assert said.code == 0
    assert sorted(path.name for path in into.iterdir()) == ["x (1).txt", "x.html", "x.txt"]
    assert said.out.splitlines() == [f"{into}/x.txt", f"{into}/x.html", f"{into}/x (1).txt"]
    assert "not encrypted" in said.err
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in into.iterdir())
    assert sorted(path.name for path in home.folder.iterdir() if path.name.startswith("x")) == []
    assert home.run("records", "download", "d1", "-o", str(tmp_path / "one.txt")).code == 2
    file = tmp_path / "kept.html"
    assert home.run("records", "download", "d1", "--number", "2", "-o", str(file), "--json").json == {
        "files": [str(file)]
    }
    assert file.read_bytes() == HTML
    file.write_text("mine")
    assert home.run("records", "download", "d1", "--number", "2", "-o", str(file)).code == 2
    assert file.read_text() == "mine"
    assert home.run("records", "download", "d1", "--number", "2", "-o", str(file), "--force").code == 0
    assert file.read_bytes() == HTML
    assert home.run("records", "download", "Patient/ada", "-o", f"{into}/").code == 6


@pytest.mark.parametrize(("answer", "is_replaced"), [("n", False), ("y", True)])
def test_at_a_terminal_a_file_is_replaced_only_after_a_yes(home: Home, *, answer: str, is_replaced: bool) -> None:
    with_documents(home, attachment(b"new", "text/plain"))
    file = home.folder / "kept.txt"
    file.write_text("mine")
    arguments = ["-m", "portal_cli", "records", "download", "d1", "-o", str(file)]
    terminal = pexpect.spawn(sys.executable, arguments, env=home.environment(), encoding="utf-8", timeout=60)
    terminal.expect("is there already. Replace it")
    terminal.sendline(answer)
    terminal.expect(pexpect.EOF)
    assert file.read_text() == ("new" if is_replaced else "mine")


def test_sequences_that_steer_a_terminal_are_harmless_in_every_view_of_documents(home: Home) -> None:
    assert len(SEQUENCES) >= 200
    hostile = "\n".join(f"a{sequence}b" for sequence in SEQUENCES)
    body = papers.sections(papers.section("1", "T", base64.b64encode(b"x").decode()))
    cda = papers.cda(body=body).replace(
        b"<title>T", b"<title>" + "".join(s for s in SEQUENCES if s.isprintable()).encode()
    )
    with_documents(
        home,
        attachment(hostile.encode(), "text/plain", hostile),
        attachment(f"<pre>{hostile}</pre><h1>{hostile}</h1>".encode(), "text/html", hostile),
        attachment(
            ("{\\rtf1 " + "".join(f"\\u{ord(sign)}?" for sign in hostile if ord(sign) < 0x8000) + "}").encode(),
            "text/rtf",
        ),
        attachment(cda, "application/xml"),
        attachment(PNG, "image/png", hostile),
    )
    name = home.folder / "".join(sign for sign in hostile[:40] if sign not in "/\0\n")
    name.write_text((home.folder / "chart.json").read_text().replace("d1", "d2"))
    into = home.folder / "into"
    environment = {**home.environment(), "TERM": "xterm", "NO_COLOR": "1"}
    for name_ in ("KITTY_WINDOW_ID", "TERM_PROGRAM"):
        environment.pop(name_, None)
    for arguments in (
        ("show", "d1"), ("show", "d1", "--json"), ("show", "d1", "--raw"), ("download", "d1", "-o", f"{into}/"),
        ("list",), ("open", "d1", "--number", "5"),
    ):  # fmt: skip
        said = in_terminal(environment, "records", *arguments)
        assert steering(said) == set(), arguments
    for options in ([str(name), "--dry-run"], [str(name)], []):
        assert steering(in_terminal(environment, "import", *options)) == set(), options
    assert len(list(into.iterdir())) == 5


def in_terminal(environment: dict[str, str], *arguments: str) -> str:
    """All that a command prints on a real terminal."""
    terminal = pexpect.spawn(
        sys.executable, ["-m", "portal_cli", *arguments], env=environment, timeout=120, dimensions=(40, 100)
    )
    terminal.expect(pexpect.EOF)
    return bytes(terminal.before or b"").decode("utf-8")


def test_reading_a_document_loads_neither_network_nor_readers_that_are_not_needed(home: Home) -> None:
    with_documents(home, attachment(b"plain", "text/plain"))
    program = "import sys; from portal_cli.main import run; run(['records', 'show', 'd1']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], env=home.environment(), capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "plain" in done.stdout
    assert not loaded & {"httpx", "pypdf", "defusedxml", "sqlalchemy", "store.documents.rtf", "store.documents.cda"}
    assert os.environ.get("PORTAL_HOME") is None
