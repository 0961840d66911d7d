"""VENDORS: who makes portals, how one registers an application with each, and what a patient's token may do there.

Facts, one row a vendor, each with its source; what a portal declares itself goes before all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Vendor:
    """One maker of portals.

    `words` are what its portals call their software, `hosts` ends of the addresses that they are at. The rest is in
    plain words, for people: where and how to `register` an application, which `redirect` address it accepts, what a
    patient's token may `read` and `write`, and for how long a sign-in `lasts`.
    """

    key: str
    name: str
    words: frozenset[str]
    hosts: tuple[str, ...]
    register_at: str
    register: str
    redirect: str
    read: str
    write: str
    lasts: str
    source: str


VENDORS = (
    Vendor(
        "epic", "Epic (MyChart)", frozenset({"epic", "mychart"}), ("epic.com",),
        "https://fhir.epic.com/Developer/Create",
        "a patient application that uses only the USCDI interfaces reaches every hospital by itself, in up to two "
        "days; the choice of interfaces cannot be changed afterwards",
        "one fixed address, exactly as registered; http://127.0.0.1 only for an application made for this computer",
        "results, medications, conditions, documents and the rest of USCDI",
        "nothing of messages, appointments or refills; patient-entered vital signs, allergies and notes at some",
        "for as long as you choose in MyChart, where the hospital lets the application make keys of its own",
        "https://fhir.epic.com/Documentation",
    ),
    Vendor(
        "oracle", "Oracle Health (Cerner)", frozenset({"cerner", "oracle", "millennium"}), ("cerner.com",),
        "https://code-console.cerner.com",
        "an application of type Patient, public, with offline access",
        "the registered address",
        "results, medications, conditions, documents, appointments and the rest of USCDI",
        "nothing: appointments, messages and refills are for the practice's own applications",
        "until it is ended, by refreshing",
        "https://docs.oracle.com/en/industries/health/millennium-platform-apis/",
    ),
    Vendor(
        "athena", "athenahealth", frozenset({"athena", "athenahealth", "athenanet"}), ("athenahealth.com",),
        "https://developer.athenahealth.com",
        "three-legged OAuth for patients with PKCE; production wants a certification",
        "the registered address",
        "results, medications, conditions, documents and the rest of USCDI",
        "answers to questionnaires only",
        "until it is ended, by refreshing",
        "https://docs.athenahealth.com/api/guides/certified-apis",
    ),
    Vendor(
        "healow", "eClinicalWorks (healow)", frozenset({"eclinicalworks", "healow", "ecw"}),
        ("healow.com", "eclinicalworks.com"),
        "https://connect4.healow.com/apps/jsp/dev/signIn.jsp",
        "a form, a questionnaire and an approval",
        "https only, and never this computer: paste the address that the browser ends up at (`--no-browser`)",
        "results, medications, conditions, documents and the rest of USCDI",
        "nothing, or answers to questionnaires",
        "about an hour; a public application cannot refresh",
        "https://connect4.healow.com/apps/jsp/dev/fhirClinicalDocumentation.jsp",
    ),
    Vendor(
        "medplum", "Medplum", frozenset({"medplum"}), ("medplum.com",),
        "https://app.medplum.com/admin/clients",
        "a client application in the practice's own project",
        "the registered address, to the letter",
        "every type that the practice's access policy allows",
        "whatever the practice's access policy allows, messages, appointments and refills included",
        "until it is ended, by refreshing",
        "https://www.medplum.com/docs/auth",
    ),
    Vendor(
        "hapi", "HAPI FHIR server", frozenset({"hapi"}), ("hapi.fhir.org",),
        "",
        "it has no sign-in of its own: ask whoever runs it",
        "whatever its sign-in service has registered",
        "every type that it is set up with",
        "every type that it is set up with",
        "whatever its sign-in service says",
        "https://hapifhir.io/hapi-fhir/docs/security/introduction.html",
    ),
    Vendor(
        "sandbox", "the practice portal of this program", frozenset({"practice portal"}), (),
        "",
        "nothing to register: it takes any client id",
        "any address on this computer",
        "every type",
        "refill requests, appointments and changes of records",
        "until it is ended, by refreshing",
        "portal sandbox --help",
    ),
)  # fmt: skip
UNKNOWN = Vendor(
    "", "not known", frozenset(), (),
    "",
    "ask the practice, or look for a developer page on the portal",
    "usually one fixed address, exactly as registered",
    "what `portal portals test` shows",
    "what `portal portals test` shows; at most real portals nothing",
    "what the portal says",
    "",
)  # fmt: skip


def recognise(address: str, said: str = "") -> Vendor:
    """The vendor of a portal, by its address and what it says of its own software; UNKNOWN when neither tells."""
    told = f" {' '.join(re.findall(r'[a-z]+', said.lower()))} "
    by_words = (vendor for vendor in VENDORS if any(f" {word} " in told for word in vendor.words))
    return next(by_words, None) or by_host(address)


def by_host(address: str) -> Vendor:
    """The vendor at an address; UNKNOWN where the address does not tell."""
    host = f".{(urlsplit(address).hostname or '').lower()}"
    return next((vendor for vendor in VENDORS if any(host.endswith(f".{end}") for end in vendor.hosts)), UNKNOWN)


def table() -> str:
    """What works where, as a table in Markdown."""
    head = ("portal", "register the application", "redirect address", "read", "write", "a sign-in lasts")
    rows = [
        f"| {vendor.name} | {_linked(vendor)} | {vendor.redirect} | {vendor.read} | {vendor.write} | {vendor.lasts} |"
        for vendor in VENDORS
    ]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])


def _linked(vendor: Vendor) -> str:
    if not vendor.register_at:
        return vendor.register
    return f"[{urlsplit(vendor.register_at).hostname}]({vendor.register_at}): {vendor.register}"
