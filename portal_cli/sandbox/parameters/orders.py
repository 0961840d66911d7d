"""Search parameters of orders, medicines, messages and appointments (FHIR R4 §3.1.1.4)."""

from __future__ import annotations

ORDERS = {
    "Appointment": """actor reference participant.actor; appointment-type token appointmentType;
        based-on reference basedOn; date date start; location reference participant.actor;
        part-status token participant.status; patient patient participant.actor;
        practitioner reference participant.actor; reason-code token reasonCode;
        reason-reference reference reasonReference; service-category token serviceCategory;
        service-type token serviceType; slot reference slot; specialty token specialty;
        status token status; supporting-info reference supportingInformation""",
    "AppointmentResponse": """actor reference actor; appointment reference appointment;
        location reference actor; part-status token participantStatus; patient patient actor;
        practitioner reference actor""",
    "Communication": """based-on reference basedOn; category token category;
        encounter reference encounter; instantiates-uri uri instantiatesUri; medium token medium;
        part-of reference partOf; patient patient subject; received date received;
        recipient reference recipient; sender reference sender; sent date sent; status token status;
        subject reference subject""",
    "CommunicationRequest": """authored date authoredOn; based-on reference basedOn;
        category token category; encounter reference encounter; group-identifier token groupIdentifier;
        medium token medium; occurrence date occurrenceDateTime|occurrencePeriod;
        patient patient subject; priority token priority; recipient reference recipient;
        replaces reference replaces; requester reference requester; sender reference sender;
        status token status; subject reference subject""",
    "DeviceRequest": """authored-on date authoredOn; based-on reference basedOn;
        code token codeCodeableConcept; device reference codeReference; encounter reference encounter;
        intent token intent; event-date date occurrenceDateTime|occurrencePeriod;
        insurance reference insurance; patient patient subject; performer reference performer;
        requester reference requester; status token status; subject reference subject""",
    "DeviceUseStatement": """device reference device; patient patient subject; subject reference subject""",
    "MedicationAdministration": """code token medicationCodeableConcept; context reference context;
        device reference device; effective-time date effectiveDateTime|effectivePeriod;
        medication reference medicationReference; patient patient subject;
        performer reference performer.actor; reason-given token reasonCode;
        reason-not-given token statusReason; request reference request; status token status;
        subject reference subject""",
    "MedicationDispense": """code token medicationCodeableConcept; context reference context;
        destination reference destination; medication reference medicationReference;
        patient patient subject; performer reference performer.actor;
        prescription reference authorizingPrescription; receiver reference receiver;
        responsibleparty reference substitution.responsibleParty; status token status;
        subject reference subject; type token type; whenhandedover date whenHandedOver;
        whenprepared date whenPrepared""",
    "MedicationRequest": """authoredon date authoredOn; category token category;
        encounter reference encounter; code token medicationCodeableConcept;
        date date dosageInstruction.timing.event; intended-dispenser reference dispenseRequest.performer;
        intended-performer reference performer; intended-performertype token performerType;
        intent token intent; medication reference medicationReference; patient patient subject;
        priority token priority; requester reference requester; status token status;
        subject reference subject""",
    "MedicationStatement": """category token category; code token medicationCodeableConcept;
        context reference context; effective date effectiveDateTime|effectivePeriod;
        medication reference medicationReference; part-of reference partOf; patient patient subject;
        source reference informationSource; status token status; subject reference subject""",
    "NutritionOrder": """additive token enteralFormula.additiveType; datetime date dateTime;
        encounter reference encounter; formula token enteralFormula.baseFormulaType;
        oraldiet token oralDiet.type; patient patient patient; provider reference orderer;
        status token status; supplement token supplement.type""",
    "RequestGroup": """author reference author; authored date authoredOn; code token code;
        intent token intent; encounter reference encounter; group-identifier token groupIdentifier;
        participant reference action.participant; patient patient subject; priority token priority;
        status token status; subject reference subject""",
    "Schedule": """active token active; actor reference actor; date date planningHorizon;
        patient patient actor; service-category token serviceCategory; service-type token serviceType;
        specialty token specialty""",
    "ServiceRequest": """authored date authoredOn; based-on reference basedOn; body-site token bodySite;
        category token category; code token code; encounter reference encounter; intent token intent;
        occurrence date occurrenceDateTime|occurrencePeriod|occurrenceTiming; patient patient subject;
        performer reference performer; performer-type token performerType; priority token priority;
        replaces reference replaces; requester reference requester; requisition token requisition;
        specimen reference specimen; status token status; subject reference subject""",
    "Slot": """appointment-type token appointmentType; schedule reference schedule;
        specialty token specialty; service-category token serviceCategory;
        service-type token serviceType; start date start; status token status""",
    "SupplyDelivery": """patient patient patient; receiver reference receiver; status token status;
        supplier reference supplier""",
    "SupplyRequest": """category token category; date date authoredOn; patient patient @owner;
        requester reference requester; status token status; subject reference deliverTo;
        supplier reference supplier""",
    "Task": """authored-on date authoredOn; based-on reference basedOn;
        business-status token businessStatus; code token code; encounter reference encounter;
        focus reference focus; group-identifier token groupIdentifier; intent token intent;
        modified date lastModified; owner reference owner; part-of reference partOf; patient patient for;
        performer token performerType; period date executionPeriod; priority token priority;
        requester reference requester; status token status; subject reference for""",
    "VisionPrescription": """datewritten date dateWritten; encounter reference encounter;
        patient patient patient; prescriber reference prescriber; status token status""",
}
