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


def groups(requested: tuple[str, ...], *, is_own: bool = True) -> list[Group]:
    """Sort the requested scopes into the groups a patient decides on, or who acts for one."""
    found = []
    see, change = (_told(scopes.subjects(requested, letters), is_own=is_own) for letters in ("rs", "cud"))
    if see:
        found.append(Group("see", "See", tuple(see)))
    if change:
        found.append(Group("change", "Add, change or remove", tuple(change)))
    if any(scope in scopes.OFFLINE for scope in requested):
        found.append(Group("offline", "Keep access until you take it back", ("also when you are not signed in here",)))
    if any(scope in scopes.IDENTITY for scope in requested):
        found.append(
            Group(
                "identity",
                "Know who you are",
                ("which patient signed in" if is_own else "that you act for this patient",),
            )
        )
    if scopes.ACCOUNT in requested:
        details = ("your username, e-mail address and phone", "password, two-step sign-in and devices")
        found.append(Group("account", "See and change your sign-in settings", details))
    return found


def _told(subjects: list[str], *, is_own: bool) -> list[str]:
    """Tell what is seen or changed: whose it is depends on who reads it."""
    if is_own:
        return subjects
    return [one.replace("your ", "their ", 1).replace("you say you take", "they are said to take") for one in subjects]


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
