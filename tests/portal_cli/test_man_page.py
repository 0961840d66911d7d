from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from portal_cli import man_page
from tests.support.command_tree import commands

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


def test_the_page_that_is_installed_is_the_one_that_the_program_makes() -> None:
    assert man_page.FILE.read_text() == man_page.text(), "`python -m portal_cli.man_page` writes it"


def test_the_page_has_every_command_with_its_options_and_is_printed_by_help(home: Home) -> None:
    page = home.run("help", "man").out
    plain = page.replace("\\-", "-").replace("\\&", "")
    for name, command in commands().items():
        assert re.search(rf"^\.SS portal {re.escape(name)}\b", plain, re.MULTILINE), name
        assert all(option in plain for parameter in command.params for option in parameter.opts if option[0] == "-")


def test_no_line_of_the_page_is_an_order_that_was_not_meant() -> None:
    known = {".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".nf", ".fi"}
    orders = {line.split()[0] for line in man_page.text().splitlines() if line.startswith((".", "'"))}
    assert orders <= known


def test_man_reads_it_without_a_complaint() -> None:
    reader = shutil.which("groff") or shutil.which("mandoc")
    if reader is None:  # not every system has one; the test above holds what is written
        return
    how = [reader, "-k", "-man", "-Tutf8", "-ww"] if reader.endswith("groff") else [reader, "-T", "lint"]
    done = subprocess.run([*how, str(man_page.FILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
