"""The modes there are, and the choice of one by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import SandboxError
from portal_cli.sandbox.quirks.athena import ATHENA
from portal_cli.sandbox.quirks.epic import EPIC
from portal_cli.sandbox.quirks.hapi import HAPI
from portal_cli.sandbox.quirks.healow import HEALOW
from portal_cli.sandbox.quirks.medplum import MEDPLUM
from portal_cli.sandbox.quirks.oracle import ORACLE

if TYPE_CHECKING:
    from portal_cli.sandbox.quirks.mode import Mode

MODES = {mode.name: mode for mode in (EPIC, ORACLE, ATHENA, HEALOW, MEDPLUM, HAPI)}


def choose(name: str | None) -> Mode | None:
    """Give the mode of a name; None stays None, the portal's own manner.

    Raises:
        SandboxError: When there is no such mode.
    """
    if name is None:
        return None
    if name not in MODES:
        raise SandboxError(f"there are no quirks by the name of {name!r}", f"Choose one of {', '.join(MODES)}.")
    return MODES[name]
