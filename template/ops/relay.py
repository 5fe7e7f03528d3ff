"""Write the configuration of a Relay that scrubs once more inside of your network, from the rule catalogue.

    python ops/relay.py --upstream https://o1.ingest.sentry.io/ --dsn https://key@relay.internal/42 FOLDER

One --dsn for each Sentry project; FOLDER gets what Relay reads in static mode: config.yml, projects/42.json.
Write it anew with every release of the service: the rules come from `catalogue.json`. It is the second line
of defence, and takes rather too much than too little. Relay has no way to scrub source lines, transaction
names and fingerprints, sees no keys inside of text (an object written as JSON into a string), cannot tell
what looks random, and judges no words; the service does all that itself.

Owned by the template: `copier update` keeps this file current.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

CATALOGUE: Final = (
    Path(__file__).resolve().parents[1] / "app" / "observability" / "privacy" / "catalogue.json"
)

BUILT_IN: Final = {"card": "creditcard", "ipv4": "ip", "ipv6": "ip"}
"""Checks of the catalogue for which Relay has a kind of rule that checks, too."""
NOT_IN_RELAY: Final = {"random"}
"""Checks without which a rule would take away ids, hashes and releases."""
IN_CAPITALS: Final = {"iban"}
"""Checks without which a rule that ignores case would take ids in lower case, such as trace ids."""
NOT_KEYS: Final = {"user"}
"""Classes of keys whose values are pseudonyms by now, and wanted."""

WORDS: Final = 20
"""Words of one rule; more would make a pattern that is too large for Relay."""
ACCENTED: Final = str.maketrans(
    {"a": "[aàáâä]", "c": "[cç]", "e": "[eèéêë]", "i": "[iìíîï]", "n": "[nñ]", "o": "[oòóôö]", "u": "[uùúûü]"}
)
"""Keys may be written with accents; the catalogue has them without."""

VALUES_AT: Final = (
    "$string",
    "$logentry.formatted",
    "$span.description",
    "culprit",
    "tags.* && !tags.request_id && !tags.release",
)
"""Selectors where values are looked at; $string alone leaves out the others (sentry-relay 0.10)."""
DATA_AT: Final = (
    "$frame.vars.**",
    "breadcrumbs.values.*.data.**",
    "contexts.**",
    "exception.values.*.mechanism.data.**",
    "extra.**",
    "logentry.params.**",
    "request.cookies.**",
    "request.data.**",
    "request.env.**",
    "request.headers.**",
    "request.query_string.**",
    "spans.*.data.**",
    "tags.* && !tags.request_id && !tags.release",
    "user.data.**",
)
"""Selectors of data under keys of the service's own; the keys of Sentry's own structure are none of these."""

CONFIG: Final = """relay:
  mode: static
  upstream: {upstream}
  host: 0.0.0.0
  port: 3000
logging:
  level: warn
"""


def pii_config() -> dict[str, Any]:
    """Relay's rules and where they are applied."""
    catalogue = json.loads(CATALOGUE.read_text("utf-8"))
    markers = {name: described["marker"] for name, described in catalogue["classes"].items()}
    values = {
        rule["id"]: {**_kind(rule), **_replace(markers[rule["class"]])}
        for rule in catalogue["values"]
        if "hipaa" in rule["levels"] and rule.get("check") not in NOT_IN_RELAY
    }
    keys = {
        f"key-{name}-{first}": {
            "type": "redact_pair",
            "keyPattern": _keys(words[first : first + WORDS], catalogue["keys"]),
            **_replace(markers[name]),
        }
        for name, words in catalogue["keys"]["sensitive"].items()
        if name not in NOT_KEYS
        for first in range(0, len(words), WORDS)
    }
    applied: dict[str, list[str]] = {}
    for selector, names in (*((at, values) for at in VALUES_AT), *((at, keys) for at in DATA_AT)):
        applied[selector] = [*applied.get(selector, ()), *names]
    return {"rules": {**values, **keys}, "applications": applied}


def _kind(rule: dict[str, Any]) -> dict[str, Any]:
    if rule.get("check") in BUILT_IN:
        return {"type": BUILT_IN[rule["check"]]}
    # Relay takes no pattern above 256 KiB when compiled, which long counts are; it is linear without them.
    pattern = re.sub(r"\{(\d+),\d{2,}\}", r"{\1,}", rule["pattern"])
    pattern = pattern.replace("{words}", "|".join(rule.get("words", ())))
    groups = [rule["group"]] if "group" in rule else []
    if rule["edge"] != "none":
        pattern = rf"(?:^|[^A-Za-z0-9_])({pattern})\b"
        groups = [1 + (groups[0] if groups else 0)]
    ignore_case = "i" in rule["flags"] and rule.get("check") not in IN_CAPITALS
    return {
        "type": "pattern",
        "pattern": f"(?i){pattern}" if ignore_case else pattern,
        **({"replaceGroups": groups} if groups else {}),
    }


def _keys(words: list[str], keys: dict[str, Any]) -> str:
    """A pattern for keys in any writing: `api_key`, `apiKey`, `X-Api-Key`, `patientApiKeys`, `a-key.raw`."""
    known = _any_writing(words)
    roles, tails = _any_writing(keys["roles"]), _any_writing(keys["neutral_tails"])
    return rf"(?i)(?:^|[ _.-]|{roles}){known}s?(?:[ _.-]?{tails})?$"


def _any_writing(words: list[str]) -> str:
    spaced = sorted("[ _.-]?".join(map(re.escape, word.split())) for word in words)
    return f"(?:{'|'.join(spaced).translate(ACCENTED)})"


def _replace(marker: str) -> dict[str, Any]:
    return {"redaction": {"method": "replace", "text": marker}}


def project(public_key: str) -> dict[str, Any]:
    """What Relay has to know of a project in static mode."""
    return {
        "publicKeys": [{"publicKey": public_key, "isEnabled": True}],
        "config": {"allowedDomains": ["*"], "piiConfig": pii_config()},
    }


def parsed(dsn: str) -> tuple[str, str]:
    """Project number and public key of a DSN."""
    parts = urlsplit(dsn)
    number = parts.path.rpartition("/")[2]
    if parts.scheme not in ("http", "https") or not parts.username or not number.isdecimal():
        raise argparse.ArgumentTypeError("expected https://<key>@<host>/<project number>")
    return number, parts.username


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the configuration of a Relay that scrubs once more.")
    parser.add_argument("folder", type=Path, help="where config.yml and projects/ are written")
    parser.add_argument("--upstream", required=True, help="where Relay sends what is left")
    parser.add_argument("--dsn", type=parsed, action="append", required=True, help="one for each project")
    args = parser.parse_args()
    (args.folder / "projects").mkdir(parents=True, exist_ok=True)
    (args.folder / "config.yml").write_text(CONFIG.format(upstream=args.upstream), "utf-8")
    for number, public_key in args.dsn:
        written = json.dumps(project(public_key), indent=2, ensure_ascii=False)
        (args.folder / "projects" / f"{number}.json").write_text(written + "\n", "utf-8")


if __name__ == "__main__":
    main()
