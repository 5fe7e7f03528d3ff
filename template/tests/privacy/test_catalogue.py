"""R-PRV-8 and the mapping of R-PRV-5: the catalogue is data that three engines can read."""

import json
import re

import pytest

from app.observability.privacy.catalogue import CATALOGUE_FILE, catalogue, parse
from app.observability.privacy.checks import CHECKS
from app.observability.privacy.keys import verdict

RAW = json.loads(CATALOGUE_FILE.read_text(encoding="utf-8"))
STRUCTURAL = {"url-structure", "unknown-value", "attachment-dropped", "pseudonym"}


@pytest.mark.parametrize("rule", RAW["values"], ids=lambda rule: rule["id"])
def test_patterns_are_portable(rule: dict[str, str]) -> None:
    pattern = rule["pattern"]
    assert not re.search(r"(?<!\\)\(\?", pattern), (
        "look-around, flags and named groups differ between engines"
    )
    assert not re.search(r"\\[dwsDWSbB1-9]", pattern), (
        "shorthand classes, boundaries and back-references differ"
    )
    assert rule["source"]
    assert not rule.get("check") or rule["check"] in CHECKS


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOPQR")
def test_each_safe_harbor_identifier_has_rules(letter: str) -> None:
    """45 CFR 164.514(b)(2)(i)(A)-(R)."""
    entry = RAW["safe_harbor"][letter]
    known = {rule["id"] for rule in RAW["values"]} | STRUCTURAL
    assert entry["rules"]
    assert set(entry["rules"]) <= known
    assert set(entry["classes"]) <= set(RAW["classes"])


def test_a_rule_of_an_unknown_class_is_refused() -> None:
    broken = json.loads(json.dumps(RAW))
    broken["values"][0]["class"] = "gossip"
    with pytest.raises(ValueError, match="gossip"):
        parse(broken)


SENSITIVE = {
    "secret": "password accessToken access_token x-api-key clientSecret Authorization "
    "sessionid csrf-token db_password_old otp DATABASE_URL",
    "card": "card_number cardNumber cvv creditCard pan",
    "email": "email userEmail contact_email_address emails",
    "phone": "phone mobileNumber phone_number_raw fax",
    "person": "patientName first_name lastName full-name username",
    "address": "street_address zip postalCode home_address_line_1 city",
    "date": "dob dateOfBirth birth_date age",
    "record": "ssn mrn medicalRecordNumber policy_number iban member_id passportNumber",
    "health": "diagnosis icd10_code medication patient_allergies",
    "free_text": "notes patientNotes comment",
    "network": "ip_address clientIp remote_addr",
}
HARMLESS = (
    "token_count author author_count keyboard passenger secretary phone_model sort_key password_policy "
    "monkey tokenizer "
    "primary_key_type email_template card_brand page_token max_tokens order_id status created_at "
    "file_name host_name "
    "service_name password_length token_expires cache_key session_count ip_version "
    "compass pinned opinion shipping"
)


@pytest.mark.parametrize(
    ("cls", "key"), [(cls, key) for cls, keys in SENSITIVE.items() for key in keys.split()]
)
def test_sensitive_keys(cls: str, key: str) -> None:
    found = verdict(key)
    assert (found.answer, found.cls) == ("sensitive", cls)


@pytest.mark.parametrize("key", HARMLESS.split())
def test_harmless_keys(key: str) -> None:
    assert verdict(key).answer != "sensitive"


def test_every_class_has_a_marker() -> None:
    assert all(marker.startswith("[") and marker.endswith("]") for marker in catalogue().markers.values())
