"""Values of every kind in R-PRV-4, made anew in each run, and the words round them; harmless values that
must stay.

Written from the standards (45 CFR 164.514(b)(2), GDPR art. 4 and 9, PCI DSS 3.4, RFC 7519, ISO 13616).
`plain` wordings name the thing in everyday words that no rule of the catalogue knows.
"""

import base64
import json
import random
import string

from tests.privacy.wordings import CITIES, DIAGNOSES, FIRST, FREE, LAST, STREETS, TREATMENTS


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
