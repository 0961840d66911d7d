"""SHEETS: for each FHIR type with a view of its own, which of its elements are told, in which order and by which label.

Elements of the resource that a sheet does not name are told after it by the general rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Line:
    """One labelled line. Of its `paths` (element names joined by dots) the first that leads to words is told."""

    label: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Something that may be there several times, under a title: each begins with the first of its lines.

    The paths of `nested` lead on from each to others of the same make below it.
    """

    title: str
    path: str
    lines: tuple[Line, ...]
    nested: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """The order in which a type is told: its lines, then its parts."""

    lines: tuple[Line, ...]
    parts: tuple[Part, ...] = ()

    @cached_property
    def covered(self) -> frozenset[str]:
        """The elements of the resource that it tells, or that say nothing beside what it tells."""
        paths = [path for line in self.lines for path in line.paths] + [part.path for part in self.parts]
        return frozenset(path.partition(".")[0] for path in paths) | _NOT_TOLD


_NOT_TOLD = frozenset({"subject", "patient", "intent", "presentedForm"})


def _line(label: str, *paths: str) -> Line:
    return Line(label, paths)


def _part(title: str, path: str, *lines: Line, nested: tuple[str, ...] = ()) -> Part:
    return Part(title, path, lines, nested)


_STATUS = _line("Status", "status")
_NOTE = _line("Note", "note")
_REASON = _line("Reason", "reasonCode", "reasonReference")
_VISIT = _line("Visit", "encounter", "context")
_LOCATION = _line("Where", "location")
_MEDICINE = _line("Medicine", "medicationCodeableConcept", "medicationReference")
_CATEGORY = _line("Category", "category")
_RECORDED = _line("Recorded", "recordedDate", "recorded", "dateRecorded", "assertedDate")

SHEETS: dict[str, Sheet] = {
    "MedicationRequest": Sheet(
        (
            _MEDICINE,
            _STATUS,
            _line("Why this status", "statusReason"),
            _line("How to take it", "dosageInstruction"),
            _line("Reason", "reasonCode", "reasonReference"),
            _line("Prescriber", "requester"),
            _line("Prescribed", "authoredOn"),
            _line("Repeats", "dispenseRequest.numberOfRepeatsAllowed"),
            _line("Each supply", "dispenseRequest.quantity"),
            _line("A supply lasts", "dispenseRequest.expectedSupplyDuration"),
            _line("Valid", "dispenseRequest.validityPeriod"),
            _line("Pharmacy", "dispenseRequest.performer"),
            _line("May be substituted", "substitution.allowedBoolean", "substitution.allowedCodeableConcept"),
            _line("Recorded by", "recorder"),
            _line("Reported", "reportedBoolean", "reportedReference"),
            _CATEGORY,
            _line("Takes the place of", "priorPrescription"),
            _VISIT,
            _NOTE,
        )
    ),
    "MedicationStatement": Sheet(
        (
            _MEDICINE,
            _STATUS,
            _line("How it is taken", "dosage"),
            _line("Taken", "effectivePeriod", "effectiveDateTime"),
            _REASON,
            _line("Said by", "informationSource"),
            _line("Said", "dateAsserted"),
            _line("Why this status", "statusReason"),
            _CATEGORY,
            _NOTE,
        )
    ),
    "MedicationDispense": Sheet(
        (
            _MEDICINE,
            _STATUS,
            _line("Handed over", "whenHandedOver"),
            _line("Prepared", "whenPrepared"),
            _line("Quantity", "quantity"),
            _line("Lasts", "daysSupply"),
            _line("How to take it", "dosageInstruction"),
            _line("Dispensed by", "performer.actor"),
            _line("Prescription", "authorizingPrescription"),
            _line("Kind of supply", "type"),
            _NOTE,
        )
    ),
    "MedicationAdministration": Sheet(
        (
            _MEDICINE,
            _STATUS,
            _line("Given", "effectiveDateTime", "effectivePeriod"),
            _line("Dose", "dosage.text", "dosage.dose"),
            _line("Route", "dosage.route"),
            _line("Rate", "dosage.rateQuantity", "dosage.rateRatio"),
            _line("Given by", "performer.actor"),
            _REASON,
            _line("Order", "request"),
            _NOTE,
        )
    ),
    "Medication": Sheet(
        (
            _line("Medicine", "code"),
            _STATUS,
            _line("Form", "form"),
            _line("Made by", "manufacturer"),
            _line("Lot", "batch.lotNumber"),
            _line("Use by", "batch.expirationDate"),
        ),
        (
            _part(
                "Ingredients",
                "ingredient",
                _line("Ingredient", "itemCodeableConcept", "itemReference"),
                _line("Strength", "strength"),
            ),
        ),
    ),
    "Condition": Sheet(
        (
            _line("Condition", "code"),
            _line("Status", "clinicalStatus"),
            _line("Certainty", "verificationStatus"),
            _line("Severity", "severity"),
            _line("Began", "onsetDateTime", "onsetAge", "onsetPeriod", "onsetRange", "onsetString"),
            _line(
                "Ended", "abatementDateTime", "abatementAge", "abatementPeriod", "abatementRange", "abatementString",
            ),
            _line("Where in the body", "bodySite"),
            _CATEGORY,
            _RECORDED,
            _line("Recorded by", "recorder"),
            _line("Stated by", "asserter"),
            _VISIT,
            _NOTE,
        ),
        (
            _part("Stages", "stage", _line("Stage", "summary", "type"), _line("Judged by", "assessment")),
            _part("Signs of it", "evidence", _line("Sign", "code", "detail")),
        ),
    ),
    "Immunization": Sheet(
        (
            _line("Vaccine", "vaccineCode"),
            _STATUS,
            _line("Why this status", "statusReason"),
            _line("Given", "occurrenceDateTime", "occurrenceString"),
            _line("Dose", "doseQuantity"),
            _line("Where in the body", "site"),
            _line("Route", "route"),
            _line("Lot", "lotNumber"),
            _line("Use by", "expirationDate"),
            _line("Made by", "manufacturer"),
            _line("Given by", "performer.actor"),
            _LOCATION,
            _line("From the giver's own record", "primarySource"),
            _line("Told by", "reportOrigin"),
            _REASON,
            _line("Recorded", "recorded"),
            _VISIT,
            _NOTE,
        ),
        (
            _part(
                "Series",
                "protocolApplied",
                _line("Dose number", "doseNumberPositiveInt", "doseNumberString"),
                _line("Doses in the series", "seriesDosesPositiveInt", "seriesDosesString"),
                _line("Series", "series"),
                _line("Against", "targetDisease"),
                _line("By", "authority"),
            ),
            _part(
                "Reactions",
                "reaction",
                _line("Reaction", "detail", "date"),
                _line("Date", "date"),
                _line("Reported by you", "reported"),
            ),
        ),
    ),
    "Encounter": Sheet(
        (
            _line("Visit", "type", "serviceType", "class"),
            _STATUS,
            _line("When", "period"),
            _line("Length", "length"),
            _line("Setting", "class"),
            _line("Service", "serviceType"),
            _REASON,
            _line("Where", "location.location"),
            _line("Practice", "serviceProvider"),
            _line("Priority", "priority"),
            _line("Came from", "hospitalization.admitSource", "hospitalization.origin"),
            _line("Went to", "hospitalization.dischargeDisposition", "hospitalization.destination"),
            _line("Part of", "partOf"),
            _line("Appointment", "appointment"),
            _line("Care episode", "episodeOfCare"),
        ),
        (
            _part(
                "Who was there",
                "participant",
                _line("Name", "individual", "type"),
                _line("As", "type"),
                _line("When", "period"),
            ),
            _part(
                "Diagnoses", "diagnosis", _line("Diagnosis", "condition", "use"), _line("As", "use"),
                _line("Rank", "rank"),
            ),
            _part("How it went", "statusHistory", _line("Status", "status"), _line("When", "period")),
        ),
    ),
    "AllergyIntolerance": Sheet(
        (
            _line("Allergy", "code"),
            _line("Status", "clinicalStatus"),
            _line("Certainty", "verificationStatus"),
            _line("Risk", "criticality"),
            _line("Kind", "type"),
            _line("Of", "category"),
            _line("Began", "onsetDateTime", "onsetAge", "onsetPeriod", "onsetRange", "onsetString"),
            _line("Last time", "lastOccurrence"),
            _RECORDED,
            _line("Recorded by", "recorder"),
            _line("Stated by", "asserter"),
            _VISIT,
            _NOTE,
        ),
        (
            _part(
                "Reactions",
                "reaction",
                _line("Reaction", "manifestation", "description"),
                _line("Severity", "severity"),
                _line("To", "substance"),
                _line("By way of", "exposureRoute"),
                _line("When", "onset"),
                _line("In words", "description"),
                _NOTE,
            ),
        ),
    ),
    "Procedure": Sheet(
        (
            _line("Procedure", "code"),
            _STATUS,
            _line("Why this status", "statusReason"),
            _line("Done", "performedDateTime", "performedPeriod", "performedString", "performedAge", "performedRange"),
            _REASON,
            _line("Where in the body", "bodySite"),
            _line("Outcome", "outcome"),
            _line("Complications", "complication", "complicationDetail"),
            _line("Afterwards", "followUp"),
            _LOCATION,
            _line("Report", "report"),
            _line("Used", "usedCode", "usedReference"),
            _CATEGORY,
            _line("Ordered as", "basedOn"),
            _line("Recorded by", "recorder"),
            _line("Stated by", "asserter"),
            _VISIT,
            _NOTE,
        ),
        (
            _part("Done by", "performer", _line("Name", "actor"), _line("As", "function"), _line("For", "onBehalfOf")),
            _part("Devices", "focalDevice", _line("Device", "manipulated"), _line("What was done", "action")),
        ),
    ),
    "CarePlan": Sheet(
        (
            _line("Plan", "title", "category"),
            _STATUS,
            _line("What it is about", "description"),
            _line("Period", "period"),
            _CATEGORY,
            _line("For", "addresses"),
            _line("Goals", "goal"),
            _line("Made by", "author"),
            _line("With", "contributor"),
            _line("Care team", "careTeam"),
            _line("Made", "created"),
            _VISIT,
            _NOTE,
        ),
        (
            _part(
                "What is to be done",
                "activity",
                _line("Activity", "detail.code", "detail.description", "reference", "outcomeCodeableConcept"),
                _line("Status", "detail.status"),
                _line("Kind", "detail.kind"),
                _line("In words", "detail.description"),
                _line("When", "detail.scheduledTiming", "detail.scheduledPeriod", "detail.scheduledString"),
                _line("Where", "detail.location"),
                _line("By", "detail.performer"),
                _line("What", "detail.productCodeableConcept", "detail.productReference"),
                _line("Each day", "detail.dailyAmount"),
                _line("How much", "detail.quantity"),
                _line("Because of", "detail.reasonCode", "detail.reasonReference"),
                _line("Goal", "detail.goal"),
                _line("Not to be done", "detail.doNotPerform"),
                _line("Outcome", "outcomeCodeableConcept", "outcomeReference"),
                _line("Progress", "progress"),
            ),
        ),
    ),
    "Goal": Sheet(
        (
            _line("Goal", "description"),
            _line("Status", "lifecycleStatus", "status"),
            _line("How far it is", "achievementStatus"),
            _line("Priority", "priority"),
            _line("From", "startDate", "startCodeableConcept"),
            _line("Since", "statusDate"),
            _line("Why this status", "statusReason"),
            _line("For", "addresses"),
            _line("Set by", "expressedBy"),
            _CATEGORY,
            _line("Outcome", "outcomeCode", "outcomeReference"),
            _NOTE,
        ),
        (
            _part(
                "Targets",
                "target",
                _line("Measure", "measure", "detailString"),
                _line(
                    "Aim", "detailQuantity", "detailRange", "detailCodeableConcept", "detailString", "detailBoolean",
                    "detailInteger", "detailRatio",
                ),
                _line("Until", "dueDate", "dueDuration"),
            ),
        ),
    ),
    "CareTeam": Sheet(
        (
            _line("Team", "name", "category"), _STATUS, _CATEGORY, _line("Period", "period"), _REASON,
            _line("Practice", "managingOrganization"), _line("Reach", "telecom"), _VISIT, _NOTE,
        ),
        (
            _part(
                "Members", "participant", _line("Name", "member", "role"), _line("Role", "role"),
                _line("For", "onBehalfOf"), _line("When", "period"),
            ),
        ),
    ),
    "Coverage": Sheet(
        (
            _line("Insurance", "payor"),
            _STATUS,
            _line("Kind", "type"),
            _line("Member", "beneficiary"),
            _line("Policy holder", "policyHolder"),
            _line("Subscriber", "subscriber"),
            _line("Subscriber number", "subscriberId"),
            _line("Dependent number", "dependent"),
            _line("You are the subscriber's", "relationship"),
            _line("Period", "period"),
            _line("Order", "order"),
            _line("Network", "network"),
            _line("Under another", "subrogation"),
        ),
        (
            _part("Plan", "class", _line("Name", "name", "value"), _line("What", "type"), _line("Value", "value")),
            _part(
                "What you pay", "costToBeneficiary", _line("For", "type"), _line("Amount", "valueMoney",
                "valueQuantity"),
            ),
        ),
    ),
    "Device": Sheet(
        (
            _line("Device", "deviceName.name", "type"),
            _line("Kind", "type"),
            _STATUS,
            _line("Why this status", "statusReason"),
            _line("Made by", "manufacturer"),
            _line("Model", "modelNumber"),
            _line("Part", "partNumber"),
            _line("Serial number", "serialNumber"),
            _line("Lot", "lotNumber"),
            _line("Made", "manufactureDate"),
            _line("Use by", "expirationDate"),
            _line("Identifier", "udiCarrier.deviceIdentifier"),
            _line("On its label", "udiCarrier.carrierHRF"),
            _line("Distinct identifier", "distinctIdentifier"),
            _line("Safety", "safety"),
            _line("Owner", "owner"),
            _LOCATION,
            _line("Reach", "contact"),
            _NOTE,
        )
    ),
    "FamilyMemberHistory": Sheet(
        (
            _line("Relative", "relationship"),
            _line("Name", "name"),
            _STATUS,
            _line("Sex", "sex"),
            _line("Born", "bornDate", "bornPeriod", "bornString"),
            _line("Age", "ageAge", "ageRange", "ageString"),
            _line("Died", "deceasedAge", "deceasedDate", "deceasedString", "deceasedRange", "deceasedBoolean"),
            _REASON,
            _line("Recorded", "date"),
            _line("Not known because", "dataAbsentReason"),
            _NOTE,
        ),
        (
            _part(
                "Conditions",
                "condition",
                _line("Condition", "code"),
                _line("Began", "onsetAge", "onsetRange", "onsetPeriod", "onsetString"),
                _line("Outcome", "outcome"),
                _line("Died of it", "contributedToDeath"),
                _NOTE,
            ),
        ),
    ),
    "DocumentReference": Sheet(
        (
            _line("Document", "type", "description", "category"),
            _line("Status", "docStatus", "status"),
            _line("Description", "description"),
            _CATEGORY,
            _line("Written", "date"),
            _line("Written by", "author"),
            _line("Signed by", "authenticator"),
            _line("Kept by", "custodian"),
            _line("About the time", "context.period"),
            _line("Visit", "context.encounter"),
            _line("Setting", "context.facilityType"),
            _line("Practice setting", "context.practiceSetting"),
            _line("Event", "context.event"),
            _line("Confidentiality", "securityLabel"),
        ),
        (
            _part(
                "Contents", "content", _line("Content", "attachment"), _line("Format", "format"),
                _line("Language", "attachment.language"),
            ),
            _part("In relation to", "relatesTo", _line("Document", "target"), _line("Relation", "code")),
        ),
    ),
    "DiagnosticReport": Sheet(
        (
            _line("Report", "code"),
            _STATUS,
            _CATEGORY,
            _line("Taken", "effectiveDateTime", "effectivePeriod"),
            _line("Released", "issued"),
            _line("By", "performer"),
            _line("Interpreted by", "resultsInterpreter"),
            _line("Conclusion", "conclusion"),
            _line("Coded conclusion", "conclusionCode"),
            _line("Samples", "specimen"),
            _line("Ordered as", "basedOn"),
            _line("Imaging", "imagingStudy"),
            _VISIT,
        ),
        (
            _part("Results", "result", _line("Result", "display", "reference")),
            _part("Pictures", "media", _line("Picture", "comment", "link"), _line("Shows", "link")),
        ),
    ),
    "QuestionnaireResponse": Sheet(
        (
            _line("Questionnaire", "_questionnaire.extension.valueString", "questionnaire"),
            _STATUS,
            _line("Answered", "authored"),
            _line("Answered by", "source", "author"),
            _line("Written by", "author"),
            _VISIT,
        ),
        (
            _part(
                "Questions",
                "item",
                _line("Question", "text", "linkId"),
                _line(
                    "Answer", "answer.valueCoding", "answer.valueString", "answer.valueBoolean", "answer.valueDecimal",
                    "answer.valueInteger", "answer.valueDate", "answer.valueDateTime", "answer.valueTime",
                    "answer.valueQuantity", "answer.valueReference", "answer.valueUri", "answer.valueAttachment",
                ),
                nested=("item", "answer.item"),
            ),
        ),
    ),
    "Questionnaire": Sheet(
        (
            _line("Questionnaire", "title", "name", "code"), _STATUS, _line("Description", "description"),
            _line("Why", "purpose"), _line("Date", "date"), _line("By", "publisher"), _line("For", "subjectType"),
        ),
        (
            _part(
                "Questions", "item", _line("Question", "text", "prefix", "linkId"), _line("Kind", "type"),
                _line("Must be answered", "required"), _line("Choices", "answerOption.valueCoding",
                "answerOption.valueString", "answerOption.valueInteger"),
                nested=("item",),
            ),
        ),
    ),
    "ServiceRequest": Sheet(
        (
            _line("Order", "code"),
            _STATUS,
            _line("When", "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming"),
            _line("Ordered", "authoredOn"),
            _line("Ordered by", "requester"),
            _line("To be done by", "performer"),
            _line("Kind of clinician", "performerType"),
            _REASON,
            _line("What to do", "patientInstruction"),
            _line("Details", "orderDetail"),
            _line("How much", "quantityQuantity", "quantityRange", "quantityRatio"),
            _line("Where in the body", "bodySite"),
            _line("Where", "locationCode", "locationReference"),
            _line("Priority", "priority"),
            _line("As needed", "asNeededBoolean", "asNeededCodeableConcept"),
            _CATEGORY,
            _line("Insurance", "insurance"),
            _VISIT,
            _NOTE,
        )
    ),
    "Communication": Sheet(
        (
            _line("About", "topic", "reasonCode", "category"),
            _STATUS,
            _line("Sent", "sent"),
            _line("Received", "received"),
            _line("From", "sender"),
            _line("To", "recipient"),
            _line("Message", "payload.contentString", "payload.contentAttachment", "payload.contentReference"),
            _CATEGORY,
            _REASON,
            _line("Priority", "priority"),
            _line("Answer to", "inResponseTo"),
            _line("Part of", "partOf"),
            _line("About the record", "about"),
            _NOTE,
        )
    ),
    "Appointment": Sheet(
        (
            _line("Appointment", "serviceType", "description", "appointmentType"),
            _STATUS,
            _line("When", "start"),
            _line("Until", "end"),
            _line("Minutes", "minutesDuration"),
            _line("What it is about", "description"),
            _REASON,
            _line("Kind", "appointmentType"),
            _line("What to do before", "patientInstruction"),
            _line("Comment", "comment"),
            _line("Cancelled because", "cancelationReason"),
            _line("Asked for", "requestedPeriod"),
            _line("Speciality", "specialty"),
            _line("Made", "created"),
        ),
        (
            _part(
                "Who takes part", "participant", _line("Name", "actor", "type"), _line("As", "type"),
                _line("Answer", "status"),
            ),
        ),
    ),
    "Patient": Sheet(
        (
            _line("Name", "name"),
            _line("Born", "birthDate"),
            _line("Gender", "gender"),
            _line("Died", "deceasedDateTime", "deceasedBoolean"),
            _line("Address", "address"),
            _line("Reach", "telecom"),
            _line("Language", "communication.language"),
            _line("Married", "maritalStatus"),
            _line("General practitioner", "generalPractitioner"),
            _line("Practice", "managingOrganization"),
        ),
        (
            _part(
                "Contacts", "contact", _line("Name", "name", "organization", "relationship"),
                _line("As", "relationship"), _line("Reach", "telecom"), _line("Address", "address"),
            ),
        ),
    ),
    "Practitioner": Sheet(
        (
            _line("Name", "name"), _line("Reach", "telecom"), _line("Address", "address"),
            _line("Gender", "gender"), _line("Born", "birthDate"), _line("Active", "active"),
        ),
        (
            _part(
                "Qualifications", "qualification", _line("Qualification", "code"), _line("From", "issuer"),
                _line("When", "period"),
            ),
        ),
    ),
    "Organization": Sheet(
        (
            _line("Name", "name"), _line("Also called", "alias"), _line("Kind", "type"), _line("Reach", "telecom"),
            _line("Address", "address"), _line("Part of", "partOf"), _line("Active", "active"),
        )
    ),
    "Location": Sheet(
        (
            _line("Name", "name"), _line("Description", "description"), _STATUS, _line("Kind", "type"),
            _line("Reach", "telecom"), _line("Address", "address"), _line("Practice", "managingOrganization"),
            _line("Part of", "partOf"),
        )
    ),
    "Specimen": Sheet(
        (
            _line("Sample", "type"), _STATUS, _line("Taken", "collection.collectedDateTime",
            "collection.collectedPeriod"), _line("Taken by", "collection.collector"),
            _line("Where in the body", "collection.bodySite"), _line("How", "collection.method"),
            _line("How much", "collection.quantity"), _line("Received", "receivedTime"),
            _line("Condition", "condition"), _NOTE,
        )
    ),
    "Provenance": Sheet(
        (
            _line("About", "target"), _line("What was done", "activity"), _line("Recorded", "recorded"),
            _line("When", "occurredDateTime", "occurredPeriod"), _LOCATION, _line("Reason", "reason"),
        ),
        (
            _part(
                "By", "agent", _line("Name", "who", "type"), _line("As", "type", "role"),
                _line("For", "onBehalfOf"),
            ),
        ),
    ),
    "ImagingStudy": Sheet(
        (
            _line("Study", "description", "procedureCode", "modality"), _STATUS, _line("Taken", "started"),
            _line("Kind", "modality"), _line("What was done", "procedureCode"), _REASON,
            _line("Ordered by", "referrer"), _line("Read by", "interpreter"), _LOCATION,
            _line("Series", "numberOfSeries"), _line("Pictures", "numberOfInstances"), _VISIT, _NOTE,
        ),
        (
            _part(
                "Series", "series", _line("Series", "description", "modality", "bodySite"),
                _line("Kind", "modality"), _line("Where in the body", "bodySite"), _line("Taken", "started"),
                _line("Pictures", "numberOfInstances"),
            ),
        ),
    ),
    "ExplanationOfBenefit": Sheet(
        (
            _line("Claim", "type"), _STATUS, _line("For the time", "billablePeriod"), _line("Made", "created"),
            _line("Insurer", "insurer"), _line("Provider", "provider"), _line("Outcome", "outcome"),
            _line("In words", "disposition"), _line("Paid", "payment.amount"), _line("Insurance", "insurance.coverage"),
            _line("Kind", "use"), _line("Facility", "facility"),
        ),
        (
            _part(
                "What was done", "item", _line("Service", "productOrService"),
                _line("When", "servicedDate", "servicedPeriod"), _line("Net", "net"), _line("Visit", "encounter"),
            ),
            _part("In all", "total", _line("Which", "category"), _line("Amount", "amount")),
        ),
    ),
    "Claim": Sheet(
        (
            _line("Claim", "type"), _STATUS, _line("For the time", "billablePeriod"), _line("Made", "created"),
            _line("Insurer", "insurer"), _line("Provider", "provider"), _line("In all", "total"),
            _line("Prescription", "prescription"), _line("Insurance", "insurance.coverage"), _line("Kind", "use"),
            _line("Priority", "priority"), _line("Facility", "facility"),
        ),
        (
            _part(
                "What was done", "item", _line("Service", "productOrService"),
                _line("When", "servicedDate", "servicedPeriod"), _line("Net", "net"), _line("Visit", "encounter"),
            ),
        ),
    ),
    "Consent": Sheet(
        (
            _line("Consent", "scope", "category"), _STATUS, _CATEGORY, _line("Given", "dateTime"),
            _line("By", "performer"), _line("To", "organization"), _line("Rule", "policyRule"),
            _line("Text", "sourceAttachment", "sourceReference"),
        ),
        (
            _part(
                "What it says", "provision", _line("Rule", "type", "period"), _line("When", "period"),
                _line("What", "action"), _line("Why", "purpose"), _line("Who", "actor.reference"),
                _line("Kind of record", "class", "code"),
            ),
        ),
    ),
    "Task": Sheet(
        (
            _line("Request", "description", "code"), _STATUS, _line("Why this status", "statusReason"),
            _line("Stage", "businessStatus"), _line("For", "focus"), _line("Asked by", "requester"),
            _line("With", "owner"), _line("Asked", "authoredOn"), _line("Last changed", "lastModified"),
            _line("Period", "executionPeriod"), _line("Priority", "priority"), _line("Reason", "reasonCode"),
            _line("Kind", "code"), _NOTE,
        )
    ),
    "Composition": Sheet(
        (
            _line("Document", "title", "type"), _STATUS, _line("Kind", "type"), _line("Date", "date"),
            _line("Written by", "author"), _line("Signed by", "attester.party"), _line("Kept by", "custodian"), _VISIT,
        ),
        (
            _part(
                "Sections", "section", _line("Section", "title", "code"), _line("About", "code"),
                _line("Entries", "entry"), _line("Empty because", "emptyReason"),
                nested=("section",),
            ),
        ),
    ),
}  # fmt: skip
"""The view of each type that has one of its own."""
