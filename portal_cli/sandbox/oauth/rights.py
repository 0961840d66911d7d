"""What somebody who acts for a patient may do: scopes narrowed to what they were granted."""

from __future__ import annotations

from dataclasses import dataclass

from portal_cli.sandbox import scopes

_MESSAGES = frozenset({"Communication", "CommunicationRequest"})


@dataclass(frozen=True)
class Rights:
    """The narrower rights of somebody who acts for a patient; every one of them is a thing taken away."""

    is_view_only: bool = False
    has_no_messages: bool = False


def narrowed(granted: tuple[str, ...], rights: Rights, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Keep of the scopes what the rights cover, in order.

    The settings of an account are its owner's, and never a matter of acting for somebody. `kinds` are the
    types of the portal: they stand in for `*` where one type is taken out of it.
    """
    kept = tuple(scope for scope in granted if scope != scopes.ACCOUNT)
    if rights.is_view_only:
        kept = scopes.without(kept, "cud")
    if rights.has_no_messages:
        spelled = (one for scope in kept for one in _without_messages(scope, kinds))
        kept = tuple(dict.fromkeys(spelled))
    return kept


def _without_messages(scope: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    found = scopes.letters(scope)
    if found is None:
        return (scope,)
    kind, _ = found
    if kind != "*":
        return () if kind in _MESSAGES else (scope,)
    return tuple(scope.replace("/*.", f"/{other}.", 1) for other in kinds if other not in _MESSAGES)
