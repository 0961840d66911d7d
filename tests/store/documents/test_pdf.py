from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pypdf
import pytest

from store.documents import pdf
from store.documents.blocks import NotShown, words
from store.records.text import sanitize
from tests.support import papers

READER = Path(pdf.__file__).with_name("pdf_reader.py")
# What a reader could be led to ask for from elsewhere, or to start.
REACHING = (
    "/OpenAction<</S/URI/URI(http://127.0.0.1:9/x)>>/AA<</O<</S/Launch/F(/bin/true)>>>>"
    "/Names<</EmbeddedFiles<</Names[(x)<</Type/Filespec/F(http://127.0.0.1:9/y)/FS/URL>>]>>>>"
)


def test_the_text_of_a_page_is_read() -> None:
    found = pdf.read(papers.pdf("Dear Ada", "your results are normal"))
    assert "Dear Ada" in words(found)
    assert "your results are normal" in words(found)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"%PDF-1.4 and then nothing", "damaged"),
        (b"Dear Ada", "damaged"),
        (papers.pdf(""), "no text"),
        (papers.pdf("x")[:300], "damaged|no text"),
    ],
)
def test_what_is_damaged_or_has_no_text_says_so(content: bytes, why: str) -> None:
    with pytest.raises(NotShown, match=why):
        pdf.read(content)


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_locked_document_is_read_when_it_opens_without_a_password_and_says_so_otherwise(algorithm: str) -> None:
    assert "Dear Ada" in words(pdf.read(locked("", algorithm)))
    with pytest.raises(NotShown, match="locked with a password"):
        pdf.read(locked("secret", algorithm))


def locked(password: str, algorithm: str) -> bytes:
    writer = pypdf.PdfWriter()
    writer.append(pypdf.PdfReader(io.BytesIO(papers.pdf("Dear Ada"))))
    writer.encrypt(password, "owner", algorithm=algorithm)
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


def bombs() -> dict[str, bytes]:
    squeezed = zlib.compressobj(9)
    body = b"".join(squeezed.compress(b"\0" * (1 << 20)) for _ in range(1024)) + squeezed.flush()
    looping = papers.pdf("x").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")
    deep = papers.pdf("x", catalog="/X" + "[" * 100_000)
    return {"inflates to a gigabyte": papers.pdf(stream=body), "pages in a circle": looping, "nested": deep}


@pytest.mark.parametrize("name", ["inflates to a gigabyte", "pages in a circle", "nested"])
def test_a_bomb_is_given_up_and_does_no_harm(name: str) -> None:
    with pytest.raises(NotShown):
        pdf.read(bombs()[name])


def test_a_reader_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_SECONDS", 0.5)
    monkeypatch.setattr(pdf, "command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(NotShown, match="too long"):
        pdf.read(b"%PDF-1.4")


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import _socket; _socket.socket()",
        "open('/etc/hostname')",
        "import os; os.open('/etc/hostname', os.O_RDONLY)",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
    ],
)
def test_the_process_that_reads_can_reach_neither_network_nor_files_nor_programs(attempt: str) -> None:
    program = (
        "import runpy, sys, socket, _socket, os, subprocess\n"
        f"reader = runpy.run_path({str(READER)!r})\n"
        "assert reader['_give_up']()\n"
        f"try:\n    {attempt}\nexcept OSError:\n    sys.stdout.write('refused')\n"
        "else:\n    sys.stdout.write('reached')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.stdout == b"refused"


def test_the_process_that_reads_may_use_no_more_than_its_share() -> None:
    program = (
        "import runpy, resource, sys\n"
        f"runpy.run_path({str(READER)!r})['_give_up']()\n"
        "limits = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NOFILE)\n"
        "print([resource.getrlimit(each) for each in limits])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"[(10, 10), ({512 << 20}, {512 << 20}), (3, 3)]"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a network of one process alone")
def test_the_process_that_reads_has_a_network_of_its_own_wherever_the_system_lets_it() -> None:
    program = (
        "import ctypes, os, runpy, sys\n"
        "begun = os.readlink('/proc/self/ns/net')\n"
        "if sys.argv[1] == 'may':\n"
        "    library = ctypes.CDLL(None)\n"
        f"    done = library.unshare({0x40000000}) == 0 or library.unshare({0x50000000}) == 0\n"
        "else:\n"
        f"    done = runpy.run_path({str(READER)!r})['_give_up']()\n"
        "print(done and os.readlink('/proc/self/ns/net') != begun)"
    )
    may, did = (
        subprocess.run([sys.executable, "-c", program, way], capture_output=True, text=True, check=True).stdout
        for way in ("may", "give up")
    )
    assert did == may


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_reading_asks_no_network_whatever_the_document_names(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    command = ["strace", "-f", "-o", str(log), "-e", "trace=socket,connect,sendto", *pdf.command()]
    done = subprocess.run(command, input=papers.pdf("Hello", catalog=REACHING), capture_output=True, check=True)
    assert b"Hello" in done.stdout
    assert "socket(" not in log.read_text()
    assert "connect(" not in log.read_text()


def test_what_would_steer_a_terminal_is_shown_harmless() -> None:
    found = words(pdf.read(papers.pdf(r"a\033[2Jb")))
    assert "\x1b" not in found
    assert sanitize(found) == found
