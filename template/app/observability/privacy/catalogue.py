"""Load `catalogue.json`, the reviewed list of what is personal or secret, as typed and frozen objects.

The file is data for people (a compliance officer reads it) and for three engines (Python, the browser,
Relay). Nothing in it is code; names of checks and anchors are resolved in `values.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

CATALOGUE_FILE = Path(__file__).with_name("catalogue.json")


@dataclass(frozen=True, slots=True)
class ValueRule:
    """One pattern for values; `group` is the part that is replaced (0: the whole match).

    `{words}` in a pattern stands for the words of the rule, each of which tells by itself (`named`).
    """

    id: str
    kind: str
    cls: str
    anchor: str
    words: frozenset[str]
    named: bool
    pattern: str
    flags: str
    group: int
    check: str
    edge: str
    keep: str
    levels: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole file. Key words are joined (`date of birth` -> `dateofbirth`), everything lower case."""

    markers: Mapping[str, str]
    safe_harbor: Mapping[str, Any]
    sensitive: Mapping[str, str]
    harmless_compounds: frozenset[str]
    roles: frozenset[str]
    technical_names: frozenset[str]
    neutral_tails: frozenset[str]
    harmless_heads: frozenset[str]
    open_keys: Mapping[str, frozenset[str]]
    headers_text: frozenset[str]
    headers_id: frozenset[str]
    headers_standard: frozenset[str]
    attributes: Mapping[str, str]
    path_words: frozenset[str]
    after_secret: frozenset[str]
    not_names: frozenset[str]
    machine_words: frozenset[str]
    measures: frozenset[str]
    known_messages: tuple[str, ...]
    values: tuple[ValueRule, ...]


def joined(words: str) -> str:
    """`api key` -> `apikey`: the form in which keys are compared."""
    return words.replace(" ", "")


def _value_rule(raw: Mapping[str, Any]) -> ValueRule:
    return ValueRule(
        id=raw["id"],
        kind=raw["kind"],
        cls=raw["class"],
        anchor=raw["anchor"],
        words=frozenset(raw.get("words", ())),
        named="{words}" in raw["pattern"],
        pattern=raw["pattern"].replace("{words}", "|".join(raw.get("words", ()))),
        flags=raw["flags"],
        group=raw.get("group", 0),
        check=raw.get("check", ""),
        edge=raw["edge"],
        keep=raw.get("keep", ""),
        levels=frozenset(raw["levels"]),
        source=raw["source"],
    )


def parse(raw: Mapping[str, Any]) -> Catalogue:
    """Raises KeyError when a section is missing and ValueError when a rule names an unknown class."""
    keys, headers = raw["keys"], raw["headers"]
    sensitive = {joined(key): cls for cls, names in keys["sensitive"].items() for key in names}
    rules = tuple(_value_rule(rule) for rule in raw["values"])
    unknown = ({rule.cls for rule in rules} | set(sensitive.values())) - set(raw["classes"])
    if unknown:
        raise ValueError(
            f"catalogue.json: rules name unknown classes {sorted(unknown)}; known: {sorted(raw['classes'])}"
        )
    attributes = {
        name: kind for kind, names in raw["attributes"].items() if kind != "about" for name in names
    }
    return Catalogue(
        markers={cls: entry["marker"] for cls, entry in raw["classes"].items()},
        safe_harbor=raw["safe_harbor"],
        sensitive=sensitive,
        harmless_compounds=frozenset(joined(word) for word in keys["harmless_compounds"]),
        roles=frozenset(joined(word) for word in keys["roles"]),
        technical_names=frozenset(keys["technical_names"]),
        neutral_tails=frozenset(keys["neutral_tails"]),
        harmless_heads=frozenset(keys["harmless_heads"]),
        open_keys={
            level: frozenset(joined(word) for word in names)
            for level, names in raw["open_keys"].items()
            if level != "about"
        },
        headers_text=frozenset(headers["text"]),
        headers_id=frozenset(headers["id"]),
        headers_standard=frozenset(headers["standard_only"]),
        attributes=attributes,
        path_words=frozenset(raw["path_words"]),
        after_secret=frozenset(raw["words_of_code"]["after_secret"]),
        not_names=frozenset(raw["words_of_code"]["not_names"]),
        machine_words=frozenset(raw["words_of_code"]["machine_words"]),
        measures=frozenset(raw["measures"]["words"]),
        known_messages=tuple(raw["known_messages"]["templates"]),
        values=rules,
    )


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    return parse(json.loads(CATALOGUE_FILE.read_text(encoding="utf-8")))
