"""Levels, allow-list, pseudonyms, explanations: what a service configures and asks."""

from pathlib import Path

import pytest
from sentry_sdk.data_collection import _resolve_data_collection

from app.observability.privacy import LEVELS, AllowListError, Privacy, data_collection, parse_level, strictest
from tests.privacy.harness import ALLOW, KEY


@pytest.mark.parametrize("first", LEVELS)
@pytest.mark.parametrize("second", LEVELS)
def test_an_environment_can_only_tighten(first: str, second: str) -> None:
    """R-PRV-1."""
    tighter = strictest(parse_level(first), parse_level(second))
    assert LEVELS.index(tighter) == max(LEVELS.index(parse_level(first)), LEVELS.index(parse_level(second)))


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of standard, gdpr, hipaa"):
        parse_level("none")


@pytest.mark.parametrize("level", ["gdpr", "hipaa"])
def test_every_switch_of_the_sdk_is_off(level: str) -> None:
    resolved = _resolve_data_collection({"data_collection": data_collection(parse_level(level))})
    assert resolved["user_info"] is False
    assert resolved["cookies"]["mode"] == "off"
    assert resolved["http_headers"]["request"]["mode"] == "off"
    assert resolved["url_query_params"]["mode"] == "off"
    assert resolved["http_bodies"] == []
    assert not any(resolved["graphql"].values())
    assert not any(resolved["gen_ai"].values())
    assert resolved["database_query_data"] is False
    assert resolved["queues"] is False
    assert resolved["stack_frame_variables"] is False


def test_the_allow_list_gives_back_ids_and_words() -> None:
    data = {"order_ref": "X-2024-000123", "status": "zugestellt", "plan": "vorteil", "widget": "left one"}
    closed = Privacy("hipaa", service="o", pseudonym_key=KEY).scrub_data(data)
    opened = Privacy("hipaa", service="o", pseudonym_key=KEY, allow_list=ALLOW).scrub_data(data)
    assert closed == {"order_ref": "[..]", "status": "[..]", "plan": "[..]", "widget": "[..]"}
    assert opened == {"order_ref": "X-2024-000123", "status": "zugestellt", "plan": "[..]", "widget": "[..]"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keys = [", "not valid TOML"),
        ("keys = 3", "must be a list"),
        ("colours = []", "unknown section 'colours'"),
        ('keys = ["patient_email"]', "'patient_email' cannot be allowed, the catalogue calls it email"),
        ("enums = 3", "table of lists"),
    ],
)
def test_a_bad_allow_list_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "privacy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AllowListError, match=says):
        Privacy("hipaa", service="o", pseudonym_key=KEY, allow_list=path)


def test_a_missing_allow_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AllowListError, match="cannot be read"):
        Privacy("hipaa", service="o", pseudonym_key=KEY, allow_list=tmp_path / "none.toml")


def test_pseudonyms_are_keyed_stable_and_recognised() -> None:
    one = Privacy("gdpr", service="o", pseudonym_key=KEY)
    other = Privacy("gdpr", service="o", pseudonym_key=KEY[::-1])
    name = one.pseudonym("usr_17")
    assert name == one.pseudonym("usr_17") == one.pseudonym(name)
    assert name != other.pseudonym("usr_17")
    assert other.pseudonym(name) != name
    assert "17" not in name or len(name) == 34
    assert Privacy("standard", service="o", pseudonym_key=KEY).pseudonym("usr_17") == "usr_17"


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Privacy("gdpr", service="o", pseudonym_key=b"short")


def test_an_explanation_names_the_rule_at_each_place() -> None:
    event = {
        "message": "mail anna@example.org",
        "extra": {
            "password": "hunter-two",
            "note_count": 3,
            "text": "wagen=OVK-2361 is late",
            "again": "the hunter-two",
        },
        "request": {
            "method": "GET",
            "url": "https://svc.example/orders/99871?q=1",
            "headers": {"cookie": "a=b", "accept": "*/*"},
        },
        "server_only": {"x": 1},
    }
    explanation = Privacy("standard", service="o", pseudonym_key=KEY).explain(event)
    rules = {place.path: place.rules for place in explanation.places}
    assert rules["message"] == ("email",)
    assert rules["extra.password"] == ("key:secret",)
    assert "guess:words" in rules["extra.text"]
    assert "learned" in rules["extra.again"]
    assert rules["request.url"] == ("url-structure",)
    assert rules["request.headers.cookie"] == ("header-allow-list",)
    assert rules["server_only"] == ("structure",)
    assert "extra.note_count" not in rules
    assert "extra.password: 'hunter-two' -> '[secret]'" in str(explanation)
