"""The variables of bug reports and their mails."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

ADDRESS = r"^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,9}$"
"""One mail address: no list, no name beside it, nothing that could end the line of a header."""


class ReportsSettings(BaseSettings):
    """What becomes a report, who may read it, and who is told by mail."""

    # Severity of the report that an error becomes, unhandled or answered with a 5xx; `off` for none.
    reports_of_errors: Literal["off", "low", "medium", "high", "critical"] = "high"
    # Roles (a claim of the token) that see and change the reports of everybody.
    reports_staff_roles: Annotated[tuple[str, ...], NoDecode] = ("admin", "staff")
    reports_retention_days: int = Field(90, ge=1, le=3_650)  # after them reports are deleted
    # Where reports wait while the database is away; on a disk that outlives the process.
    reports_spool: Path = Path("var/reports")
    reports_spool_limit: int = Field(10_000, ge=10, le=1_000_000)  # how many may wait

    # Critical reports are mailed to this address, and to the user; nothing is mailed without SMTP_HOST.
    reports_admin_email: str | None = Field(None, pattern=ADDRESS, max_length=320)
    # Mails an hour to admins, and as many to users. What is above waits and is told in one mail.
    reports_mail_limit: int = Field(20, ge=1, le=1_000)
    smtp_host: str | None = Field(None, pattern=r"^[A-Za-z0-9._:-]{1,255}$")  # the mail server
    smtp_port: int | None = Field(None, ge=1, le=65_535)  # without a value: the usual one of SMTP_SECURITY
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"  # how the connection is protected
    smtp_user: str | None = None  # to log in; needs SMTP_PASSWORD
    smtp_password: SecretStr | None = None  # never without protection
    smtp_sender: str | None = Field(None, pattern=ADDRESS, max_length=320)  # the address mails come from
    smtp_timeout_seconds: float = Field(10.0, gt=0, le=120)  # patience with the mail server

    @field_validator("reports_staff_roles", mode="before")
    @classmethod
    def _roles(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _mail(self) -> "ReportsSettings":
        if self.smtp_host and not self.smtp_sender:
            raise ValueError("SMTP_SENDER, the address that mails come from, must be set when SMTP_HOST is")
        if bool(self.smtp_user) != bool(self.smtp_password):
            raise ValueError("SMTP_USER and SMTP_PASSWORD belong together; set both or neither")
        if self.smtp_password and self.smtp_security == "none":
            raise ValueError("SMTP_SECURITY=none would send SMTP_PASSWORD in clear text; use starttls or tls")
        return self
