"""Hold the organization's privacy settings in Sentry against the level of this service.

    python ops/sentry/privacy.py            # tell what differs
    python ops/sentry/privacy.py --apply    # and change it: for every project of the organization

The provider of main.tf has none of them. SENTRY_AUTH_TOKEN (scope org:write), SENTRY_ORG and, for a Sentry of
your own, its address come from the environment: SENTRY_URL, or SENTRY_BASE_URL as the provider has it.

Exit codes: 0 all is as it should be, 1 something differs, 2 something is not set, 3 the token was refused,
4 Sentry cannot be reached, or something else answers at its address.

Owned by the template: `copier update` keeps this file current.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.wiring import COMPLIANCE

STANDARD: Final = {
    "dataScrubber": True,  # passwords and card numbers are removed by Sentry, too
    "dataScrubberDefaults": True,
    "allowSharedIssues": False,  # no issue has an address that works without a login
}
GDPR: Final = {
    **STANDARD,
    "scrubIPAddresses": True,
    "enhancedPrivacy": True,  # mails and chat messages carry a link, not the data
    "scrapeJavaScript": False,
}
HIPAA: Final = {
    **GDPR,
    "hideAiFeatures": True,  # no data goes on to whoever runs the models
    "attachmentsRole": "owner",
    "storeCrashReports": 0,
}
SETTINGS: Final[dict[str, dict[str, Any]]] = {"standard": STANDARD, "gdpr": GDPR, "hipaa": HIPAA}
"""Settings of `PUT /api/0/organizations/{slug}/` (Sentry's API schema 0.272) for each level."""

REFUSALS: Final = {
    401: (
        3,
        "the token was refused; make one with the scope org:write, under Settings > Custom Integrations.",
    ),
    403: (3, "the token may not do that; it needs the scope org:write."),
    404: (2, "there is no such organization; SENTRY_ORG is its slug."),
}


def address() -> str:
    """Where Sentry is. The token goes there, so a Sentry of your own must be found by either name."""
    own = os.environ.get("SENTRY_URL") or os.environ.get("SENTRY_BASE_URL") or "https://sentry.io"
    return re.sub(r"((?<!/)/api(/0)?)?/*$", "", own)


def differing(now: dict[str, Any]) -> dict[str, Any]:
    """The settings that are not as the level wants them, with what it wants."""
    return {name: wanted for name, wanted in SETTINGS[COMPLIANCE].items() if now.get(name) != wanted}


def hold(client: httpx.Client, *, apply: bool) -> int:
    """Compare, tell and, if asked, change; returns the exit code."""
    answer = client.get("")
    answer.raise_for_status()
    now = answer.json()
    wrong = differing(now)
    for name, wanted in wrong.items():
        print(f"{name}: {now.get(name)!r}, level {COMPLIANCE} wants {wanted!r}")
    if wrong and apply:
        client.put("", json=wrong).raise_for_status()
        wrong = differing(client.get("").raise_for_status().json())
        print(f"not changed by Sentry: {', '.join(wrong)}" if wrong else "changed.")
    elif not wrong:
        print(f"The settings are those of level {COMPLIANCE}.")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Privacy settings of the organization in Sentry.")
    parser.add_argument(
        "--apply", action="store_true", help="change what differs, for the whole organization"
    )
    apply = parser.parse_args().apply
    token, organization = os.environ.get("SENTRY_AUTH_TOKEN"), os.environ.get("SENTRY_ORG")
    if not token or not organization:
        print("privacy: set SENTRY_AUTH_TOKEN and SENTRY_ORG.", file=sys.stderr)
        return 2
    base = address()
    try:
        with httpx.Client(
            base_url=f"{base}/api/0/organizations/{organization}/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        ) as client:
            return hold(client, apply=apply)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        code, told = REFUSALS.get(status, (1, f"Sentry answered with {status}."))
        print(f"privacy: {told}", file=sys.stderr)
        return code
    except httpx.TransportError as error:
        print(f"privacy: Sentry cannot be reached at {base} ({type(error).__name__}).", file=sys.stderr)
        return 4
    except json.JSONDecodeError:
        print(f"privacy: what answers at {base} is not Sentry; check SENTRY_URL.", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main())
