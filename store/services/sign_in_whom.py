"""For whom a sign-in is: whom was named, or whom it was for before; and whether the portal kept to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import SignInRefused
from store.people_errors import ChartNeeded
from store.records.patients import is_named
from store.records.text import one_line
from store.remote import whom
from store.services import rights

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.remote.token_answers import Tokens
    from store.remote.whom import Chart
    from store.services.sign_in_request import Door
    from store.vault.reading import ConnectionRow


class Whom:
    """The patient who is meant: `named`, else that of the saved sign-in that is renewed, `again`; else nobody yet."""

    def __init__(self, client: Door, named: str | None, again: ConnectionRow | None) -> None:
        self._client = client
        self._named = named
        self._again = again

    def chart(self, charts: tuple[Chart, ...], choose: Callable[[tuple[Chart, ...]], Chart | None] | None) -> Chart:
        """The chart that is meant of those that an account may see; `choose` is asked where nobody was named.

        Raises ChartNeeded when it does not say, ChartUnknown and RightEnded when the account may not see it.
        """
        if self._named:
            return whom.choose(charts, self._named)
        if saved := self._again:
            held = next((chart for chart in charts if chart.patient == saved.patient), None)
            if held is None:
                raise rights.over(self._client.vault, saved)
            return held
        found = choose(charts) if choose else None
        if found is None:
            raise ChartNeeded(tuple(map(str, charts)))
        return found

    def check(self, found: Tokens, name_of: Callable[[Tokens], str]) -> None:
        """Make sure that a portal has signed in for whom it was asked to. Raises SignInRefused, RightEnded."""
        saved = self._again
        if not self._named and saved and found.patient != saved.patient and rights.is_for_another(saved):
            raise rights.over(self._client.vault, saved)
        if self._named and not self._is_named(found, self._named, name_of):
            raise SignInRefused(f"the portal has signed in for another person than {one_line(self._named)}")

    @staticmethod
    def _is_named(found: Tokens, named: str, name_of: Callable[[Tokens], str]) -> bool:
        if named.removeprefix("Patient/") == found.patient:
            return True
        if named.casefold() in whom.MYSELF:
            return found.fhir_user in {"", f"Patient/{found.patient}"}
        return is_named(name_of(found), named)
