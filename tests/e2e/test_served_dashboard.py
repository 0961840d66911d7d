"""The dashboard in a browser: its address opens once, for one browser, and nobody else sees anything of it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Home

_PATIENCE_SECONDS = 60


@pytest.fixture
def served(home: Home) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A served dashboard and the address that it has printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "dashboard", "--web"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**home.environment, "PORTAL_PASSPHRASE_FILE": ""},
        cwd=home.folder,
    )
    assert process.stderr is not None
    alarm = threading.Timer(_PATIENCE_SECONDS, process.kill)
    alarm.start()
    line = ""
    while not line.startswith("http://"):
        line = process.stderr.readline()
        assert line, "it ended before it printed an address"
    yield process, line.strip()
    alarm.cancel()
    process.send_signal(signal.SIGINT)
    process.wait(_PATIENCE_SECONDS)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def test_its_address_opens_once_and_nothing_is_shown_without_it(served: tuple[subprocess.Popen[str], str]) -> None:
    process, address = served
    base = re.sub(r"/enter/.*", "", address)
    assert base.startswith("http://127.0.0.1:")

    async def status(session: aiohttp.ClientSession, path: str, **headers: str) -> int:
        async with session.get(base + path, headers=headers) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            return answer.status

    async def socket(session: aiohttp.ClientSession, **headers: str) -> int:
        try:
            async with session.ws_connect(f"{base}/ws?width=80&height=24", headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status

    async def run() -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as mine, aiohttp.ClientSession() as other:
            for path in ("/", "/ws", "/static/js/textual.js", "/download/1", "/enter/wrong"):
                assert await status(mine, path) == 403
            assert await socket(mine, Origin=base) == 403
            async with mine.get(address) as answer:
                assert answer.status == 200
                assert 'id="terminal"' in await answer.text()
            async with other.get(address) as again:
                assert again.status == 403
            assert await status(mine, "/enter/" + address.rpartition("/")[2]) == 403
            assert await status(other, "/") == 403
            assert await status(mine, "/", Host="evil.example") == 403
            assert await status(mine, "/", Origin="http://evil.example") == 403
            assert await socket(mine, Origin="http://evil.example") == 403
            assert await socket(mine) == 403
            assert await socket(other, Origin=base) == 403
            shown = await dashboard(mine, base)
            assert "Welcome to portal" in shown
            assert address.rpartition("/")[2] not in processes(process.pid)

    asyncio.run(asyncio.wait_for(run(), _PATIENCE_SECONDS))


def test_its_page_and_what_the_page_may_fetch_name_no_other_host(served: tuple[subprocess.Popen[str], str]) -> None:
    _, address = served
    base = re.sub(r"/enter/.*", "", address)

    async def run() -> None:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
            session.get(address) as answer,
        ):
            page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert hosts(policy) == {base.removeprefix("http://")}
        assert hosts(re.sub(r'xmlns="[^"]*"', "", page)) == {base.removeprefix("http://")}  # a name, not an address
        assert "css/xterm.css" in page

    asyncio.run(asyncio.wait_for(run(), _PATIENCE_SECONDS))


def hosts(text: str) -> set[str]:
    """The hosts that addresses in a text are at."""
    return set(re.findall(r"""//([^/\s"';>]+)""", text))


async def dashboard(session: aiohttp.ClientSession, base: str) -> str:
    """What the first screen writes."""
    shown = ""
    async with session.ws_connect(f"{base}/ws?width=100&height=36", headers={"Origin": base}) as socket:
        async for message in socket:
            shown += message.data.decode() if isinstance(message.data, bytes) else str(message.data)
            if "Welcome to portal" in shown:
                break
    return shown


def processes(own: int) -> str:
    """The command lines of a process and of those it has started."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    assert str(own) in listed
    assert os.getpid() > 0
    return listed
