"""Variables of the page; a base of the service's `Settings`."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

BUILT_PAGE = Path(__file__).resolve().parents[2] / "frontend" / "dist"

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class PageSettings(BaseSettings):
    """Field `sentry_dsn_frontend` is the variable SENTRY_DSN_FRONTEND, and so on."""

    sentry_dsn_frontend: SecretStr | None = None  # where the page's errors go, if elsewhere
    # Share of page loads and navigations that are traced; without a value that of the API.
    sentry_frontend_traces_sample_rate: Rate | None = None
    # Recordings of what was on the screen, masked; never at hipaa, where the page has no code for them.
    sentry_replay_sample_rate: Rate = 0.0  # share of visits that are recorded
    sentry_replay_error_sample_rate: Rate = 0.0  # share of visits with an error
    # Take the page's envelopes ourselves, for browsers that block Sentry's host.
    sentry_tunnel_enabled: bool = False

    page_folder: Path = BUILT_PAGE  # where the built page lies
    # Other origins whose pages may call the API, comma-separated.
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        if not isinstance(value, tuple) or not all(_ORIGIN.fullmatch(str(part)) for part in value):
            raise ValueError("is not a comma-separated list of origins such as https://app.example.com")
        return value
