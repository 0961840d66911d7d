"""What a patient may allow or refuse, group by group, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from portal_cli.sandbox import scopes


@dataclass(frozen=True)
class Group:
    """One tick box of the consent page."""

    name: str
    title: str
    details: tuple[str, ...]


def groups(requested: tuple[str, ...]) -> list[Group]:
    """Sort the requested scopes into the groups a patient decides on."""
    found = []
    see, change = scopes.subjects(requested, "rs"), scopes.subjects(requested, "cud")
    if see:
        found.append(Group("see", "See", tuple(see)))
    if change:
        found.append(Group("change", "Add, change or remove", tuple(change)))
    if any(scope in scopes.OFFLINE for scope in requested):
        found.append(Group("offline", "Keep access until you take it back", ("also when you are not signed in here",)))
    if any(scope in scopes.IDENTITY for scope in requested):
        found.append(Group("identity", "Know who you are", ("which patient signed in",)))
    if scopes.ACCOUNT in requested:
        details = ("your username, e-mail address and phone", "password, two-step sign-in and devices")
        found.append(Group("account", "See and change your sign-in settings", details))
    return found


def granted(requested: tuple[str, ...], ticked: set[str]) -> tuple[str, ...]:
    """Keep of the requested scopes what the ticked groups cover."""
    kept = requested
    if "see" not in ticked:
        kept = scopes.without(kept, "rs")
    if "change" not in ticked:
        kept = scopes.without(kept, "cud")
    dropped = {
        *(() if "offline" in ticked else scopes.OFFLINE),
        *(() if "identity" in ticked else scopes.IDENTITY),
        *(() if "account" in ticked else (scopes.ACCOUNT,)),
    }
    return tuple(scope for scope in kept if scope not in dropped)
