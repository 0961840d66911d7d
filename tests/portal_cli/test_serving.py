from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("textual_serve")

from portal_cli.serving import at_home

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


def test_a_port_that_another_program_has_is_a_usage_error_that_says_what_to_do(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = home.run("dashboard", "--web", "--port", str(port))
    assert said.code == 2
    assert said.err.startswith(f"portal: port {port} of this computer cannot be listened at: address already in use")
    assert "--port" in said.err.splitlines()[1]


def test_a_page_keeps_the_links_to_its_own_host_and_loses_all_others() -> None:
    own = '<link rel="stylesheet" href="http://127.0.0.1:8000/static/a.css" /><link href="/b.css">'
    others = (
        '<link\n  rel="stylesheet"\n  href="https://fonts.example/css?family=A"\n/><LINK href=//fonts.example/a>'
        '<link href="http://127.0.0.1:8000.evil.example/"/>'
    )
    assert at_home(f"<head>{own}{others}</head>", "127.0.0.1:8000") == f"<head>{own}</head>"
