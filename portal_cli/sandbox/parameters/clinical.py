"""Search parameters of findings, history and care: what was seen, decided and done (FHIR R4 §3.1.1.4)."""

from __future__ import annotations

CLINICAL = {
    "AdverseEvent": """category token category; date date date; event token event;
        patient patient subject; subject reference subject; actuality token actuality;
        seriousness token seriousness; severity token severity; location reference location;
        recorder reference recorder""",
    "AllergyIntolerance": """asserter reference asserter; category token category;
        date date recordedDate; clinical-status token clinicalStatus; code token code|reaction.substance;
        criticality token criticality; last-date date lastOccurrence; onset date reaction.onset;
        manifestation token reaction.manifestation; patient patient patient; recorder reference recorder;
        severity token reaction.severity; type token type; verification-status token verificationStatus""",
    "BodyStructure": """location token location; morphology token morphology; patient patient patient""",
    "CarePlan": """activity-code token activity.detail.code; based-on reference basedOn;
        category token category; care-team reference careTeam; condition reference addresses;
        date date period; encounter reference encounter; goal reference goal; intent token intent;
        part-of reference partOf; patient patient subject; performer reference activity.detail.performer;
        replaces reference replaces; status token status; subject reference subject;
        activity-reference reference activity.reference""",
    "CareTeam": """category token category; date date period; encounter reference encounter;
        participant reference participant.member; patient patient subject; role token participant.role;
        status token status; subject reference subject""",
    "ClinicalImpression": """assessor reference assessor;
        date date date|effectiveDateTime|effectivePeriod; encounter reference encounter;
        investigation reference investigation.item; problem reference problem;
        finding-code token finding.itemCodeableConcept; patient patient subject; status token status;
        subject reference subject; previous reference previous""",
    "Composition": """author reference author; category token category; date date date;
        title string title; encounter reference encounter; attester reference attester.party;
        confidentiality token confidentiality; patient patient subject; section token section.code;
        status token status; subject reference subject; type token type; entry reference section.entry;
        period date event.period""",
    "Condition": """abatement-date date abatementDateTime|abatementPeriod; asserter reference asserter;
        body-site token bodySite; category token category; clinical-status token clinicalStatus;
        code token code; encounter reference encounter; evidence token evidence.code;
        onset-date date onsetDateTime|onsetPeriod; patient patient subject;
        recorded-date date recordedDate; severity token severity; stage token stage.summary;
        subject reference subject; verification-status token verificationStatus""",
    "DetectedIssue": """author reference author; code token code; patient patient patient;
        status token status; identified date identifiedDateTime|identifiedPeriod;
        implicated reference implicated""",
    "DiagnosticReport": """based-on reference basedOn; category token category; code token code;
        conclusion token conclusionCode; date date effectiveDateTime|effectivePeriod;
        encounter reference encounter; issued date issued; media reference media.link;
        patient patient subject; performer reference performer; result reference result;
        results-interpreter reference resultsInterpreter; specimen reference specimen;
        status token status; subject reference subject""",
    "DocumentManifest": """author reference author; created date created; description string description;
        item reference content; patient patient subject; recipient reference recipient;
        status token status; subject reference subject; type token type; source uri source""",
    "DocumentReference": """authenticator reference authenticator; author reference author;
        category token category; contenttype token content.attachment.contentType;
        custodian reference custodian; date date date; description string description;
        encounter reference context.encounter; event token context.event;
        facility token context.facilityType; format token content.format;
        language token content.attachment.language; location uri content.attachment.url;
        patient patient subject; period date context.period; related reference context.related;
        relatesto reference relatesTo.target; relation token relatesTo.code;
        security-label token securityLabel; setting token context.practiceSetting; status token status;
        subject reference subject; type token type""",
    "Encounter": """account reference account; appointment reference appointment;
        based-on reference basedOn; class token class; date date period;
        diagnosis reference diagnosis.condition; episode-of-care reference episodeOfCare;
        location reference location.location; part-of reference partOf;
        participant reference participant.individual; participant-type token participant.type;
        patient patient subject; reason-code token reasonCode;
        practitioner reference participant.individual; reason-reference reference reasonReference;
        service-provider reference serviceProvider; status token status; subject reference subject;
        type token type; location-period date location.period""",
    "EpisodeOfCare": """care-manager reference careManager; condition reference diagnosis.condition;
        date date period; organization reference managingOrganization; patient patient patient;
        status token status; type token type; incoming-referral reference referralRequest""",
    "FamilyMemberHistory": """code token condition.code; date date date; patient patient patient;
        relationship token relationship; sex token sex; status token status""",
    "Flag": """author reference author; date date period; encounter reference encounter;
        patient patient subject; subject reference subject""",
    "Goal": """achievement-status token achievementStatus; category token category;
        lifecycle-status token lifecycleStatus; patient patient subject; start-date date startDate;
        subject reference subject; target-date date target.dueDate""",
    "ImagingStudy": """basedon reference basedOn; bodysite token series.bodySite;
        encounter reference encounter; dicom-class token series.instance.sopClass;
        endpoint reference endpoint|series.endpoint; instance token series.instance.uid;
        interpreter reference interpreter; modality token series.modality; patient patient subject;
        performer reference series.performer.actor; reason token reasonCode; referrer reference referrer;
        series token series.uid; started date started; status token status; subject reference subject""",
    "Immunization": """date date occurrenceDateTime; location reference location;
        lot-number string lotNumber; manufacturer reference manufacturer; patient patient patient;
        performer reference performer.actor; reaction reference reaction.detail;
        reaction-date date reaction.date; reason-code token reasonCode;
        reason-reference reference reasonReference; series string protocolApplied.series;
        status token status; status-reason token statusReason;
        target-disease token protocolApplied.targetDisease; vaccine-code token vaccineCode""",
    "ImmunizationEvaluation": """date date date; dose-status token doseStatus; patient patient patient;
        immunization-event reference immunizationEvent; status token status;
        target-disease token targetDisease""",
    "ImmunizationRecommendation": """date date date;
        information reference recommendation.supportingPatientInformation; patient patient patient;
        status token recommendation.forecastStatus;
        support reference recommendation.supportingImmunization;
        target-disease token recommendation.targetDisease; vaccine-type token recommendation.vaccineCode""",
    "List": """code token code; date date date; empty-reason token emptyReason;
        encounter reference encounter; item reference entry.item; notes string note.text;
        patient patient subject; source reference source; status token status; subject reference subject;
        title string title""",
    "Media": """based-on reference basedOn; created date createdDateTime|createdPeriod;
        device reference device; encounter reference encounter; modality token modality;
        operator reference operator; patient patient subject; site token bodySite; status token status;
        subject reference subject; type token type; view token view""",
    "MolecularSequence": """patient patient patient; type token type""",
    "Observation": """based-on reference basedOn; category token category; code token code;
        combo-code token code|component.code; component-code token component.code;
        combo-value-concept token valueCodeableConcept|component.valueCodeableConcept;
        data-absent-reason token dataAbsentReason;
        date date effectiveDateTime|effectivePeriod|effectiveTiming|effectiveInstant;
        derived-from reference derivedFrom; device reference device; encounter reference encounter;
        focus reference focus; has-member reference hasMember; method token method;
        part-of reference partOf; patient patient subject; performer reference performer;
        specimen reference specimen; status token status; subject reference subject;
        value-concept token valueCodeableConcept; value-date date valueDateTime|valuePeriod;
        value-string string valueString""",
    "Procedure": """based-on reference basedOn; category token category; code token code;
        date date performedDateTime|performedPeriod; encounter reference encounter;
        location reference location; part-of reference partOf; patient patient subject;
        performer reference performer.actor; reason-code token reasonCode;
        reason-reference reference reasonReference; status token status; subject reference subject""",
    "QuestionnaireResponse": """author reference author; authored date authored;
        based-on reference basedOn; encounter reference encounter; part-of reference partOf;
        patient patient subject; questionnaire reference questionnaire; source reference source;
        status token status; subject reference subject""",
    "RiskAssessment": """condition reference condition; date date occurrenceDateTime|occurrencePeriod;
        encounter reference encounter; method token method; patient patient subject;
        performer reference performer; risk token prediction.qualitativeRisk; subject reference subject""",
    "Specimen": """accession token accessionIdentifier; bodysite token collection.bodySite;
        collected date collection.collectedDateTime|collection.collectedPeriod;
        collector reference collection.collector; container token container.type;
        parent reference parent; container-id token container.identifier; patient patient subject;
        status token status; subject reference subject; type token type""",
}
