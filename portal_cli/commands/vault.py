"""`portal vault`: what opens the vault, its backups, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import cards, context, diagnostics, listings, output, prompts, views, wording
from portal_cli.commands.lock import lock
from portal_cli.commands.unlock import unlock
from portal_cli.options import FormatOption, JsonOption, YesOption, examples

if TYPE_CHECKING:
    pass

_TRIES = 3

app = typer.Typer(no_args_is_help=True, help="Keys, backups and checks of the vault.")
recovery = typer.Typer(no_args_is_help=True, help="A code on paper that opens the vault when the passphrase is lost.")
keychain = typer.Typer(no_args_is_help=True, help="Let the keychain of this system open the vault.")
app.add_typer(recovery, name="recovery")
app.add_typer(keychain, name="keychain")


@app.command(epilog=examples("portal vault init"))
def init() -> None:
    """Make a new vault; `portal login` does so too when there is none."""
    with context.client() as client:
        client.slots.create()
        diagnostics.note(f"The vault is in {client.settings.vault_dir}.")
    diagnostics.note("Next: `portal vault recovery new`, in case you forget the passphrase, and `portal login`.")


app.command(epilog=examples("portal vault unlock --for 1h"))(unlock)
app.command(epilog=examples("portal vault lock"))(lock)


@app.command(epilog=examples("portal vault slots", "portal vault slots --json"))
def slots(format_: FormatOption = None, as_json: JsonOption = False) -> None:
    """List what opens the vault: passphrase, recovery code, keychain and sessions. The vault stays locked."""
    how = listings.how(format_, as_json=as_json, limit=None)
    with context.client(may_ask=False) as client:
        listings.rows(client.slots.list(), views.SLOTS, how)


@app.command(epilog=examples("portal vault passphrase"))
def passphrase() -> None:
    """Change the passphrase. The recovery code, the keychain and sessions open the vault as before.

    In a script the new one comes from the file that PORTAL_NEW_PASSPHRASE_FILE names.
    """
    with context.client() as client:
        client.slots.change_passphrase()
    diagnostics.note("The new passphrase opens the vault from now on; backups made before keep the old one.")


@recovery.command("new", epilog=examples("portal vault recovery new"))
def recovery_new() -> None:
    """Make a recovery code, to be written on paper; it counts once you have typed it back. It ends any earlier one."""
    from portal_cli.problems import NoTerminal
    from store.errors import InvalidInput, WrongRecoveryCode

    with context.client() as client:
        client.check_there()
        if not prompts.can_answer():
            raise NoTerminal("a recovery code is written down by a person", "Run it in a terminal.")
        drawn = client.slots.draw_code()
        diagnostics.note("Write this down on paper, and keep it where you keep your papers. It is shown only now.\n")
        diagnostics.note(f"    {drawn}\n")
        diagnostics.note("8 groups; there is no letter I, L, O or U in it.")
        for _ in range(_TRIES):
            try:
                client.slots.keep_code(drawn, prompts.visible("Type it from your paper: "))
            except WrongRecoveryCode as error:
                diagnostics.note(f"{_slip(error)} Look at the paper, and try again.")
                continue
            diagnostics.note("The recovery code opens the vault from now on: `portal vault recovery use`.")
            return
    raise InvalidInput("the recovery code was not typed back, and does not count")


def _slip(error: Exception) -> str:
    group = getattr(error, "group", None)
    return f"Group {group} is not right." if group else "That is not the code."


@recovery.command("use", epilog=examples("portal vault recovery use"))
def recovery_use(
    *, code_stdin: Annotated[bool, typer.Option("--code-stdin", help="Read the code as one line of stdin.")] = False
) -> None:
    """Open the vault with the recovery code and choose a new passphrase. The code goes on being good."""
    with context.client() as client:
        client.check_there()
        sentence = "the recovery code is missing on stdin"
        code = prompts.line(sentence) if code_stdin else prompts.visible("Recovery code: ")
        client.slots.use_code(code)
    diagnostics.note("The new passphrase opens the vault from now on.")


@keychain.command("on", epilog=examples("portal vault keychain on"))
def keychain_on() -> None:
    """Let the keychain of this system open the vault, so that you are not asked while you are logged in.

    Whatever runs as you can ask the keychain, too. The passphrase goes on being good.
    """
    with context.client() as client:
        name = client.slots.remember_in_keychain()
    diagnostics.note(f"The keychain {name} opens the vault from now on. `portal vault keychain off` ends that.")


@keychain.command("off", epilog=examples("portal vault keychain off"))
def keychain_off() -> None:
    """Let the keychain open the vault no more."""
    with context.client() as client:
        was_on = client.slots.forget_in_keychain()
    diagnostics.note("The keychain does not open the vault any more." if was_on else "The keychain did not open it.")


@app.command(epilog=examples("portal vault rotate"))
def rotate(yes: YesOption = False) -> None:
    """Give the vault a new key: for when somebody may have had the old one. Every session ends.

    The recovery code opens the new key only if you type it here.
    """
    with context.client() as client:
        done = client.slots.rotate(None if yes else _code_to_keep)
    diagnostics.note("The vault has a new key; the passphrase is the same.")
    if done.recovery is False:
        diagnostics.note("The recovery code has ended. Make a new one: `portal vault recovery new`")
    if done.keychain is False:
        diagnostics.note("The keychain does not open it any more. Turn it on again: `portal vault keychain on`")


def _code_to_keep() -> str:
    from store.errors import ConfirmationNeeded

    if not prompts.can_answer():
        raise ConfirmationNeeded("ending the recovery code")
    return prompts.visible("Recovery code, to keep it (Enter alone ends it): ")


@app.command(epilog=examples("portal vault backup portal.backup", "portal vault backup usb/portal.backup --force"))
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    with_tokens: Annotated[
        bool, typer.Option("--with-tokens", help="Put the sign-ins to your portals into it, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write an encrypted backup, and read it back; the vault may be in use meanwhile.

    The passphrase and the recovery code of today open it.
    """
    with context.client() as client:
        size = client.backups.write(file, with_tokens=with_tokens, replaces=force)
    if as_json:
        output.document({"file": file, "bytes": size})
    diagnostics.note(f"{file}: {size:,} bytes, written and read back. It opens with the passphrase of today.")


@app.command(epilog=examples("portal vault restore portal.backup"))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in the vault's place. A vault that is there is kept beside it, under another name."""
    with context.client() as client:
        if client.has_vault and not yes:
            question = f"Put {file} in the place of the vault in {client.settings.vault_dir}?"
            if not prompts.confirm(question, "restoring over the vault there is"):
                diagnostics.note("Nothing was done.")
                raise typer.Exit(diagnostics.ExitCode.FAILED)
        done = client.backups.restore(file)
        diagnostics.note(f"The vault in {client.settings.vault_dir} is that of the backup.")
    if as_json:
        output.document(done)
    if done.kept is not None:
        diagnostics.note(f"The one before is kept in {done.kept}; remove it when you do not need it any more.")
    if done.unsent:
        diagnostics.note(f"{wording.counted(done.unsent, 'request')} may have been sent since: `portal sync` looks.")
    diagnostics.note("Next: `portal sync`; a portal may want you to sign in again.")


@app.command(epilog=examples("portal vault check", "portal vault check --json"))
def check(as_json: JsonOption = False) -> None:
    """Check every page, table, record and search word of the vault, and its audit trail."""
    from store.services.checks import raise_unsound

    with context.client() as client:
        found = client.checks.run()
    if as_json:
        output.document({"is_sound": all(part.is_sound for part in found), "checks": found})
    else:
        output.text(cards.checks(found))
    raise_unsound(found)


@app.command(epilog=examples("portal vault repair"))
def repair(yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Mend what can be mended. What lies on damaged pages is lost; the damaged vault is kept beside."""
    with context.client() as client:
        client.check_there()
        if not yes and not prompts.confirm("Repair the vault now?", "repairing the vault"):
            diagnostics.note("Nothing was done.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        done = client.checks.repair()
    if as_json:
        output.document(done)
    else:
        output.text(cards.repaired(done))


@app.command(epilog=examples("portal vault stats", "portal vault stats --json"))
def stats(as_json: JsonOption = False) -> None:
    """Show what the vault holds, and how much room it takes."""
    with context.client() as client:
        found = client.checks.statistics()
    if as_json:
        output.document(found)
    else:
        output.text(cards.statistics(found))


@app.command(epilog=examples("portal vault erase"))
def erase(yes: YesOption = False) -> None:
    """Destroy the keys of the vault, then remove it and all that restores have put aside. Nothing brings it back.

    Needs no passphrase. What your portals hold stays there.
    """
    with context.client(may_ask=False) as client:
        client.check_there()
        place = client.settings.vault_dir
        question = f"Erase the vault in {place}, with all records and requests that wait to be sent?"
        if not yes and not prompts.confirm(question, "erasing the vault"):
            diagnostics.note("Nothing was done.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        client.slots.erase()
    diagnostics.note("The vault is erased. Backups that you wrote elsewhere are not.")
