"""What a sign-in is asked for, and what it needs around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from store.config import Settings
    from store.services.portals import Portals
    from store.services.sync import Sync
    from store.vault.vault import Vault


class Profile(StrEnum):
    """How much a portal is asked to allow: all that is of use, or no more than reading what is read."""

    FULL = "full"
    MINIMAL = "minimal"


@dataclass(frozen=True)
class SignInRequest:
    """Where to sign in and how: `portal` is a FHIR base URL or a saved name, None for the only saved one.

    What is None is taken from the saved portal, else from what the portal publishes. `name` saves it under a name.
    `scope` names the scopes to ask for, `profile` how many of those that are of use. `whom` says whose chart is meant,
    by name or id, where an account may see several; None is whoever the saved portal was for.
    """

    portal: str | None = None
    client_id: str | None = None
    redirect_uri: str | None = None
    scope: str | None = None
    name: str | None = None
    profile: Profile | None = None
    whom: str | None = None


class Door(Protocol):
    """What a sign-in needs of the client: its settings, its vault, and the services that stand on it."""

    @property
    def settings(self) -> Settings:
        """Where the vault is, and how patient to be with a portal."""

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault already."""

    @property
    def portals(self) -> Portals:
        """The saved portals."""

    @property
    def sync(self) -> Sync:
        """Fetching the patient's own record afterwards."""

    @property
    def vault(self) -> Vault:
        """The vault there is."""

    def open_or_create(self) -> Vault:
        """The vault, created when there is none."""
