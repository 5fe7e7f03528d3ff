"""Kinds of values, the keys and sentences that announce them, and the words they are made of."""

from dataclasses import dataclass

FIRST = [
    "Anneliese",
    "Bartholomew",
    "Chiara",
    "Desmond",
    "Eszter",
    "Fionnuala",
    "Gaspard",
    "Henrike",
    "Ingrid",
    "Jolanda",
    "Kwabena",
    "Lucrezia",
    "Mireille",
    "Nkechi",
    "Oluwaseun",
    "Petronella",
    "Quirin",
    "Rosalind",
    "Siobhan",
    "Thaddeus",
    "Ursula",
    "Vasilisa",
    "Wilhelmina",
    "Xiomara",
    "Yevgenia",
    "Zbigniew",
]
LAST = [
    "Abernathy",
    "Brandstätter",
    "Castellanos",
    "Dombrowski",
    "Eriksson",
    "Featherstone",
    "Grzybowski",
    "Hohenstein",
    "Iwanow",
    "Jørgensen",
    "Kowalczyk",
    "Lindqvist",
    "Montgomery",
    "Nakamura",
    "O'Sullivan",
    "Papadopoulos",
    "Quintero",
    "Rutherford",
    "Szymanska",
    "Thibodeaux",
    "Underhill",
    "Vandenberg",
    "Whitcombe",
    "Yamaguchi",
    "Zimmermann",
]
STREETS = ["Maple", "Juniper", "Hawthorne", "Sycamore", "Willow", "Magnolia", "Chestnut", "Birchwood"]
CITIES = ["Springdale", "Fairhaven", "Northfield", "Ashbourne", "Millbrook"]
DIAGNOSES = [
    "chronic kidney disease stage three",
    "major depressive disorder",
    "type 2 diabetes mellitus",
    "rheumatoid arthritis of the left knee",
    "hepatitis C with cirrhosis",
    "postpartum thyroiditis",
]
TREATMENTS = [
    "weekly haemodialysis and erythropoietin",
    "sertraline fifty milligrams daily",
    "methotrexate injections",
    "interferon course for six months",
    "cognitive behavioural sessions",
]
FREE = [
    "my husband does not know that I come here",
    "please do not tell my employer about the clinic",
    "I have been feeling very low since the divorce",
    "she moved in with her sister after the accident",
]


@dataclass(frozen=True)
class Kind:
    """One kind: keys and sentence labels a developer would use, and everyday ones."""

    name: str
    keys: tuple[str, ...]
    plain_keys: tuple[str, ...]
    labels: tuple[str, ...]
    plain_labels: tuple[str, ...]
    never_at_standard: bool = False


KINDS = (
    Kind(
        "password",
        ("password", "userPassword", "new_password"),
        ("gate_word", "unlocker"),
        ("password",),
        ("gate word",),
    ),
    Kind(
        "token",
        ("access_token", "refreshToken", "reset-token"),
        ("pass_slip", "ticketing"),
        ("token",),
        ("slip",),
    ),
    Kind("jwt", ("jwt", "id_token", "idToken"), ("slip", "passport_like"), ("token",), ("slip",), True),
    Kind(
        "bearer",
        ("authorization", "Authorization"),
        ("carried", "outgoing_line"),
        ("header",),
        ("carried",),
        True,
    ),
    Kind(
        "api_key",
        ("api_key", "x-api-key", "apiKey"),
        ("opener", "partner_thing"),
        ("api key",),
        ("opener",),
        True,
    ),
    Kind(
        "card", ("card_number", "cardNumber", "pan"), ("plastic", "paid_with"), ("card",), ("plastic",), True
    ),
    Kind("ssn", ("ssn", "social_security_number"), ("federal", "national"), ("SSN",), ("federal",), True),
    Kind("iban", ("iban", "bankAccount"), ("pay_into", "transfer"), ("IBAN",), ("pay into",), True),
    Kind(
        "phone",
        ("phone", "mobileNumber", "phone_number"),
        ("ring_up", "reach_at"),
        ("phone",),
        ("reach at",),
        True,
    ),
    Kind(
        "email",
        ("email", "contactEmail", "e_mail"),
        ("write_to", "inbox_of"),
        ("email",),
        ("write to",),
        True,
    ),
    Kind("ip", ("ip_address", "clientIp"), ("came_from", "seen_at"), ("IP",), ("came from",), True),
    Kind("dob", ("date_of_birth", "dob", "birthDate"), ("began", "first_day"), ("born",), ("began",)),
    Kind(
        "record",
        ("mrn", "medical_record_number", "recordNumber"),
        ("folder", "shelf_mark"),
        ("MRN",),
        ("folder",),
        True,
    ),
    Kind(
        "policy", ("policy_number", "insurancePolicyNumber"), ("cover", "coverage"), ("policy",), ("cover",)
    ),
    Kind(
        "name", ("patient_name", "fullName", "last_name"), ("whoever", "visitor"), ("patient",), ("visitor",)
    ),
    Kind("address", ("street_address", "homeAddress"), ("lives", "whereabouts"), ("address",), ("lives at",)),
    Kind(
        "diagnosis",
        ("diagnosis", "primaryDiagnosis"),
        ("finding", "what_it_is"),
        ("diagnosis",),
        ("finding",),
    ),
    Kind("treatment", ("treatment", "medication"), ("given", "plan_of_care"), ("treatment",), ("given",)),
    Kind("free_text", ("notes", "comment", "patientNotes"), ("said", "told_us"), ("note",), ("told us",)),
)
