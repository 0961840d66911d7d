"""Names of people and places that exist nowhere."""

from __future__ import annotations

FAMILY = [
    "Ashgrove",
    "Birchwood",
    "Calloway",
    "Dunmore",
    "Eastlake",
    "Fennimore",
    "Greenhalgh",
    "Hollowell",
    "Ingleby",
    "Jessamine",
    "Kettering",
    "Larkspur",
    "Merriweather",
    "Netherby",
    "Oakhurst",
    "Pemberly",
    "Quillan",
    "Rosewarne",
    "Silverthorn",
    "Tamsworth",
    "Underhill",
    "Valebrook",
    "Winterbourne",
    "Yarrowby",
    "Zellman",
    "Applegarth",
    "Brambley",
    "Coldwater",
    "Driftwood",
    "Elmhurst",
    "Foxglove",
    "Goldfinch",
    "Hathersage",
    "Ironwood",
    "Juniperre",
    "Kingsmoor",
    "Lindenfeld",
    "Marchbank",
    "Nightingham",
    "Orchardson",
]

GIVEN_FEMALE = [
    "Adela",
    "Beatrix",
    "Clara",
    "Delphine",
    "Edith",
    "Florence",
    "Greta",
    "Harriet",
    "Imogen",
    "Josephine",
    "Keziah",
    "Lenora",
    "Marguerite",
    "Nadine",
    "Ottilie",
    "Priya",
    "Rosalind",
    "Simone",
    "Thea",
    "Vivian",
    "Winifred",
    "Yolanda",
]

GIVEN_MALE = [
    "Ambrose",
    "Benedict",
    "Cyrus",
    "Desmond",
    "Elias",
    "Felix",
    "Gideon",
    "Howard",
    "Isidore",
    "Jasper",
    "Killian",
    "Leopold",
    "Marcus",
    "Nathaniel",
    "Orson",
    "Percival",
    "Quincy",
    "Roland",
    "Silas",
    "Tobias",
    "Vernon",
    "Wendell",
]

# Portals meet these names every day; one practitioner always has one.
ACCENTED = (
    ("Zoë", "Brännström", "female"),
    ("José", "Peñaflor", "male"),
    ("Łucja", "Dąbrowicka", "female"),
    ("Søren", "Åkervang", "male"),
    ("Noémie", "Châtelbrun", "female"),
    ("Müjde", "Özdemirel", "female"),
)

TOWNS = ("Alder Falls", "Briar Glen", "Cedar Hollow", "Fernbank", "Maple Crossing", "Stonebridge Mills")
STREETS = (
    "Chestnut Street",
    "Harbor Lane",
    "Mill Pond Road",
    "Orchard Avenue",
    "Prospect Street",
    "Quarry Road",
)
PRACTICES = ("Family Medicine", "Primary Care", "Community Health", "Medical Group")
PAYERS = (
    "Blue Heron Health Plan",
    "Granite Mutual Health",
    "Lantern Health Cooperative",
    "Northfield Benefit",
)
OCCUPATIONS = ("school librarian", "bus driver", "bookkeeper", "carpenter", "shop manager", "surveyor")
