"""The drugs that charts prescribe: RxNorm code and name, and how a dose is counted."""

from __future__ import annotations

from dataclasses import dataclass

from portal_cli.sandbox.generator.fhir import RXNORM, Json, coding, concept


@dataclass(frozen=True)
class Drug:
    """One RxNorm clinical drug; a drug without `rxcui` is known by its `short` name only."""

    rxcui: str
    display: str
    unit: str = "tablet"
    route: str = "Oral"
    short: str = ""

    @property
    def text(self) -> str:
        """The words on the bottle."""
        return self.short or self.display.replace(" MG ", " mg ").replace(" Oral ", " ").lower()

    @property
    def code(self) -> Json:
        """The medicationCodeableConcept."""
        return concept(self.text, coding(RXNORM, self.rxcui, self.display)) if self.rxcui else concept(self.text)


DRUGS: dict[str, Drug] = {
    "lisinopril_5": Drug("311354", "lisinopril 5 MG Oral Tablet"),
    "lisinopril_10": Drug("314076", "lisinopril 10 MG Oral Tablet"),
    "lisinopril_20": Drug("314077", "lisinopril 20 MG Oral Tablet"),
    "metformin_500": Drug("861007", "metformin hydrochloride 500 MG Oral Tablet"),
    "metformin_1000": Drug("861004", "metformin hydrochloride 1000 MG Oral Tablet"),
    "glipizide": Drug("310488", "glipizide 5 MG Oral Tablet"),
    "empagliflozin": Drug("1545658", "empagliflozin 10 MG Oral Tablet"),
    "atorvastatin_20": Drug("617310", "atorvastatin 20 MG Oral Tablet"),
    "atorvastatin_40": Drug("617311", "atorvastatin 40 MG Oral Tablet"),
    "simvastatin": Drug("198211", "simvastatin 40 MG Oral Tablet"),
    "aspirin": Drug("308416", "aspirin 81 MG Delayed Release Oral Tablet"),
    "amlodipine": Drug("197361", "amlodipine 5 MG Oral Tablet"),
    "hydrochlorothiazide": Drug("310798", "hydrochlorothiazide 25 MG Oral Tablet"),
    "losartan": Drug("979492", "losartan potassium 50 MG Oral Tablet"),
    "metoprolol_25": Drug(
        "866427",
        "24 HR metoprolol succinate 25 MG Extended Release Oral Tablet",
        short="metoprolol succinate 25 mg long-acting tablet",
    ),
    "metoprolol_50": Drug(
        "866436",
        "24 HR metoprolol succinate 50 MG Extended Release Oral Tablet",
        short="metoprolol succinate 50 mg long-acting tablet",
    ),
    "furosemide_20": Drug("310429", "furosemide 20 MG Oral Tablet"),
    "furosemide_40": Drug("313988", "furosemide 40 MG Oral Tablet"),
    "spironolactone": Drug("313096", "spironolactone 25 MG Oral Tablet"),
    "warfarin": Drug("855332", "warfarin sodium 5 MG Oral Tablet"),
    "apixaban_5": Drug("1364445", "apixaban 5 MG Oral Tablet"),
    "levothyroxine": Drug("892246", "levothyroxine sodium 0.1 MG Oral Tablet"),
    "allopurinol": Drug("197319", "allopurinol 100 MG Oral Tablet"),
    "colchicine": Drug("197541", "colchicine 0.6 MG Oral Tablet"),
    "omeprazole": Drug("198051", "omeprazole 20 MG Delayed Release Oral Capsule", "capsule"),
    "pantoprazole": Drug("314200", "pantoprazole 40 MG Delayed Release Oral Tablet"),
    "acetaminophen": Drug("198440", "acetaminophen 500 MG Oral Tablet"),
    "ibuprofen": Drug("197806", "ibuprofen 600 MG Oral Tablet"),
    "naproxen": Drug("198014", "naproxen 500 MG Oral Tablet"),
    "cyclobenzaprine": Drug("197446", "cyclobenzaprine hydrochloride 10 MG Oral Tablet"),
    "azithromycin": Drug("308460", "azithromycin 250 MG Oral Tablet"),
    "amoxicillin": Drug("308191", "amoxicillin 500 MG Oral Capsule", "capsule"),
    "cephalexin": Drug("309114", "cephalexin 500 MG Oral Capsule", "capsule"),
    "prednisone": Drug("312615", "prednisone 20 MG Oral Tablet"),
    "ferrous_sulfate": Drug("310325", "ferrous sulfate 325 MG Oral Tablet"),
    "sertraline": Drug("312941", "sertraline 50 MG Oral Tablet"),
    "cetirizine": Drug("1014678", "cetirizine hydrochloride 10 MG Oral Tablet"),
    "albuterol": Drug(
        "745679",
        "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
        "inhaler",
        "Respiratory tract",
        "albuterol inhaler, 90 mcg a puff",
    ),
    "fluticasone": Drug(
        "895994",
        "120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler",
        "inhaler",
        "Respiratory tract",
        "fluticasone inhaler, 44 mcg a puff",
    ),
    "vitamin_d": Drug("", "", "capsule", short="Vitamin D3 1,000 units softgel"),
    "fish_oil": Drug("", "", "capsule", short="Fish oil capsules from the grocery store"),
}
