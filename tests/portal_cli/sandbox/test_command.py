"""`portal sandbox` as a real process on a real socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; from portal_cli.main import run; sys.exit(run(['sandbox', *sys.argv[1:]]))"


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.json").write_text('{"resourceType":"Patient","id":"p","name":[{"text":"Pat"}]}')
    (tmp_path / "list.json").write_text("[]")
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    begun = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            _command("--load", str(folder), *arguments),
            env=_environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*arguments), env=_environment(), text=True, capture_output=True, timeout=30, check=False
    )


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_says_in_one_line_where_it_is_and_stops_on_a_signal(
    start: Callable[..., subprocess.Popen[str]], sent: signal.Signals, code: int
) -> None:
    process = start("--json", "--clinic-delay", "500ms")
    assert process.stdout
    told = json.loads(process.stdout.readline())
    assert [set(one) for one in told["sign_ins"]] == [{"username", "password", "patient", "name", "cares_for"}]
    assert told["sign_ins"][0]["name"] == "Pat"
    assert httpx.get(f"{told['url']}/metadata").json()["resourceType"] == "CapabilityStatement"
    assert httpx.get(f"{told['url']}/Patient").status_code == 401
    process.send_signal(sent)
    rest, talk = process.communicate(timeout=10)
    assert process.returncode == code
    assert rest == ""
    assert talk.splitlines()[0] == "list.json: no FHIR resource in it, left out"


def test_it_tells_people_the_address_and_the_sign_ins(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    assert process.stdout
    text = "".join(process.stdout.readline() for _ in range(6))
    assert "http://127.0.0.1:" in text
    assert "patient-1" in text


def test_a_taken_port_is_said_in_one_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = _run("--load", str(folder), "--port", port)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[0] == f"portal: port {port} is in use"


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_folder_without_use_is_a_usage_error(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "given"
    if content is not None:
        folder.mkdir()
        (folder / "a.json").write_text(content)
    ended = _run("--load", str(folder))
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 2
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("delay", ["soon", "0s", "-1s", "5"])
def test_a_delay_is_a_duration(delay: str) -> None:
    assert _run(f"--clinic-delay={delay}").returncode == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--quirks", "cerner"), "there are no quirks by the name of 'cerner'"),
        (("--fault", "cut=often"), "cut=often is not a share of the requests such as 5%"),
        (("--fault", "gremlins=1%"), "there is no fault by the name of 'gremlins'"),
    ],
)
def test_unknown_quirks_and_faults_are_a_usage_error(folder: Path, options: tuple[str, str], sentence: str) -> None:
    ended = _run("--load", str(folder), *options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[0] == f"portal: {sentence}"
    assert len(ended.stderr.splitlines()) == 2


def test_quirks_and_faults_are_in_effect(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("--json", "--quirks", "epic", "--fault", "latency=1ms,429-silent=100%,cut=0%")
    assert process.stdout
    url = json.loads(process.stdout.readline())["url"]
    assert "offline_access" not in httpx.get(f"{url}/.well-known/smart-configuration").json()["scopes_supported"]
    assert httpx.get(f"{url}/metadata").status_code == 429


def test_a_number_of_patients_and_a_size_make_as_many_sign_ins() -> None:
    command = _command("--patients", "2", "--resources", "50", "--json")
    with subprocess.Popen(command, env=_environment(), text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        process.terminate()
    assert [one["username"] for one in told["sign_ins"]] == ["patient-1", "patient-2"]


@pytest.mark.parametrize("arguments", [("--patients", "0"), ("--resources", "0"), ("--patients", "many")])
def test_a_size_is_a_number_above_nothing(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).returncode == 2


def test_a_folder_and_a_size_together_are_a_usage_error(folder: Path) -> None:
    ended = _run("--load", str(folder), "--patients", "2")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[0] == "portal: a folder and a number of patients cannot be served together"


def test_without_the_extra_it_says_how_to_get_it() -> None:
    program = f"import sys; sys.modules['flask'] = None; {PROGRAM}"
    ended = subprocess.run(
        [sys.executable, "-c", program], env=_environment(), text=True, capture_output=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "portal: the practice portal needs the `sandbox` extra, which is not installed",
        "  → `pip install 'portal-terminal[sandbox]'`",
    ]


@pytest.mark.parametrize("quirks", [(), ("--quirks", "epic")], ids=["own manner", "a vendor's"])
def test_the_account_pages_are_named_where_there_are_some(
    start: Callable[..., subprocess.Popen[str]], quirks: tuple[str, ...]
) -> None:
    process = start(*quirks)
    assert process.stdout
    said = ""
    while "Stop it with Ctrl-C." not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    address = said.partition("\n")[0].rpartition(" ")[2]
    origin = address.removesuffix("/fhir")
    has_pages = not quirks
    assert (f"{origin}/account\n" in said) is has_pages
    assert (f"{origin}/mailbox\n" in said) is has_pages
    for path in ("/account/sign-in", "/mailbox"):
        assert httpx.get(origin + path).status_code == (200 if has_pages else 404)


def test_a_mail_server_that_is_none_is_said_in_one_sentence() -> None:
    refused = _run("--smtp", "localhost")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "portal: 'localhost' is no SMTP server",
        "  → Write it as HOST:PORT, such as 127.0.0.1:1025.",
    ]
