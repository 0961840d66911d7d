"""What ends when a password changes: apps, browsers, and sign-ins under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.second_steps import SecondSteps
    from portal_cli.sandbox.accounts.sessions import Sessions
    from portal_cli.sandbox.oauth.tokens import Tokens
    from portal_cli.sandbox.oauth.visits import Visits


class Endings:
    """Ends sign-ins of one account, wherever they are kept."""

    def __init__(self, tokens: Tokens, visits: Visits, sessions: Sessions, second_steps: SecondSteps) -> None:
        self._tokens = tokens
        self._visits = visits
        self._sessions = sessions
        self._second_steps = second_steps

    def end_all(self, username: str, keep_grant: str = "", keep_session: str = "") -> None:
        """End everything that an account signed in to; one grant or session (by id) may stay."""
        self._tokens.revoke_all(username, keep_grant)
        self._visits.end_all(username)
        self._sessions.end_all(username, keep_session)
        self._second_steps.end_all(username)
