from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("textual_serve")

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home


def test_a_port_that_another_program_has_is_a_usage_error_that_says_what_to_do(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = home.run("dashboard", "--web", "--port", str(port))
    assert said.code == 2
    assert said.err.startswith(f"portal: port {port} of this computer cannot be listened at: address already in use")
    assert "--port" in said.err.splitlines()[1]
