"""Every environment variable of the service: typed, validated, in one place.

Values come from the environment, then from a file `.env` in the working directory, then from the
defaults below. A wrong value stops the start with a sentence that names the variable and what is
accepted - except for telemetry (`TELEMETRY`): observing a service must never be what stops it, so a
wrong telemetry value is reported and its default is used. No message ever repeats a value: it may be a
secret that landed in the wrong variable.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from app.wiring import SERVICE, PartSettings

Environment = Literal["development", "test", "staging", "production"]
LogLevel = Literal["TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
CommaSeparated = Annotated[tuple[str, ...], NoDecode]

COMMIT_FILE = Path(__file__).resolve().parents[1] / ".commit"
"""Written by the image build where GIT_COMMIT cannot be set; git is never called at run time."""


class Settings(PartSettings):
    """The service's settings. Field `sentry_dsn` is the variable SENTRY_DSN, and so on."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    # The service. Production is the default because forgetting the variable must be the safe mistake.
    environment: Environment = "production"  # development, test, staging or production
    app_version: str = Field("0.1.0", pattern=r"^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$")  # in the release
    git_commit: str | None = Field(None, pattern=r"^[0-9A-Za-z._-]{4,64}$")  # without it: file `.commit`
    server_name: str = Field(SERVICE, max_length=64)  # of this machine or pod, on events

    # Privacy. The level is part of the code (`app/wiring.py`); this variable may only make it stricter.
    compliance_level: Literal["standard", "gdpr", "hipaa"] | None = None
    # Secret that pseudonyms of users are made with; the same in all processes, at least 16 bytes.
    privacy_key: SecretStr | None = Field(None, min_length=16)

    # Sentry.
    sentry_enabled: bool | None = None  # without a value: on, but not in development
    sentry_dsn: SecretStr | None = None  # where errors go; without it Sentry is off
    sentry_dsn_worker: SecretStr | None = None  # where the worker's errors go, if elsewhere
    sentry_environment: str | None = Field(None, pattern=r"^[^\s/]{1,64}$")  # without it: ENVIRONMENT
    sentry_release: str | None = Field(None, pattern=r"^[^\s/\\]{1,250}$")  # without it: slug@version+commit
    sentry_error_sample_rate: Rate = 1.0  # share of errors that are sent
    # Share of requests that are traced. Without a value: all in development, 10 % elsewhere; 0 is off.
    sentry_traces_sample_rate: Rate | None = None
    # `static`: a trace is sent in one piece when it ends; `stream`: each span soon after it ends.
    sentry_trace_lifecycle: Literal["static", "stream"] = "static"
    sentry_profiles_sample_rate: Rate = 0.0  # share of processes that profile their traces
    # Error events a minute and process; the first of a new kind always passes.
    sentry_error_rate_limit: int = Field(100, ge=1, le=10_000)
    sentry_max_breadcrumbs: int = Field(50, ge=0, le=1_000)  # kept for an event
    sentry_breadcrumb_level: LogLevel = "INFO"  # lines from this level on become breadcrumbs
    sentry_event_level: LogLevel = "ERROR"  # lines from this level on become events
    sentry_logs_enabled: bool = False  # forward lines as Sentry Logs
    # Status codes and ranges that make a handled exception an event.
    sentry_captured_statuses: CommaSeparated = ("500-599",)
    # No transaction and no access line for these paths and what is below them.
    sentry_untraced_paths: CommaSeparated = (
        "/config.json",
        "/favicon.ico",
        "/health",
        "/metrics",
        "/page",
        "/static",
    )
    sentry_trace_propagation_targets: CommaSeparated = ()  # your own hosts: they get trace headers
    # Names under which clients reach the service. Events tell no other: clients may ask for any.
    sentry_known_hosts: CommaSeparated = ("localhost", "127.0.0.1")
    sentry_debug: bool = False  # the SDK's own messages, as log lines

    # Logging.
    log_level: LogLevel = "INFO"  # the lowest that is written
    log_format: Literal["json", "text"] | None = None  # without a value: text in development, JSON elsewhere

    # Tokens. Give a key *or* a JWKS address; audience and issuer are always checked.
    auth_algorithm: Literal[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "EdDSA"
    ] = "HS256"  # the one algorithm that is accepted
    auth_key: SecretStr | None = None  # symmetric key of 32 bytes or more, or public key in PEM
    auth_jwks_url: str | None = Field(None, pattern=r"^https?://")  # of the identity provider's key set
    auth_issuer: str | None = None  # `iss` of a token; needed with a key or address
    auth_audience: str | None = None  # `aud` of a token; needed with a key or address
    auth_leeway_seconds: int = Field(30, ge=0, le=300)  # tolerated difference of clocks
    auth_user_claim: str = "sub"  # claim with the user's id
    auth_tenant_claim: str = "tenant"  # claim with the customer's or organization's id
    auth_role_claim: str = "role"  # claim with what the user may do
    auth_email_claim: str = "email"  # claim with the address that is never sent to Sentry

    # Opens the diagnostic routes, also in staging; never in production.
    diagnostics_token: SecretStr | None = None

    # Your settings go below this line; the template adds its own above it.
    rates_url: str = Field("https://api.frankfurter.dev/v1/latest", pattern=r"^https?://")
    rates_timeout_seconds: float = Field(3.0, gt=0, le=60)

    _problems: tuple[str, ...] = PrivateAttr(())

    @field_validator("environment", "log_format", "compliance_level", "sentry_trace_lifecycle", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("log_level", "sentry_breadcrumb_level", "sentry_event_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator(
        "sentry_captured_statuses",
        "sentry_untraced_paths",
        "sentry_trace_propagation_targets",
        "sentry_known_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("sentry_captured_statuses")
    @classmethod
    def _statuses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            first, _, last = part.partition("-")
            if not re.fullmatch(r"[45]\d\d(-[45]\d\d)?", part) or (last and first > last):
                raise ValueError("is not a comma-separated list of status codes or ranges such as 500-599")
        if not value:
            raise ValueError("has no status code; expected codes or ranges such as 500-599")
        return value

    @field_validator("sentry_untraced_paths")
    @classmethod
    def _paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(path.startswith("/") and path != "/" for path in value):
            raise ValueError("is not a comma-separated list of paths such as /health")
        return value

    @model_validator(mode="after")
    def _token_settings(self) -> "Settings":
        if self.auth_key and self.auth_jwks_url:
            raise ValueError("AUTH_KEY and AUTH_JWKS_URL are both set; exactly one of them is accepted")
        if self.auth_enabled and not (self.auth_issuer and self.auth_audience):
            raise ValueError("AUTH_ISSUER and AUTH_AUDIENCE must be set when AUTH_KEY or AUTH_JWKS_URL is")
        if self.auth_jwks_url and self.auth_algorithm.startswith("HS"):
            raise ValueError(
                "AUTH_ALGORITHM must be RS*, ES* or EdDSA with AUTH_JWKS_URL: a key set is public"
            )
        key = self.auth_key.get_secret_value() if self.auth_key else ""
        if key and self.auth_algorithm.startswith("HS") and len(key.encode()) < 32:
            raise ValueError("AUTH_KEY is too short; at least 32 bytes are accepted (openssl rand -hex 32)")
        if key.startswith("development-only") and self.environment in ("staging", "production"):
            raise ValueError("AUTH_KEY is the public key of .env.example; make one with openssl rand -hex 32")
        return self

    @model_validator(mode="after")
    def _pseudonym_key(self) -> "Settings":
        key = self.privacy_key.get_secret_value() if self.privacy_key else ""
        if key.startswith("development-only") and self.environment in ("staging", "production"):
            raise ValueError(
                "PRIVACY_KEY is that of .env.example, public; make one with openssl rand -hex 32"
            )
        return self

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each telemetry variable whose value was replaced by its default."""
        return self._problems

    @property
    def auth_enabled(self) -> bool:
        """Whether bearer tokens can be verified at all."""
        return bool(self.auth_key or self.auth_jwks_url)

    @property
    def traces_sample_rate(self) -> float:
        """Share of requests that are traced, 0..1: everything in development, 10 % elsewhere."""
        if self.sentry_traces_sample_rate is not None:
            return self.sentry_traces_sample_rate
        return 1.0 if self.environment == "development" else 0.1

    @property
    def json_logs(self) -> bool:
        """JSON lines, except in development where people read them."""
        return (self.log_format or ("text" if self.environment == "development" else "json")) == "json"

    @property
    def release(self) -> str:
        """`service@version+commit`, which Sentry orders by semantic version."""
        if self.sentry_release:
            return self.sentry_release
        commit = self.git_commit or _commit_of_the_build()
        return f"{SERVICE}@{self.app_version}" + (f"+{commit[:12]}" if commit else "")

    @property
    def captured_statuses(self) -> frozenset[int]:
        """Status codes of handled errors that are events; the rest is the client's business."""
        codes: set[int] = set()
        for part in self.sentry_captured_statuses:
            first, _, last = part.partition("-")
            codes.update(range(int(first), int(last or first) + 1))
        return frozenset(codes)


TELEMETRY = frozenset(
    name
    for name in Settings.model_fields
    if name.startswith(("sentry_", "log_")) or name in {"app_version", "git_commit", "server_name"}
)
"""Fields that describe how the service is observed; a wrong value never stops the start."""

_EXPECTED = {
    "bool_parsing": "true or false",
    "float_parsing": "a number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "literal_error": "one of {expected}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "finite_number": "a finite number",
}


class SettingsError(SystemExit):
    """The settings do not allow a start.

    A `SystemExit`, so that every entry point (uvicorn, a worker, the command line) ends with these
    sentences and not with a traceback round them.
    """


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` win (tests use them).

    Raises:
        SettingsError: a variable outside `TELEMETRY` is wrong; the message has one sentence for each.
    """
    problems: list[str] = []
    values = dict(overrides)
    while True:
        try:
            settings = Settings(**values)  # type: ignore[arg-type]
        except SourceError as error:  # a list or table that is no JSON; the text names the field alone
            found = re.search(r'field "(\w+)"', str(error))
            name = found[1].upper() if found else "A variable"
            raise SettingsError(f"{name} has a value that is not accepted; expected JSON.") from None
        except UnicodeDecodeError:
            raise SettingsError("The file .env is not accepted; expected text in UTF-8.") from None
        except ValidationError as error:
            wrong = {str(item["loc"][0]) if item["loc"] else "": _sentence(item) for item in error.errors()}
            fatal = [sentence for name, sentence in wrong.items() if name not in TELEMETRY]
            if fatal:
                raise SettingsError("\n".join(fatal)) from None
            for name, sentence in wrong.items():
                problems.append(f"{sentence} The default is used instead.")
                values[name] = Settings.model_fields[name].default
        else:
            settings._problems = tuple(problems)
            return settings


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()


def _sentence(item: object) -> str:
    """One sentence about one wrong variable, without its value."""
    details = dict(item)  # type: ignore[call-overload]
    context = details.get("ctx") or {}
    if not details["loc"]:
        return f"{context.get('error') or details['msg']}."
    name = str(details["loc"][0]).upper()
    if details["type"] == "value_error":
        return f"{name} {context['error']}."
    expected = _EXPECTED.get(details["type"], "a valid value").format(**context)
    return f"{name} has a value that is not accepted; expected {expected}."


def _commit_of_the_build() -> str | None:
    try:
        text = COMMIT_FILE.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if re.fullmatch(r"[0-9A-Za-z._-]{4,64}", text) else None
