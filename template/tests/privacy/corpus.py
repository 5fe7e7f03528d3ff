"""Values of every kind in R-PRV-4, made anew in each run, and the words round them; harmless values that
must stay.

Written from the standards (45 CFR 164.514(b)(2), GDPR art. 4 and 9, PCI DSS 3.4, RFC 7519, ISO 13616).
`plain` wordings name the thing in everyday words that no rule of the catalogue knows.
"""

import base64
import json
import random
import string
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


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(string.digits) for _ in range(count))


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(count))


def _luhn(rng: random.Random) -> str:
    start = rng.choice(["4", "51", "55", "37", "6011"])
    size = 15 if start == "37" else 16
    body = start + _digits(rng, size - 1 - len(start))
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    number = body + str(-total % 10)
    return (
        number
        if size == 15 or rng.random() < 0.5
        else " ".join(number[at : at + 4] for at in range(0, 16, 4))
    )


def _iban(rng: random.Random) -> str:
    body = _digits(rng, 18)
    check = 98 - int(body + "131400") % 97
    number = f"DE{check:02d}{body}"
    return number if rng.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, 22, 4))


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def make(kind: str, rng: random.Random) -> str:
    """A fresh value of one kind."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    match kind:
        case "password":
            return _letters(rng, 5) + rng.choice("!$#") + _digits(rng, 3) + rng.choice(string.ascii_lowercase)
        case "token":
            return "A9" + _letters(rng, 30) + "b7"
        case "jwt":
            return f"{_encoded({'alg': 'HS256'})}.{_encoded({'sub': _digits(rng, 6)})}.{_letters(rng, 27)}"
        case "bearer":
            return "Bearer " + "q7" + _letters(rng, 24)
        case "api_key":
            return (
                rng.choice(["sk_live_", "ghp_", "AKIA"])
                + "4F"
                + "".join(rng.choice(string.ascii_uppercase + string.digits) for _ in range(18))
            )
        case "card":
            return _luhn(rng)
        case "ssn":
            return f"{rng.randint(101, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
        case "iban":
            return _iban(rng)
        case "phone":
            return rng.choice(
                [
                    f"+49 151 {_digits(rng, 4)} {_digits(rng, 4)}",
                    f"({rng.randint(201, 989)}) {rng.randint(200, 999)}-{_digits(rng, 4)}",
                    f"+1{rng.randint(201, 989)}{rng.randint(200, 999)}{_digits(rng, 4)}",
                ]
            )
        case "email":
            return f"{first}.{rng.choice(['m', 'k'])}{_digits(rng, 3)}@{rng.choice(CITIES)}.example".lower()
        case "ip":
            return rng.choice(
                [
                    f"203.0.{rng.randint(1, 250)}.{rng.randint(2, 250)}",
                    f"2001:db8:{rng.randint(4096, 65000):x}::{rng.randint(4096, 65000):x}",
                ]
            )
        case "dob":
            return rng.choice(
                [
                    f"{rng.randint(1930, 2005)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                    f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.{rng.randint(1930, 2005)}",
                ]
            )
        case "record":
            return f"MRN-{_digits(rng, 7)}"
        case "policy":
            return f"POL-{_digits(rng, 4)}-{_digits(rng, 4)}-{rng.choice(string.ascii_uppercase)}"
        case "name":
            return f"{first} {last}"
        case "address":
            road = rng.choice(["Street", "Avenue", "Lane", "Road"])
            return f"{rng.randint(12, 998)} {rng.choice(STREETS)} {road}, {rng.choice(CITIES)}"
        case "diagnosis":
            return rng.choice(DIAGNOSES)
        case "treatment":
            return rng.choice(TREATMENTS)
        case _:
            return rng.choice(FREE)


def traces(kind: str, value: str) -> list[str]:
    """What must not be found: the value, and for names and addresses each telling part of it."""
    if kind == "name":
        return [value, *value.split()]
    if kind == "bearer":
        return [value.removeprefix("Bearer ")]
    if kind == "jwt":
        return [value, value.rpartition(".")[2]]
    if kind == "address":
        return [value, value.split(",")[0]]
    if kind in ("diagnosis", "treatment", "free_text"):
        return [value, " ".join(value.split()[1:4])]
    return [value]


# key, value: none of them tells anything about anybody
HARMLESS: tuple[tuple[str, str | int | float | bool], ...] = (
    ("token_count", 5120),
    ("max_tokens", 4096),
    ("author", "editorial-team"),
    ("keyboard", "qwerty"),
    ("passenger_count", 3),
    ("passenger", "economy"),
    ("secretary", "bureau"),
    ("monkey", "patch"),
    ("phone_model", "pixel-9"),
    ("sort_key", "created_at"),
    ("password_policy", "strict"),
    ("primary_key_type", "uuid"),
    ("tokenizer", "bpe"),
    ("email_template", "welcome_v2"),
    ("card_brand", "visa"),
    ("address_format", "short"),
    ("order_id", "ord_8f3k2"),
    ("order_ref", "order-2024-00017"),
    ("trace", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("entity", "3f2b8c1e-9d4a-4c6b-8e1f-0a1b2c3d4e5f"),
    ("seen", "2026-11-22T03:30:30.477691Z"),
    ("build", "1.12.3"),
    ("release_name", "v2.4.0-rc.1"),
    ("status", "paid"),
    ("state", "pending"),
    ("currency", "EUR"),
    ("component", "billing"),
    ("operation", "charge_card"),
    ("queue", "mail"),
    ("region", "eu-central-1"),
    ("duration_ms", 1843.25),
    ("row_count", 123456),
    ("attempt", 3),
    ("cached", True),
    ("ratio", 0.25),
    ("content_type", "application/json"),
    ("error_code", "card_declined"),
    ("file_name", "export.csv"),
    ("plan", "premium"),
    ("locale", "de-DE"),
    ("page", 7),
    ("http.request.method", "POST"),
    ("db.system", "postgresql"),
    ("retries", 2),
)
