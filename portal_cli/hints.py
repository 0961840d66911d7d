"""HINTS: for each class of error, what to do next, in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from portal_cli.problems import OUTPUT
from store import errors, people_errors

Hint: TypeAlias = str | Callable[[Any], str]

_MOST_GUESSES = 3


def _not_found(error: errors.NotFound) -> str:
    if error.kind == "portal":
        known = f" The vault knows: {', '.join(error.close)}." if error.close else ""
        return f"A new portal is named by its address: `portal login https://…`.{known}"
    is_short = len(error.close) <= _MOST_GUESSES or error.kind not in _WHERE_LISTED or error.kind == "schema"
    if error.close and is_short:
        return f"Did you mean {' or '.join(f'`{name}`' for name in error.close)}?"
    return _WHERE_LISTED.get(error.kind, "`portal records` lists what there is, `portal sync` fetches what is new.")


def _ambiguous(error: errors.Ambiguous) -> str:
    return f"Name one of: {'; '.join(error.choices)}."


def _chart_unknown(error: people_errors.ChartUnknown) -> str:
    known = f" It may see: {'; '.join(error.close)}." if error.close else ""
    return f"A right may have ended, or was never given; the practice gives and renews it.{known}"


def _other_patient(error: people_errors.OtherPatient) -> str:
    return (
        f"`portal people switch '{error.patient}'` shows that chart from now on; for this once, type the name when "
        f"asked, or name it: `--patient '{error.patient}' --yes`."
    )


def _confirmation(error: errors.ConfirmationNeeded) -> str:
    first = "; `--dry-run` shows first what would go to a portal" if error.can_be_shown else ""
    return f"Add `--yes` to do it unasked{first}."


def _rejected(error: errors.Rejected) -> str:
    if error.request:
        return (
            f"What you wrote is kept: `portal outbox edit {error.request}` changes it and sends it again, "
            f"`portal outbox cancel {error.request}` gives it up."
        )
    return "Ask the practice, or send it on the portal's own page."


def _right_ended(error: people_errors.RightEnded) -> str:
    again = f"then `portal login {error.portal}`. What the vault holds can still be read."
    if error.ended:
        return f"Ask the practice to renew it, {again}"
    return f"`portal login {error.portal}` tells which; if it is the right, ask the practice to renew it, {again}"


def _not_granted(error: people_errors.NotGranted) -> str:
    return f"Ask the practice for a wider right, then `portal login {error.portal}`; or do it by telephone."


def _not_offered(error: errors.NotOffered) -> str:
    if "another device" in error.what:
        return "Leave `--device` out to sign in with the browser, or use `--no-browser` where there is none."
    if "sign-in with a password" in error.what:
        return "Leave `--username` out to sign in with the browser."
    if "sign-in" in error.what:
        return "Check the address: it has to be the portal's FHIR R4 base URL."
    if "articles" in error.what:
        return "Ask MedlinePlus: `--from medlineplus`."
    return "Ask for it on the portal's own page, or by telephone."


def _unreachable(error: errors.Unreachable) -> str:
    return f"Check the connection and the address {error.origin}; what the vault holds can still be read."


def _passphrase_unreadable(error: errors.PassphraseUnreadable) -> str:
    return f"Check what {error.source} says, or unset it to be asked."


def _sign_in_needed(error: errors.SignInNeeded) -> str:
    return f"`portal login {error.portal}`" if error.portal else "`portal login https://…`, the portal's FHIR base URL."


def _account_refused(error: errors.AccountRefused) -> str:
    if error.wait:
        return f"Wait {error.wait:.0f} seconds, then try again."
    left = "" if error.attempts_left is None else f" It may be tried {error.attempts_left} more times."
    if error.key == "username-taken":
        return "Verify again with another one: `portal verify --username NAME …`."
    if error.key in {"wrong-code", "expired-code"}:
        return f"Look at the last message that was sent, or have another one sent.{left}"
    return "Change what was sent, and try again."


def _locked(error: errors.VaultLocked) -> str:
    if error.is_new:
        return "Run it in a terminal, or set PORTAL_NEW_PASSPHRASE_FILE (for an export, PORTAL_EXPORT_PASSPHRASE_FILE)."
    return "Run it in a terminal, or set PORTAL_PASSPHRASE_FILE or PORTAL_PASSPHRASE_COMMAND."


def _damaged(error: errors.VaultDamaged) -> str:
    if "backup" in error.what:
        return _WHERE_LISTED["backup"]
    return f"`portal vault restore FILE` puts back a backup; `portal vault repair` may mend {error.path.parent}."


def _wrong_code(error: errors.WrongRecoveryCode) -> str:
    if error.group is None:
        return "Look for the code that was made last: a new one ends the one before."
    return "Compare it with the paper, group by group; letters may be small, and 0 and O, 1, I and L are the same."


def _storage_failed(error: errors.StorageFailed) -> str:
    if error.missing:
        return f"Free at least {error.missing:,} bytes on that disk, then run it again; what was stored is whole."
    if str(error.path) == OUTPUT:
        return "What was asked for may be done all the same: look, as in `portal outbox list`, before you ask again."
    return "Make room on the disk, or check who may write there."


def _wrong_state(error: errors.WrongState) -> str:
    if error.state == "the practice's own":
        return "Write to it with `portal messages send`, or call it."
    if error.what == "a conversation" and error.state != "closed":
        return "`portal sync` sends what waits, `portal messages draft send ID` a draft."
    if error.what != "a request":
        return "`portal sync` fetches where it stands now."
    return "`portal outbox show ID` tells what can be done with it."


def _conflicts(error: errors.ConflictsWaiting) -> str:
    if len(error.ids) == 1:
        return f"`portal conflicts show {error.ids[0]}` shows both sides."
    return "`portal conflicts list` names them, `portal conflicts show ID` shows both sides."


_WHERE_LISTED = {
    "directory": "`portal portals import URL-OR-FILE` brings one, such as https://open.epic.com/Endpoints/R4.",
    "portal in the directory": "`portal portals search NAME` gives the numbers.",
    "free time": "`portal appointments slots` lists free times and gives them numbers.",
    "backup": "Name the file that `portal vault backup` has written.",
    "clinician": "`portal appointments slots` and `portal records list practitioner` name those that are known.",
    "saved portal": "`portal portals list` names those of the configuration.",
    "current prescription": "`portal medications` lists what can be refilled.",
    "self-reported medicine": "`portal medications` lists them; what is prescribed is the practice's to change.",
    "pharmacy": "Name it in full, or by its id.",
    "appointment": "`portal appointments list --past` and `--requested` list them.",
    "insurance": "`portal insurance list --ended` lists them.",
    "allergy": "`portal allergies list --past` lists them.",
    "device": "`portal account devices` lists them.",
    "draft": "`portal messages draft` lists them.",
    "recipient": "`portal messages recipients` lists who can be written to.",
    "message": "`portal messages` lists them.",
    "refill request": "`portal refills` lists them.",
    "request": "`portal outbox list` lists them.",
    "conflict": "`portal conflicts list` lists them.",
    "result": "`portal labs` and `portal vitals` list them.",
    "setting": "`portal config list` names them.",
    "schema": "`portal help schemas` lists them.",
    "topic or command": "`portal help` lists the topics, `portal --help` the commands.",
    "reminder": "`portal reminders list` lists them.",
}

HINTS: dict[type[errors.PortalError], Hint] = {
    errors.PortalError: "",
    errors.ExtraMissing: lambda error: f"`pip install 'portal-terminal[{error.extra}]'`",
    errors.InvalidInput: "See `{command} --help`.",
    errors.PortTaken: "End that program, or add `--no-browser` and paste the address that the browser ends up at.",
    errors.RedirectElsewhere: "Add `--no-browser`, and paste the address that the browser ends up at.",
    errors.NotImportable: "What can be: FHIR JSON (bundles too), NDJSON and C-CDA documents, also packed with gzip.",
    errors.ConfigurationBroken: lambda error: f"Mend {error.path}, or remove it: then everything is as at first.",
    errors.NotFound: _not_found,
    errors.Ambiguous: _ambiguous,
    errors.AlreadyRequested: lambda error: f"See it with `portal refills show {error.request_id}`.",
    people_errors.ChartUnknown: _chart_unknown,
    people_errors.ChartNeeded: "Say whom with `--for NAME` or `--for ID`.",
    people_errors.OtherPatient: _other_patient,
    people_errors.RightEnded: _right_ended,
    people_errors.NotGranted: _not_granted,
    errors.ConfirmationNeeded: _confirmation,
    errors.NoticeFailed: "It is tried again by the next `portal reminders run`.",
    errors.NoticeDoubtful: "It is not sent again; look whether it arrived.",
    errors.PartlyDone: "Mend what is named, or run it again; what is done is not done twice.",
    errors.WrongState: _wrong_state,
    errors.ConflictsWaiting: _conflicts,
    errors.DirectoryDamaged: "`portal portals import ADDRESS-OR-FILE` makes it anew; the vault is not touched.",
    errors.VaultError: "`portal status` shows the vault.",
    errors.NoVault: "`portal login https://…` makes one; `portal demo` shows everything without one.",
    errors.VaultErased: "`portal vault erase` removes them; `portal login https://…` makes a new vault.",
    errors.VaultExists: lambda error: f"It is in {error.path}. Run the command again to use it.",
    errors.VaultLocked: _locked,
    errors.SessionEnded: "`portal unlock` begins another one.",
    errors.PassphraseUnreadable: _passphrase_unreadable,
    errors.PassphraseWeak: "Several words that do not belong together make a good passphrase.",
    errors.WrongPassphrase: "Try again. If it is forgotten: `portal vault recovery use`, with the code you wrote down.",
    errors.WrongRecoveryCode: _wrong_code,
    errors.KeychainFailed: "The passphrase opens the vault as before; `portal vault slots` shows what else does.",
    errors.VaultDamaged: _damaged,
    errors.VaultNewer: "Install the newest version of portal.",
    errors.VaultBusy: "Wait until it has ended, then try again.",
    errors.VaultUnsafe: lambda error: f"`chmod go= {error.path}`, and see that it belongs to you.",
    errors.IdentityClash: "Nothing was changed. Keep the vault as it is, and report this.",
    errors.FileInTheWay: "Choose another name, or add `--force` to replace it.",
    errors.VaultUnsound: "`portal vault repair` saves what can be read; `portal vault restore FILE` a backup.",
    errors.AuditBroken: "Keep a copy of the vault as it is. `portal audit list` shows the lines around it.",
    errors.StorageFailed: _storage_failed,
    errors.EngineUnsafe: "`pip install --upgrade sqlcipher3`",
    errors.RemoteError: "Try again later.",
    errors.Unreachable: _unreachable,
    errors.BadAnswer: "Check that the address is the portal's FHIR R4 base URL; if it is, try again later.",
    errors.InsecureAddress: "Use the portal's https:// address; http:// is for portals on this computer.",
    errors.SignInNeeded: _sign_in_needed,
    errors.SignInRefused: "Begin again with `portal login`; if you typed a password, check it and the user name.",
    errors.NotOffered: _not_offered,
    errors.AccountRefused: _account_refused,
    errors.Rejected: _rejected,
}


def hint_for(error: errors.PortalError, command: str = "portal") -> str:
    """What to do next about an error of a command: its own hint, else that of its class or the nearest above it."""
    own = getattr(error, "hint", None)
    if isinstance(own, str):
        return own
    found = next(HINTS[kind] for kind in type(error).__mro__ if kind in HINTS)
    return found.format(command=command) if isinstance(found, str) else found(error)
