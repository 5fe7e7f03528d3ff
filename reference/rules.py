"""The privacy rules: the catalogue that the API, the page and Relay's configuration read."""

import json
from pathlib import Path
from typing import Any

from reference.tables import code, table

CATALOGUE = "template/app/observability/privacy/catalogue.json"

HEAD = """# Privacy rules

From `app/observability/privacy/catalogue.json`, the one file that the API, the page and Relay's
configuration read. What leaves at which level, with the test for each statement, is `COMPLIANCE.md` in
your service.

"""


def page(root: Path) -> str:
    """The page, from the catalogue."""
    rules: dict[str, Any] = json.loads((root / CATALOGUE).read_text("utf-8"))
    classes, levels = rules["classes"], ("standard", "gdpr", "hipaa")
    parts = [HEAD, "## Classes\n\nWhat is recognised, what stands in its place, and why.\n"]
    rows = [
        (name, code(entry["marker"]), entry["says"], entry.get("source", ""))
        for name, entry in classes.items()
    ]
    parts.append(table(("class", "becomes", "what it is", "source"), rows))
    parts.append("## Values\n\nFound by their form, wherever they stand.\n")
    found = [
        (
            code(rule["id"]),
            rule["kind"],
            rule["class"],
            ", ".join(level for level in levels if level in rule["levels"]),
            rule.get("source", ""),
        )
        for rule in rules["values"]
    ]
    parts.append(table(("rule", "finds", "class", "levels", "source"), found))
    parts.append(
        "## Keys\n\nWhat lies under these is removed, in any spelling (`api_key`, `X-Api-Key`, `apiKey`).\n"
    )
    parts.append(
        table(
            ("class", "keys"), [(name, ", ".join(keys)) for name, keys in rules["keys"]["sensitive"].items()]
        )
    )
    parts.append("## Safe Harbor\n\nThe 18 identifiers of 45 CFR 164.514(b)(2), and what finds each.\n")
    identifiers = [
        (letter, entry["says"], ", ".join(entry.get("classes", ())), ", ".join(entry.get("rules", ())))
        for letter, entry in rules["safe_harbor"].items()
    ]
    parts.append(table(("", "identifier", "classes", "rules"), identifiers))
    return "\n".join(parts)
