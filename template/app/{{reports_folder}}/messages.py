"""The words of a mail: what rows hold, put into a text and an HTML template."""

import html
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from app.reports.model import Audience, Report
from app.settings import Settings
from app.wiring import SERVICE

TEMPLATES: Final = Path(__file__).parent / "templates"
MOST_LISTED: Final = 20
"""Reports that one mail lists; of more it gives the number."""

SUBJECTS: Final[dict[Audience, str]] = {
    "admin": f"[{SERVICE}] $count critical $reports",
    "user": f"{SERVICE}: something went wrong, and we know about it",
}


def compose(
    audience: Audience, to: str, reports: Sequence[Report], settings: Settings, message_id: str
) -> EmailMessage:
    """One mail about one or several reports."""
    assert settings.smtp_sender is not None  # as the settings demand where there is a mail server
    describe = _described if audience == "admin" else _reference
    listed = [describe(report) for report in reports[:MOST_LISTED]]
    if len(reports) > MOST_LISTED:
        listed.append(f"and {len(reports) - MOST_LISTED} more")
    words = {
        "count": str(len(reports)),
        "reports": "report" if len(reports) == 1 else "reports",
        "service": SERVICE,
        "environment": settings.environment,
        "list": "\n".join(listed) + "\n",
    }
    message = EmailMessage()
    message["Subject"] = Template(SUBJECTS[audience]).substitute(words)
    message["From"] = settings.smtp_sender
    message["To"] = to
    message["Date"] = formatdate()
    # The same for every attempt: a mail that was sent twice after a crash is shown once.
    message["Message-ID"] = f"<{message_id}@{settings.smtp_sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(_template(f"{audience}.txt").substitute(words))
    safe = {name: html.escape(word) for name, word in words.items()}
    message.add_alternative(_template(f"{audience}.html").substitute(safe), subtype="html")
    return message


def _described(report: Report) -> str:
    facts = {
        "report": report.id,
        "at": report.created_at.isoformat(timespec="seconds"),
        "category": report.category,
        "error": report.error_type,
        "message": report.message,
        "route": report.route,
        "request": report.request_id,
        "event": report.event_id,
    }
    return "".join(f"{name:<9} {value}\n" for name, value in facts.items() if value)


def _reference(report: Report) -> str:
    return str(report.request_id or report.id)


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
