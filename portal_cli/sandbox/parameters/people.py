"""Search parameters of people, places, money and paper (FHIR R4 §3.1.1.4)."""

from __future__ import annotations

PEOPLE = {
    "Account": """name string name; owner reference owner; patient patient subject;
        period date servicePeriod; status token status; subject reference subject; type token type""",
    "AuditEvent": """action token action; agent reference agent.who; agent-role token agent.role;
        date date recorded; entity reference entity.what; entity-type token entity.type;
        outcome token outcome; patient patient @owner; source reference source.observer;
        subtype token subtype; type token type""",
    "Basic": """author reference author; code token code; created date created; patient patient subject;
        subject reference subject""",
    "Binary": """contenttype token contentType; patient patient @owner""",
    "ChargeItem": """account reference account; code token code; context reference context;
        entered-date date enteredDate; enterer reference enterer;
        occurrence date occurrenceDateTime|occurrencePeriod; patient patient subject;
        performer-actor reference performer.actor; service reference service; subject reference subject""",
    "Claim": """created date created; encounter reference item.encounter; insurer reference insurer;
        patient patient patient; payee reference payee.party; priority token priority;
        provider reference provider; status token status; use token use""",
    "ClaimResponse": """created date created; disposition string disposition; insurer reference insurer;
        outcome token outcome; patient patient patient; payment-date date payment.date;
        request reference request; requestor reference requestor; status token status; use token use""",
    "Consent": """action token provision.action; actor reference provision.actor.reference;
        category token category; consentor reference performer; date date dateTime;
        data reference provision.data.reference; organization reference organization;
        patient patient patient; period date provision.period; purpose token provision.purpose;
        scope token scope; security-label token provision.securityLabel; status token status""",
    "Coverage": """beneficiary reference beneficiary; class-value string class.value;
        dependent string dependent; patient patient @owner; payor reference payor;
        policy-holder reference policyHolder; status token status; subscriber reference subscriber;
        type token type""",
    "CoverageEligibilityRequest": """created date created; enterer reference enterer;
        facility reference facility; patient patient patient; provider reference provider;
        status token status""",
    "CoverageEligibilityResponse": """created date created; disposition string disposition;
        insurer reference insurer; outcome token outcome; patient patient patient;
        request reference request; requestor reference requestor; status token status""",
    "Device": """device-name string deviceName.name|type.coding.display|type.text;
        location reference location; manufacturer string manufacturer; model string modelNumber;
        organization reference owner; patient patient patient; status token status; type token type;
        url uri url; udi-carrier string udiCarrier.carrierHRF; udi-di string udiCarrier.deviceIdentifier""",
    "Endpoint": """connection-type token connectionType; name string name;
        organization reference managingOrganization; payload-type token payloadType; status token status""",
    "EnrollmentRequest": """patient patient candidate; status token status; subject reference candidate""",
    "ExplanationOfBenefit": """claim reference claim; coverage reference insurance.coverage;
        created date created; disposition string disposition; encounter reference item.encounter;
        facility reference facility; patient patient patient; payee reference payee.party;
        provider reference provider; status token status""",
    "Group": """actual token actual; characteristic token characteristic.code; code token code;
        managing-entity reference managingEntity; member reference member.entity; patient patient @owner;
        type token type""",
    "HealthcareService": """active token active; location reference location; name string name;
        organization reference providedBy; service-category token category; service-type token type;
        specialty token specialty; characteristic token characteristic""",
    "Invoice": """account reference account; date date date; issuer reference issuer;
        participant reference participant.actor; patient patient subject; recipient reference recipient;
        status token status; subject reference subject; type token type""",
    "Location": """address string address; address-city string address.city;
        address-country string address.country; address-postalcode string address.postalCode;
        address-state string address.state; name string name|alias;
        operational-status token operationalStatus; organization reference managingOrganization;
        partof reference partOf; status token status; type token type""",
    "MeasureReport": """date date date; measure reference measure; patient patient subject;
        period date period; reporter reference reporter; status token status; subject reference subject""",
    "Medication": """code token code; expiration-date date batch.expirationDate; form token form;
        ingredient reference ingredient.itemReference;
        ingredient-code token ingredient.itemCodeableConcept; lot-number token batch.lotNumber;
        manufacturer reference manufacturer; status token status""",
    "Organization": """active token active; address string address; address-city string address.city;
        address-postalcode string address.postalCode; address-state string address.state;
        endpoint reference endpoint; name string name|alias; partof reference partOf; type token type""",
    "Patient": """active token active; address string address; address-city string address.city;
        address-country string address.country; address-postalcode string address.postalCode;
        address-state string address.state; birthdate date birthDate; death-date date deceasedDateTime;
        email token telecom[system=email]; family string name.family; gender token gender;
        general-practitioner reference generalPractitioner; given string name.given;
        language token communication.language; link reference link.other; name string name;
        organization reference managingOrganization; patient patient @owner;
        phone token telecom[system=phone]; telecom token telecom""",
    "Person": """birthdate date birthDate; gender token gender; link reference link.target;
        name string name; organization reference managingOrganization; patient patient link.target;
        telecom token telecom""",
    "Practitioner": """active token active; address-city string address.city;
        communication token communication; email token telecom[system=email]; family string name.family;
        gender token gender; given string name.given; name string name;
        phone token telecom[system=phone]; telecom token telecom""",
    "PractitionerRole": """active token active; date date period; endpoint reference endpoint;
        location reference location; organization reference organization;
        practitioner reference practitioner; role token code; service reference healthcareService;
        specialty token specialty; telecom token telecom""",
    "Provenance": """agent reference agent.who; agent-role token agent.role; agent-type token agent.type;
        entity reference entity.what; location reference location; patient patient @owner;
        recorded date recorded; signature-type token signature.type; target reference target;
        when date occurredDateTime|occurredPeriod""",
    "Questionnaire": """code token item.code; date date date; name string name;
        publisher string publisher; status token status; title string title; url uri url;
        version token version""",
    "RelatedPerson": """active token active; birthdate date birthDate; gender token gender;
        name string name; patient patient patient; relationship token relationship; telecom token telecom""",
    "ResearchSubject": """date date period; individual reference individual; patient patient individual;
        status token status; study reference study""",
    "Substance": """category token category; code token code; status token status""",
}
