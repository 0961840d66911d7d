"""The sheets of medicines, vaccines and devices."""

from __future__ import annotations

from store.records.sheets.shape import CATEGORY, LOCATION, MEDICINE, NOTE, REASON, STATUS, VISIT, Sheet, line, part

SHEETS: dict[str, Sheet] = {
    "MedicationRequest": Sheet(
        (
            MEDICINE,
            STATUS,
            line("Why this status", "statusReason"),
            line("How to take it", "dosageInstruction"),
            line("Reason", "reasonCode", "reasonReference"),
            line("Prescriber", "requester"),
            line("Prescribed", "authoredOn"),
            line("Repeats", "dispenseRequest.numberOfRepeatsAllowed"),
            line("Each supply", "dispenseRequest.quantity"),
            line("A supply lasts", "dispenseRequest.expectedSupplyDuration"),
            line("Valid", "dispenseRequest.validityPeriod"),
            line("Pharmacy", "dispenseRequest.performer"),
            line("May be substituted", "substitution.allowedBoolean", "substitution.allowedCodeableConcept"),
            line("Recorded by", "recorder"),
            line("Reported", "reportedBoolean", "reportedReference"),
            CATEGORY,
            line("Takes the place of", "priorPrescription"),
            VISIT,
            NOTE,
        )
    ),
    "MedicationStatement": Sheet(
        (
            MEDICINE,
            STATUS,
            line("How it is taken", "dosage"),
            line("Taken", "effectivePeriod", "effectiveDateTime"),
            REASON,
            line("Said by", "informationSource"),
            line("Said", "dateAsserted"),
            line("Why this status", "statusReason"),
            CATEGORY,
            NOTE,
        )
    ),
    "MedicationDispense": Sheet(
        (
            MEDICINE,
            STATUS,
            line("Handed over", "whenHandedOver"),
            line("Prepared", "whenPrepared"),
            line("Quantity", "quantity"),
            line("Lasts", "daysSupply"),
            line("How to take it", "dosageInstruction"),
            line("Dispensed by", "performer.actor"),
            line("Prescription", "authorizingPrescription"),
            line("Kind of supply", "type"),
            NOTE,
        )
    ),
    "MedicationAdministration": Sheet(
        (
            MEDICINE,
            STATUS,
            line("Given", "effectiveDateTime", "effectivePeriod"),
            line("Dose", "dosage.text", "dosage.dose"),
            line("Route", "dosage.route"),
            line("Rate", "dosage.rateQuantity", "dosage.rateRatio"),
            line("Given by", "performer.actor"),
            REASON,
            line("Order", "request"),
            NOTE,
        )
    ),
    "Medication": Sheet(
        (
            line("Medicine", "code"),
            STATUS,
            line("Form", "form"),
            line("Made by", "manufacturer"),
            line("Lot", "batch.lotNumber"),
            line("Use by", "batch.expirationDate"),
        ),
        (
            part(
                "Ingredients",
                "ingredient",
                line("Ingredient", "itemCodeableConcept", "itemReference"),
                line("Strength", "strength"),
            ),
        ),
    ),
    "Immunization": Sheet(
        (
            line("Vaccine", "vaccineCode"),
            STATUS,
            line("Why this status", "statusReason"),
            line("Given", "occurrenceDateTime", "occurrenceString"),
            line("Dose", "doseQuantity"),
            line("Where in the body", "site"),
            line("Route", "route"),
            line("Lot", "lotNumber"),
            line("Use by", "expirationDate"),
            line("Made by", "manufacturer"),
            line("Given by", "performer.actor"),
            LOCATION,
            line("From the giver's own record", "primarySource"),
            line("Told by", "reportOrigin"),
            REASON,
            line("Recorded", "recorded"),
            VISIT,
            NOTE,
        ),
        (
            part(
                "Series",
                "protocolApplied",
                line("Dose number", "doseNumberPositiveInt", "doseNumberString"),
                line("Doses in the series", "seriesDosesPositiveInt", "seriesDosesString"),
                line("Series", "series"),
                line("Against", "targetDisease"),
                line("By", "authority"),
            ),
            part(
                "Reactions",
                "reaction",
                line("Reaction", "detail", "date"),
                line("Date", "date"),
                line("Reported by you", "reported"),
            ),
        ),
    ),
    "Device": Sheet(
        (
            line("Device", "deviceName.name", "type"),
            line("Kind", "type"),
            STATUS,
            line("Why this status", "statusReason"),
            line("Made by", "manufacturer"),
            line("Model", "modelNumber"),
            line("Part", "partNumber"),
            line("Serial number", "serialNumber"),
            line("Lot", "lotNumber"),
            line("Made", "manufactureDate"),
            line("Use by", "expirationDate"),
            line("Identifier", "udiCarrier.deviceIdentifier"),
            line("On its label", "udiCarrier.carrierHRF"),
            line("Distinct identifier", "distinctIdentifier"),
            line("Safety", "safety"),
            line("Owner", "owner"),
            LOCATION,
            line("How to reach", "contact"),
            NOTE,
        )
    ),
}  # fmt: skip
"""The view of each type."""
