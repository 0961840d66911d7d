"""Every error this package raises, as one tree.

PortalError
├── InvalidInput            what was typed cannot be understood
│   ├── PortTaken           another program listens where the browser is to come back
│   ├── RedirectElsewhere   the browser is to come back to another machine
│   ├── NotImportable       a file that cannot be imported
│   └── ConfigurationBroken  the configuration file cannot be understood
├── FileInTheWay            a file that would be written is there already
├── NotFound                nothing in the vault answers to that name
├── Ambiguous               several things answer to that name
├── AlreadyRequested        an open request for the same thing exists
├── ConfirmationNeeded      a write was asked for where nobody can be asked
├── NoticeFailed            a reminder could not be delivered, for certain
│   └── NoticeDoubtful      nobody knows whether it arrived
├── PartlyDone              some of the work failed, the rest is done
├── WrongState              a request stands where that cannot be done with it
├── ConflictsWaiting        changes wait for a decision
├── DirectoryDamaged        the directory of portals cannot be read any more
├── ExtraMissing            a part that is installed apart is not there
├── VaultError
│   ├── NoVault             there is no vault yet
│   │   └── VaultErased     it was erased, down to its last key
│   ├── VaultExists         there is one already
│   ├── VaultLocked         no passphrase was given
│   │   └── SessionEnded    the session that had it open has ended
│   ├── PassphraseUnreadable  the passphrase file or command failed
│   ├── PassphraseWeak      a new passphrase that could be guessed
│   ├── WrongPassphrase     the passphrase does not open the vault
│   │   └── WrongRecoveryCode  the recovery code does not
│   ├── KeychainFailed      the system's keychain refuses, or there is none
│   ├── VaultDamaged        the vault, or its header, is not what was written
│   ├── VaultNewer          it was written by a newer program
│   ├── VaultBusy           another process holds what is needed
│   ├── VaultUnsafe         others could read or replace its files
│   ├── VaultUnsound        a check of the vault found damage
│   ├── AuditBroken         the audit trail is not what was written
│   ├── StorageFailed       the disk is full or refuses to write
│   ├── IdentityClash       two different records have the same key
│   └── EngineUnsafe        the SQLCipher library is too old to be trusted
└── RemoteError
    ├── Unreachable         no connection, or no answer in time
    ├── BadAnswer           an answer that cannot be used
    ├── InsecureAddress     an address that would send health data in clear
    ├── SignInNeeded        the sign-in has ended
    ├── SignInRefused       the portal did not accept the sign-in
    ├── NotOffered          this portal does not offer what was asked for
    ├── AccountRefused      the portal refused what was asked of an account, with its reasons
    └── Rejected            the portal refused a request, with its reasons

Those about people one cares for, and the charts an account may see, are in `people_errors`.
`str()` of each is one sentence without a full stop; facts are attributes; what to do next is for a face to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class PortalError(Exception):
    """Base of every error that is raised on purpose."""


class InvalidInput(PortalError):
    """What was typed cannot be understood; the sentence says why."""


class PortTaken(InvalidInput):
    """Another program listens where the browser is to come back to. Attribute: `port`."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"port {port} on this machine is taken by another program, and the portal knows no other")


class RedirectElsewhere(InvalidInput):
    """The address that the browser is to come back to is not on this machine; the sentence says why not."""


class NotImportable(InvalidInput):
    """A file that cannot be imported. Attributes: `path`, `why`."""

    def __init__(self, path: Path, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path} cannot be imported: {why}")


class ConfigurationBroken(InvalidInput):
    """The configuration file cannot be understood. Attribute: `path`."""

    def __init__(self, path: Path, sentence: str) -> None:
        self.path = path
        super().__init__(sentence)


class FileInTheWay(PortalError):
    """A file that would be written is there already. Attribute: `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is there already")


class NotFound(PortalError):
    """Nothing in the vault answers to a name or id.

    Attributes: `kind` (what was looked for, a plain noun), `name` (as typed), `close` (names that are similar).
    """

    def __init__(self, kind: str, name: str, close: tuple[str, ...] = ()) -> None:
        self.kind, self.name, self.close = kind, name, close
        super().__init__(f"no {kind} matches `{name}`")


class Ambiguous(PortalError):
    """Several things answer to a name. Attributes: `kind`, `name`, `choices` (their titles)."""

    def __init__(self, kind: str, name: str, choices: tuple[str, ...]) -> None:
        self.kind, self.name, self.choices = kind, name, choices
        super().__init__(f"`{name}` matches {len(choices)} {kind}s")


class AlreadyRequested(PortalError):
    """An open request for the same thing exists. Attributes: `title`, `status`, `request_id`."""

    def __init__(self, title: str, status: str, request_id: str) -> None:
        self.title, self.status, self.request_id = title, status, request_id
        super().__init__(f"a request for {title} is already open ({status})")


class ConfirmationNeeded(PortalError):
    """A write was asked for where nobody can be asked. Attributes: `action`; `can_be_shown`, if a dry run shows it."""

    def __init__(self, action: str, *, can_be_shown: bool = False) -> None:
        self.action, self.can_be_shown = action, can_be_shown
        super().__init__(f"{action} needs a confirmation")


class NoticeFailed(PortalError):
    """A reminder could not be delivered; the sentence says why, and it has not arrived for certain."""


class NoticeDoubtful(NoticeFailed):
    """Nobody knows whether a reminder arrived; the sentence says why."""


class PartlyDone(PortalError):
    """Some of the work failed and the rest is done. Attribute: `failures`, one sentence each."""

    def __init__(self, done: str, failures: tuple[str, ...]) -> None:
        self.failures = failures
        super().__init__(f"{done}, but {len(failures)} of its parts failed")


class WrongState(PortalError):
    """A request, or what `what` names, stands where that cannot be done with it. Attributes: `state`, `action`."""

    def __init__(self, state: str, action: str, what: str = "a request") -> None:
        self.state, self.action, self.what = state, action, what
        super().__init__(f"{what} that is {state} cannot {action}")


class ConflictsWaiting(PortalError):
    """Changes of the patient's overlap with changes of the portal's. Attribute: `ids`, of the conflicts."""

    def __init__(self, ids: tuple[str, ...]) -> None:
        self.ids = ids
        waiting = "a change waits" if len(ids) == 1 else f"{len(ids)} changes wait"
        super().__init__(f"{waiting} for your decision: the portal has changed the same thing")


class DirectoryDamaged(PortalError):
    """The directory of portals, which is no part of the vault, cannot be read any more. Attribute: `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"the directory of portals, {path}, is damaged")


class ExtraMissing(PortalError):
    """A part of the program that is installed apart is not there. Attribute: `extra`, its name."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs the `{extra}` extra, which is not installed")


class VaultError(PortalError):
    """Base of what can go wrong with the vault."""


class NoVault(VaultError):
    """There is no vault at `path`."""

    def __init__(self, path: Path, sentence: str = "there is no vault yet") -> None:
        self.path = path
        super().__init__(sentence)


class VaultErased(NoVault):
    """The keys of the vault at `path` were destroyed; what is left of it can be read by nobody."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "the vault was erased, and its remains have not been removed yet")


class VaultExists(VaultError):
    """There is a vault at `path` already."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__("there is a vault already")


class VaultLocked(VaultError):
    """The vault needs a passphrase and none was given. Attribute: `is_new`, when it is a new one that is missing."""

    def __init__(self, sentence: str = "the vault is locked", *, is_new: bool = False) -> None:
        self.is_new = is_new
        super().__init__(sentence)


class SessionEnded(VaultLocked):
    """The session that had the vault open has ended, and no passphrase was given."""

    def __init__(self) -> None:
        super().__init__("the vault is locked: its session has ended")


class PassphraseUnreadable(VaultError):
    """The passphrase file or command failed. Attribute: `source`, the variable that names it."""

    def __init__(self, source: str, why: str) -> None:
        self.source = source
        super().__init__(f"the passphrase could not be read by way of {source}: {why}")


class PassphraseWeak(VaultError):
    """A new passphrase that could be guessed. Attribute: `advice`, one sentence each, without the passphrase in it."""

    def __init__(self, advice: tuple[str, ...]) -> None:
        self.advice = advice
        super().__init__("that passphrase could be guessed")


class WrongPassphrase(VaultError):
    """The passphrase does not open the vault."""

    def __init__(self, sentence: str = "the passphrase does not open this vault") -> None:
        super().__init__(sentence)


class WrongRecoveryCode(WrongPassphrase):
    """The recovery code does not open the vault.

    Attribute: `group`, the number (from 1) of the group in it that was mistyped; 0 when the code has another length
    or holds a sign that no code has; None when it is a code, and not that of this vault.
    """

    def __init__(self, group: int | None = None) -> None:
        self.group = group
        if group is None:
            super().__init__("the recovery code does not open this vault")
        elif group:
            super().__init__(f"the recovery code has a slip in group {group}")
        else:
            super().__init__("that is no recovery code: one has 8 groups of 5 letters and digits")


class KeychainFailed(VaultError):
    """The system's keychain refuses, or there is none. Attribute: `why`."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the keychain of this system cannot be used: {why}")


class VaultDamaged(VaultError):
    """The vault or its header is not what was written. Attributes: `path`, `what`."""

    def __init__(self, path: Path, what: str) -> None:
        self.path, self.what = path, what
        super().__init__(f"{path.name} is damaged or is not a vault: {what}")


class VaultNewer(VaultError):
    """The vault was written by a newer program. Attributes: `found` and `known`, format numbers."""

    def __init__(self, found: int, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(f"the vault has format {found} and this program knows formats up to {known}")


class VaultBusy(VaultError):
    """Another process holds what is needed. Attribute: `what`."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} is in use by another `portal`")


class VaultUnsafe(VaultError):
    """Other users could read or replace the vault's files. Attribute: `path`."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path} {why}")


class VaultUnsound(VaultError):
    """A check of the vault found damage. Attribute: `findings`, one sentence each."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        self.findings = findings
        super().__init__(f"the vault is damaged: {findings[0]}" if len(findings) == 1 else "the vault is damaged")


class AuditBroken(VaultError):
    """The audit trail is not what was written. Attribute: `findings`, one sentence each, with line numbers."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        self.findings = findings
        super().__init__(f"the audit trail is not what was written: {findings[0]}")


class StorageFailed(VaultError):
    """The disk is full or refuses to write.

    Attributes: `path`, `why`; `missing`, how many bytes have to be freed before it is worth another try, 0 when
    room is not what is missing.
    """

    def __init__(self, path: Path, why: str, missing: int = 0) -> None:
        self.path, self.why, self.missing = path, why, missing
        super().__init__(f"{path} could not be written: {why}")


class IdentityClash(VaultError):
    """Two different records have the same 64-bit key; storing either would lose the other. Attribute: `reference`."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"the record {reference} cannot be told from another one")


class EngineUnsafe(VaultError):
    """The SQLCipher library is too old to be trusted. Attribute: `version`, of SQLite."""

    def __init__(self, version: str, floor: str) -> None:
        self.version = version
        super().__init__(f"the SQLite inside sqlcipher3 is {version}, and versions before {floor} can corrupt a vault")


class RemoteError(PortalError):
    """Base of what can go wrong between here and a portal."""


class Unreachable(RemoteError):
    """No connection, or no answer in time.

    Attributes: `origin`; `sent`, False when it is certain that the portal saw nothing of the request.
    """

    def __init__(self, origin: str, why: str, *, sent: bool = True) -> None:
        self.origin, self.sent = origin, sent
        super().__init__(f"{origin} could not be reached: {why}")


class BadAnswer(RemoteError):
    """An answer that cannot be used.

    Attributes: `origin`, `status` (HTTP; 0 when there was none), `wait` (seconds until the portal wants to be asked
    again, None when it does not say).
    """

    def __init__(self, origin: str, why: str, status: int = 0, *, wait: float | None = None) -> None:
        self.origin, self.status, self.wait = origin, status, wait
        super().__init__(f"{origin} gave an answer that cannot be used: {why}")


class InsecureAddress(RemoteError):
    """An address that would send health data in clear, or is no web address. Attribute: `address`."""

    def __init__(self, address: str, why: str) -> None:
        self.address = address
        super().__init__(f"`{address}` is refused: {why}")


class SignInNeeded(RemoteError):
    """The sign-in has ended, or there was none. Attribute: `portal`, its saved name or an empty text."""

    def __init__(self, portal: str = "") -> None:
        self.portal = portal
        super().__init__(f"the sign-in at {portal} has ended" if portal else "you are not signed in to a portal")


class SignInRefused(RemoteError):
    """The portal did not accept the sign-in; the sentence carries its own words."""


class NotOffered(RemoteError):
    """This portal does not offer what was asked for. Attributes: `portal`, `what`."""

    def __init__(self, portal: str, what: str) -> None:
        self.portal, self.what = portal, what
        super().__init__(f"{portal} does not offer {what}")


class AccountRefused(RemoteError):
    """The portal refused what was asked of an account.

    Attributes: `key` (its word for why, such as `wrong-code` or `username-taken`), `findings` (one sentence for each
    field that it did not take), `attempts_left`, `wait` (seconds until it wants to be asked again); None if not told.
    """

    def __init__(
        self,
        key: str,
        sentence: str,
        findings: tuple[str, ...] = (),
        *,
        attempts_left: int | None = None,
        wait: float | None = None,
    ) -> None:
        self.key, self.findings, self.attempts_left, self.wait = key, findings, attempts_left, wait
        super().__init__(sentence[:1].lower() + sentence[1:])


class Rejected(RemoteError):
    """The portal refused a request.

    Attributes: `status` (HTTP; 0 when it refused in the record itself), `issues` (its reasons, made safe), `wait`
    (seconds until the portal wants to be asked again, None when it does not say), `request` (the id under which the
    outbox keeps what was refused, empty when it keeps nothing).
    """

    def __init__(
        self, portal: str, status: int, issues: tuple[str, ...] = (), *, wait: float | None = None, request: str = ""
    ) -> None:
        self.portal, self.status, self.issues, self.wait, self.request = portal, status, issues, wait, request
        reason = f": {'; '.join(issues)}" if issues else ""
        super().__init__(f"{portal} refused the request{f' (HTTP {status})' if status else ''}{reason}")
