"""The sheets of visits, reports, documents, questions and messages."""

from __future__ import annotations

from store.records.sheets.shape import CATEGORY, LOCATION, NOTE, REASON, STATUS, VISIT, Sheet, line, part

SHEETS: dict[str, Sheet] = {
    "Encounter": Sheet(
        (
            line("Visit", "type", "serviceType", "class"),
            STATUS,
            line("When", "period"),
            line("Length", "length"),
            line("Setting", "class"),
            line("Service", "serviceType"),
            REASON,
            line("Where", "location.location"),
            line("Practice", "serviceProvider"),
            line("Priority", "priority"),
            line("Came from", "hospitalization.admitSource", "hospitalization.origin"),
            line("Went to", "hospitalization.dischargeDisposition", "hospitalization.destination"),
            line("Part of", "partOf"),
            line("Appointment", "appointment"),
            line("Care episode", "episodeOfCare"),
        ),
        (
            part(
                "Who was there",
                "participant",
                line("Name", "individual", "type"),
                line("As", "type"),
                line("When", "period"),
            ),
            part(
                "Diagnoses", "diagnosis", line("Diagnosis", "condition", "use"), line("As", "use"),
                line("Rank", "rank"),
            ),
            part("How it went", "statusHistory", line("Status", "status"), line("When", "period")),
        ),
    ),
    "Appointment": Sheet(
        (
            line("Appointment", "serviceType", "description", "appointmentType"),
            STATUS,
            line("When", "start"),
            line("Until", "end"),
            line("Minutes", "minutesDuration"),
            line("What it is about", "description"),
            REASON,
            line("Kind", "appointmentType"),
            line("What to do before", "patientInstruction"),
            line("Comment", "comment"),
            line("Cancelled because", "cancelationReason"),
            line("Asked for", "requestedPeriod"),
            line("Speciality", "specialty"),
            line("Made", "created"),
        ),
        (
            part(
                "Who takes part", "participant", line("Name", "actor", "type"), line("As", "type"),
                line("Answer", "status"),
            ),
        ),
    ),
    "DiagnosticReport": Sheet(
        (
            line("Report", "code"),
            STATUS,
            CATEGORY,
            line("Taken", "effectiveDateTime", "effectivePeriod"),
            line("Released", "issued"),
            line("By", "performer"),
            line("Interpreted by", "resultsInterpreter"),
            line("Conclusion", "conclusion"),
            line("Coded conclusion", "conclusionCode"),
            line("Samples", "specimen"),
            line("Ordered as", "basedOn"),
            line("Imaging", "imagingStudy"),
            VISIT,
        ),
        (
            part("Results", "result", line("Result", "display", "reference")),
            part("Pictures", "media", line("Picture", "comment", "link"), line("Shows", "link")),
        ),
    ),
    "DocumentReference": Sheet(
        (
            line("Document", "type", "description", "category"),
            line("Status", "docStatus", "status"),
            line("Description", "description"),
            CATEGORY,
            line("Written", "date"),
            line("Written by", "author"),
            line("Signed by", "authenticator"),
            line("Kept by", "custodian"),
            line("About the time", "context.period"),
            line("Visit", "context.encounter"),
            line("Setting", "context.facilityType"),
            line("Practice setting", "context.practiceSetting"),
            line("Event", "context.event"),
            line("Confidentiality", "securityLabel"),
        ),
        (
            part(
                "Contents", "content", line("Content", "attachment"), line("Format", "format"),
                line("Language", "attachment.language"),
            ),
            part("In relation to", "relatesTo", line("Document", "target"), line("Relation", "code")),
        ),
    ),
    "Composition": Sheet(
        (
            line("Document", "title", "type"), STATUS, line("Kind", "type"), line("Date", "date"),
            line("Written by", "author"), line("Signed by", "attester.party"), line("Kept by", "custodian"), VISIT,
        ),
        (
            part(
                "Sections", "section", line("Section", "title", "code"), line("About", "code"),
                line("Entries", "entry"), line("Empty because", "emptyReason"),
                nested=("section",),
            ),
        ),
    ),
    "ImagingStudy": Sheet(
        (
            line("Study", "description", "procedureCode", "modality"), STATUS, line("Taken", "started"),
            line("Kind", "modality"), line("What was done", "procedureCode"), REASON,
            line("Ordered by", "referrer"), line("Read by", "interpreter"), LOCATION,
            line("Series", "numberOfSeries"), line("Pictures", "numberOfInstances"), VISIT, NOTE,
        ),
        (
            part(
                "Series", "series", line("Series", "description", "modality", "bodySite"),
                line("Kind", "modality"), line("Where in the body", "bodySite"), line("Taken", "started"),
                line("Pictures", "numberOfInstances"),
            ),
        ),
    ),
    "Specimen": Sheet(
        (
            line("Sample", "type"), STATUS, line("Taken", "collection.collectedDateTime",
            "collection.collectedPeriod"), line("Taken by", "collection.collector"),
            line("Where in the body", "collection.bodySite"), line("How", "collection.method"),
            line("How much", "collection.quantity"), line("Received", "receivedTime"),
            line("Condition", "condition"), NOTE,
        )
    ),
    "Questionnaire": Sheet(
        (
            line("Questionnaire", "title", "name", "code"), STATUS, line("Description", "description"),
            line("Why", "purpose"), line("Date", "date"), line("By", "publisher"), line("For", "subjectType"),
        ),
        (
            part(
                "Questions", "item", line("Question", "text", "prefix", "linkId"), line("Kind", "type"),
                line("Must be answered", "required"), line("Choices", "answerOption.valueCoding",
                "answerOption.valueString", "answerOption.valueInteger"),
                nested=("item",),
            ),
        ),
    ),
    "QuestionnaireResponse": Sheet(
        (
            line("Questionnaire", "_questionnaire.extension.valueString", "questionnaire"),
            STATUS,
            line("Answered", "authored"),
            line("Answered by", "source", "author"),
            line("Written by", "author"),
            VISIT,
        ),
        (
            part(
                "Questions",
                "item",
                line("Question", "text", "linkId"),
                line(
                    "Answer", "answer.valueCoding", "answer.valueString", "answer.valueBoolean", "answer.valueDecimal",
                    "answer.valueInteger", "answer.valueDate", "answer.valueDateTime", "answer.valueTime",
                    "answer.valueQuantity", "answer.valueReference", "answer.valueUri", "answer.valueAttachment",
                ),
                nested=("item", "answer.item"),
            ),
        ),
    ),
    "Communication": Sheet(
        (
            line("About", "topic", "reasonCode", "category"),
            STATUS,
            line("Sent", "sent"),
            line("Received", "received"),
            line("From", "sender"),
            line("To", "recipient"),
            line("Message", "payload.contentString", "payload.contentAttachment", "payload.contentReference"),
            CATEGORY,
            REASON,
            line("Priority", "priority"),
            line("Answer to", "inResponseTo"),
            line("Part of", "partOf"),
            line("About the record", "about"),
            NOTE,
        )
    ),
    "Task": Sheet(
        (
            line("Request", "description", "code"), STATUS, line("Why this status", "statusReason"),
            line("Stage", "businessStatus"), line("For", "focus"), line("Asked by", "requester"),
            line("With", "owner"), line("Asked", "authoredOn"), line("Last changed", "lastModified"),
            line("Period", "executionPeriod"), line("Priority", "priority"), line("Reason", "reasonCode"),
            line("Kind", "code"), NOTE,
        )
    ),
}  # fmt: skip
"""The view of each type."""
