"""COMMANDS: every command of `portal`, the module it lives in and its line in the help, in the order of the help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One command: its module has an attribute `app`, a Typer; `help` is one sentence."""

    module: str
    help: str


COMMANDS: dict[str, Entry] = {
    "login": Entry("portal_cli.commands.login", "Sign in to a patient portal."),
    "logout": Entry("portal_cli.commands.logout", "Sign out of a portal."),
    "register": Entry("portal_cli.commands.register", "Sign up for an account at a portal."),
    "verify": Entry("portal_cli.commands.verify", "Prove your e-mail address and phone with codes."),
    "password": Entry("portal_cli.commands.password", "Get back in with a new password, or change it."),
    "username": Entry("portal_cli.commands.username", "Have a forgotten user name sent."),
    "account": Entry("portal_cli.commands.account", "See and change the settings of your account."),
    "portals": Entry("portal_cli.commands.portals", "Find, add, test and remove portals."),
    "status": Entry("portal_cli.commands.status", "Show the state of things at a glance."),
    "sync": Entry("portal_cli.commands.sync", "Fetch what is new and send what waits."),
    "dashboard": Entry("portal_cli.commands.dashboard", "Open the full-screen dashboard."),
    "labs": Entry("portal_cli.commands.labs", "List laboratory results."),
    "vitals": Entry("portal_cli.commands.vitals", "List vital signs."),
    "medications": Entry("portal_cli.commands.medications", "List medications."),
    "appointments": Entry("portal_cli.commands.appointments", "List, request, book, change and cancel appointments."),
    "messages": Entry("portal_cli.commands.messages", "List and read messages."),
    "records": Entry("portal_cli.commands.records", "List, show and search records of every kind."),
    "summary": Entry("portal_cli.commands.summary", "Show your health summary on one page."),
    "refill": Entry("portal_cli.commands.refill", "Ask for a refill of a medication."),
    "refills": Entry("portal_cli.commands.refills", "List and show refill requests."),
    "learn": Entry("portal_cli.commands.learn", "Read about a condition, a medicine or a test."),
    "reminders": Entry("portal_cli.commands.reminders", "Be reminded of appointments, refills, messages and results."),
    "outbox": Entry("portal_cli.commands.outbox", "See, send again, change or give up what you asked for."),
    "conflicts": Entry("portal_cli.commands.conflicts", "Decide where you and the portal changed the same thing."),
    "export": Entry("portal_cli.commands.export", "Take records out of the vault."),
    "unlock": Entry("portal_cli.commands.unlock", "Keep the vault open for a while."),
    "lock": Entry("portal_cli.commands.lock", "End every session, and lock open dashboards."),
    "vault": Entry("portal_cli.commands.vault", "Keys, backups and checks of the vault."),
    "audit": Entry("portal_cli.commands.audit", "See who did what with your records, and when."),
    "doctor": Entry("portal_cli.commands.doctor", "Look over this installation, and say what to do."),
    "config": Entry("portal_cli.commands.config", "See and change settings."),
    "help": Entry("portal_cli.commands.help", "Show the help of a command, or a topic."),
    "demo": Entry("portal_cli.commands.demo", "Try it all with made-up patients; nothing stays behind."),
    "sandbox": Entry("portal_cli.commands.sandbox", "Run a practice portal on this computer."),
}
