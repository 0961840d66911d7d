"""The sheets of people, places, insurance, bills and the record itself."""

from __future__ import annotations

from store.records.sheets.shape import CATEGORY, LOCATION, STATUS, Sheet, line, part

SHEETS: dict[str, Sheet] = {
    "Patient": Sheet(
        (
            line("Name", "name"),
            line("Born", "birthDate"),
            line("Gender", "gender"),
            line("Died", "deceasedDateTime", "deceasedBoolean"),
            line("Address", "address"),
            line("How to reach", "telecom"),
            line("Language", "communication.language"),
            line("Married", "maritalStatus"),
            line("General practitioner", "generalPractitioner"),
            line("Practice", "managingOrganization"),
        ),
        (
            part(
                "Contacts", "contact", line("Name", "name", "organization", "relationship"),
                line("As", "relationship"), line("How to reach", "telecom"), line("Address", "address"),
            ),
        ),
    ),
    "Practitioner": Sheet(
        (
            line("Name", "name"), line("How to reach", "telecom"), line("Address", "address"),
            line("Gender", "gender"), line("Born", "birthDate"), line("Active", "active"),
        ),
        (
            part(
                "Qualifications", "qualification", line("Qualification", "code"), line("From", "issuer"),
                line("When", "period"),
            ),
        ),
    ),
    "Organization": Sheet(
        (
            line("Name", "name"), line("Also called", "alias"), line("Kind", "type"), line("How to reach", "telecom"),
            line("Address", "address"), line("Part of", "partOf"), line("Active", "active"),
        )
    ),
    "Location": Sheet(
        (
            line("Name", "name"), line("Description", "description"), STATUS, line("Kind", "type"),
            line("How to reach", "telecom"), line("Address", "address"), line("Practice", "managingOrganization"),
            line("Part of", "partOf"),
        )
    ),
    "Coverage": Sheet(
        (
            line("Insurance", "payor"),
            STATUS,
            line("Kind", "type"),
            line("Member", "beneficiary"),
            line("Policy holder", "policyHolder"),
            line("Subscriber", "subscriber"),
            line("Subscriber number", "subscriberId"),
            line("Dependent number", "dependent"),
            line("Relation to the subscriber", "relationship"),
            line("Period", "period"),
            line("Rank among insurances", "order"),
            line("Network", "network"),
            line("Under another", "subrogation"),
        ),
        (
            part("Plan", "class", line("Name", "name", "value"), line("What", "type"), line("Value", "value")),
            part(
                "What you pay", "costToBeneficiary", line("For", "type"), line("Amount", "valueMoney",
                "valueQuantity"),
            ),
        ),
    ),
    "ExplanationOfBenefit": Sheet(
        (
            line("Kind of care", "type"), STATUS, line("For the time", "billablePeriod"), line("Made", "created"),
            line("Insurer", "insurer"), line("Provider", "provider"), line("Outcome", "outcome"),
            line("In words", "disposition"), line("Paid", "payment.amount"), line("Insurance", "insurance.coverage"),
            line("Purpose", "use"), line("Facility", "facility"),
        ),
        (
            part(
                "What was done", "item", line("Service", "productOrService"),
                line("When", "servicedDate", "servicedPeriod"), line("Net", "net"), line("Visit", "encounter"),
            ),
            part("In all", "total", line("Which", "category"), line("Amount", "amount")),
        ),
    ),
    "Claim": Sheet(
        (
            line("Kind of care", "type"), STATUS, line("For the time", "billablePeriod"), line("Made", "created"),
            line("Insurer", "insurer"), line("Provider", "provider"), line("In all", "total"),
            line("Prescription", "prescription"), line("Insurance", "insurance.coverage"), line("Purpose", "use"),
            line("Priority", "priority"), line("Facility", "facility"),
        ),
        (
            part(
                "What was done", "item", line("Service", "productOrService"),
                line("When", "servicedDate", "servicedPeriod"), line("Net", "net"), line("Visit", "encounter"),
            ),
        ),
    ),
    "Consent": Sheet(
        (
            line("Consent", "scope", "category"), STATUS, CATEGORY, line("Given", "dateTime"),
            line("By", "performer"), line("To", "organization"), line("Rule", "policyRule"),
            line("Text", "sourceAttachment", "sourceReference"),
        ),
        (
            part(
                "What it says", "provision", line("Rule", "type", "period"), line("When", "period"),
                line("What", "action"), line("Why", "purpose"), line("Who", "actor.reference"),
                line("Kind of record", "class", "code"),
            ),
        ),
    ),
    "Provenance": Sheet(
        (
            line("About", "target"), line("What was done", "activity"), line("Recorded", "recorded"),
            line("When", "occurredDateTime", "occurredPeriod"), LOCATION, line("Reason", "reason"),
        ),
        (
            part(
                "By", "agent", line("Name", "who", "type"), line("As", "type", "role"),
                line("For", "onBehalfOf"),
            ),
        ),
    ),
}  # fmt: skip
"""The view of each type."""
