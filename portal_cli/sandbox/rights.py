"""What somebody who acts for a patient may do: what is taken away, what is left of scopes, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass

from portal_cli.sandbox import scopes

MESSAGES = frozenset({"Communication", "CommunicationRequest"})
CONFIDENTIAL = frozenset({"R", "V"})  # restricted and very restricted (HL7 v3-Confidentiality)


@dataclass(frozen=True)
class Rights:
    """The narrower rights of somebody who acts for a patient; every one of them is a thing taken away.

    Attributes:
        denied_kinds: The resource types that are as if not there.
        hidden_labels: The security labels (codes of `meta.security`) of what is as if not there.
    """

    is_view_only: bool = False
    denied_kinds: frozenset[str] = frozenset()
    hidden_labels: frozenset[str] = frozenset()

    def and_(self, other: Rights) -> Rights:
        """Take away what either of two takes away."""
        return Rights(
            self.is_view_only or other.is_view_only,
            self.denied_kinds | other.denied_kinds,
            self.hidden_labels | other.hidden_labels,
        )

    def words(self) -> list[str]:
        """Say in plain words what they come to, the widest first."""
        found = ["view only" if self.is_view_only else "view and change"]
        if self.denied_kinds >= MESSAGES:
            found.append("no messages")
        others = self.denied_kinds - MESSAGES if self.denied_kinds >= MESSAGES else self.denied_kinds
        found += [f"no {scopes.words_of(kind)}" for kind in sorted(others)]
        return [*found, "confidential parts hidden"] if self.hidden_labels & CONFIDENTIAL else found


FULL = Rights()


def narrowed(granted: tuple[str, ...], rights: Rights, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Keep of the scopes what the rights cover, in order.

    The settings of an account are its owner's, and never a matter of acting for somebody. `kinds` are the
    types of the portal: they stand in for `*` where types are taken out of it.
    """
    kept = tuple(scope for scope in granted if scope != scopes.ACCOUNT)
    if rights.is_view_only:
        kept = scopes.without(kept, "cud")
    if rights.denied_kinds:
        spelled = (one for scope in kept for one in _spelled(scope, rights.denied_kinds, kinds))
        kept = tuple(dict.fromkeys(spelled))
    return kept


def _spelled(scope: str, denied: frozenset[str], kinds: tuple[str, ...]) -> tuple[str, ...]:
    found = scopes.letters(scope)
    if found is None:
        return (scope,)
    kind, _ = found
    if kind != "*":
        return () if kind in denied else (scope,)
    return tuple(scope.replace("/*.", f"/{other}.", 1) for other in kinds if other not in denied)
