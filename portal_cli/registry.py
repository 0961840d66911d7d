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
    "people": Entry("portal_cli.commands.people", "See whose records you have, and switch between them."),
    "status": Entry("portal_cli.commands.status", "Show the state of things at a glance."),
    "sync": Entry("portal_cli.commands.sync", "Fetch what is new and send what waits."),
    "dashboard": Entry("portal_cli.commands.dashboard", "Open the full-screen dashboard."),
    "medications": Entry("portal_cli.commands.medications", "List medications, and report your own."),
    "labs": Entry("portal_cli.commands.labs", "List laboratory results, show one, follow one over time."),
    "vitals": Entry("portal_cli.commands.vitals", "List vital signs, show one, follow one over time."),
    "appointments": Entry("portal_cli.commands.appointments", "List, request, book, change and cancel appointments."),
    "profile": Entry("portal_cli.commands.profile", "See and change your own details."),
    "insurance": Entry("portal_cli.commands.insurance", "List, add and end insurance."),
    "allergies": Entry("portal_cli.commands.allergies", "List allergies, and tell of one."),
    "messages": Entry("portal_cli.commands.messages", "List, read, write and answer messages."),
    "records": Entry("portal_cli.commands.records", "List, show and search records of every kind."),
    "refill": Entry("portal_cli.commands.refill", "Ask for refills of medications."),
    "refills": Entry("portal_cli.commands.refills", "List, show and cancel refill requests; see what runs out."),
    "summary": Entry("portal_cli.commands.summary", "Show your health summary on one page."),
    "learn": Entry("portal_cli.commands.learn", "Read about a condition, a medicine or a test."),
    "reminders": Entry("portal_cli.commands.reminders", "Be reminded of appointments, refills, messages and results."),
    "outbox": Entry("portal_cli.commands.outbox", "See, send again, change or give up what you asked for."),
    "conflicts": Entry("portal_cli.commands.conflicts", "Decide where you and the portal changed the same thing."),
    "import": Entry("portal_cli.commands.import_", "Bring FHIR and C-CDA files into the vault."),
    "export": Entry("portal_cli.commands.export", "Take records out of the vault."),
    "unlock": Entry("portal_cli.commands.unlock", "Keep the vault open for a while."),
    "lock": Entry("portal_cli.commands.lock", "End every session, and lock open dashboards."),
    "vault": Entry("portal_cli.commands.vault", "Keys, backups and checks of the vault."),
    "audit": Entry("portal_cli.commands.audit", "See who did what with your records, and when."),
    "doctor": Entry("portal_cli.commands.doctor", "Look over this installation, and say what to do."),
    "config": Entry("portal_cli.commands.config", "See and change settings."),
    "help": Entry("portal_cli.commands.help", "Show the help of a command, or a topic."),
    "demo": Entry("portal_cli.commands.demo", "Try it all with made-up patients; nothing stays behind."),
    "sandbox": Entry("portal_cli.commands.sandbox", "Run a practice portal on this computer, or act as its staff."),
}
