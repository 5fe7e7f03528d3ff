"""From a bearer token to a verified principal; an unverified token is as good as none."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import httpx
import jwt  # PyJWT: the reference implementation, maintained, typed, refuses `alg: none` and key confusion
from fastapi import Depends, HTTPException, Request, status
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Unavailable
from app.observability import add_breadcrumb, logger, set_user
from app.settings import Settings, SettingsError

MAX_TOKEN_BYTES: Final = 8_192
REMEMBERED_SECONDS: Final = 60.0
"""How long a checked token is not checked again; to check one costs as much as a small request."""
REMEMBERED_TOKENS: Final = 4_096
KEYS_TTL_SECONDS: Final = 3_600.0
KEYS_RETRY_SECONDS: Final = 30.0
"""Least time between two requests for the key set, so that made-up key ids cannot flood its server."""
KEYS_FIRST_RETRY_SECONDS: Final = 1.0
"""The same as long as there is no key at all, and so nobody can be let in."""
KEYS_TIMEOUT_SECONDS: Final = 2.0
KEYS_MOST_BYTES: Final = 1_000_000
LONGEST_CLAIM: Final = 255
"""Characters of an id: as many as `sub` may have (OpenID Connect Core 1.0, section 2)."""
LONGEST_EMAIL: Final = 320


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from, according to a verified token."""

    user_id: str
    tenant: str | None
    role: str | None
    email: str | None


class TokenVerifier:
    """Checks signature, algorithm, expiry, audience and issuer; all of them fixed by settings."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        """Start.

        Args:
            settings: key or key set, algorithm, audience, issuer and names of claims.
            clock: seconds since 1970, given by tests.
        """
        self._settings = settings
        self._clock = clock
        self._remembered: dict[bytes, tuple[float, Principal]] = {}
        self._key = settings.auth_key.get_secret_value() if settings.auth_key else None
        if self._key is not None:
            self._require_usable(self._key, settings.auth_algorithm)
        self._key_set = KeySet(settings.auth_jwks_url) if settings.auth_jwks_url else None

    @staticmethod
    def _require_usable(key: str, algorithm: str) -> None:
        try:
            jwt.get_algorithm_by_name(algorithm).prepare_key(key)
        except Exception:
            expected = "expected a public key in PEM"
            raise SettingsError(
                f"AUTH_KEY is not a key for AUTH_ALGORITHM={algorithm}; {expected}."
            ) from None

    async def verify(self, token: str) -> Principal | None:
        """The token's principal; None for anything but a token that is valid now.

        Raises:
            Unavailable: no key that it could be checked with has been had yet.
        """
        if len(token) > MAX_TOKEN_BYTES:
            return None
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        until, known = self._remembered.get(digest, (0.0, None))
        if known is not None and self._clock() < until:
            return known
        try:
            key = self._key or await self._published_key(token)
            return self._remember(digest, self._decode(token, key)) if key is not None else None
        except Unavailable:
            raise
        except Exception:  # whatever is wrong with a token, it is a wrong token
            return None

    def _remember(self, digest: bytes, claims: Mapping[str, Any]) -> Principal | None:
        """Keep who it is for a minute, and never longer than the token is valid; not the token itself."""
        principal = self._principal(claims)
        if principal is not None:
            if len(self._remembered) >= REMEMBERED_TOKENS:
                self._remembered.clear()
            expires = float(claims["exp"]) + self._settings.auth_leeway_seconds
            self._remembered[digest] = min(self._clock() + REMEMBERED_SECONDS, expires), principal
        return principal

    async def _published_key(self, token: str) -> Any:
        if self._key_set is None:
            return None
        return await self._key_set.find(jwt.get_unverified_header(token).get("kid"))

    def _decode(self, token: str, key: Any) -> Mapping[str, Any]:
        settings = self._settings
        return jwt.decode(
            token,
            key,
            algorithms=[settings.auth_algorithm],
            audience=settings.auth_audience,
            issuer=settings.auth_issuer,
            leeway=settings.auth_leeway_seconds,
            options={"require": ["exp", "aud", "iss", settings.auth_user_claim]},
        )

    def _principal(self, claims: Mapping[str, Any]) -> Principal | None:
        settings = self._settings
        user_id = _id(claims.get(settings.auth_user_claim))
        if user_id is None:
            return None
        return Principal(
            user_id=user_id,
            tenant=_id(claims.get(settings.auth_tenant_claim)),
            role=_id(claims.get(settings.auth_role_claim)),
            email=_email(claims.get(settings.auth_email_claim)),
        )


class KeySet:
    """The signing keys that an identity provider publishes (JWKS, RFC 7517), kept for an hour."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, Any] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: object) -> Any:
        """The key with that id; None if the provider does not publish it.

        Whoever asks for an unknown one while it is fetched waits, and then finds it.

        Raises:
            Unavailable: no key has been had yet.
        """
        wanted = key_id if isinstance(key_id, str) else None
        if self._is_due(wanted) and not (wanted in self._keys and self._fetching.locked()):
            async with self._fetching:
                if self._is_due(wanted):
                    await self._fetch()
        if not self._keys:
            raise Unavailable("the key set of AUTH_JWKS_URL could not be fetched yet")
        return self._keys.get(wanted)

    def _is_due(self, wanted: str | None) -> bool:
        now = time.monotonic()
        outdated = wanted not in self._keys or now - self._fetched > KEYS_TTL_SECONDS
        rest = KEYS_RETRY_SECONDS if self._keys else KEYS_FIRST_RETRY_SECONDS
        return outdated and now - self._tried > rest

    async def _fetch(self) -> None:
        try:
            keys = jwt.PyJWKSet.from_dict(json.loads(await self._answer())).keys
        except Exception as error:  # whatever the provider answers
            # Known keys stay in use: an outage of the provider must not log everybody out.
            logger.warning(f"the key set of AUTH_JWKS_URL cannot be used: {type(error).__name__}")
        else:
            self._keys = {key.key_id: key.key for key in keys}
            self._fetched = time.monotonic()
        self._tried = time.monotonic()  # not before: a request that is cut off here has tried nothing

    async def _answer(self) -> bytes:
        """The provider's answer; one that takes too long or is too long is none."""
        answer = bytearray()
        async with (
            asyncio.timeout(KEYS_TIMEOUT_SECONDS),  # of it all: httpx's own is one of each step
            httpx.AsyncClient(timeout=KEYS_TIMEOUT_SECONDS) as client,
            client.stream("GET", self._url) as response,
        ):
            response.raise_for_status()
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > KEYS_MOST_BYTES:
                    raise ValueError("too long for a key set")
        return bytes(answer)


class AuthenticationMiddleware:
    """Puts the verified principal on the request, and on log lines and events of the request.

    A missing or bad token changes nothing here; `require_principal` turns it into a 401 where a route
    needs a user, and one that cannot be checked right now into a 503.
    """

    def __init__(self, app: ASGIApp, *, verifier: TokenVerifier) -> None:
        self.app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and (token := _bearer_token(scope)):
            await self._authenticate(scope, token)
        await self.app(scope, receive, send)

    async def _authenticate(self, scope: Scope, token: str) -> None:
        try:
            principal = await self._verifier.verify(token)
        except Unavailable as error:
            scope.setdefault("state", {})["unverified"] = error
            return
        if principal is None:
            add_breadcrumb("bearer token refused", category="auth", level="warning")
        else:
            scope.setdefault("state", {})["principal"] = principal
            set_user(principal.user_id, tenant=principal.tenant, role=principal.role)


def optional_principal(request: Request) -> Principal | None:
    """Dependency: who asks, if a valid token came with the request."""
    principal = getattr(request.state, "principal", None)
    return principal if isinstance(principal, Principal) else None


def require_principal(
    request: Request, principal: Annotated[Principal | None, Depends(optional_principal)]
) -> Principal:
    """Dependency: who asks; 401 without a valid token, 503 while no token can be checked."""
    if principal is None:
        if isinstance(unverified := getattr(request.state, "unverified", None), Unavailable):
            raise unverified
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"}
        )
    return principal


CurrentUser = Annotated[Principal, Depends(require_principal)]


def _bearer_token(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else None
    return None


def _id(claim: object) -> str | None:
    """A claim as an id; numbers are ids too, anything else is not.

    Raises:
        ValueError: it is too long. It is not cut: that might make it somebody else's.
    """
    if isinstance(claim, bool) or not isinstance(claim, str | int):
        return None
    text = str(claim)
    if len(text) > LONGEST_CLAIM:
        raise ValueError("too long for an id")
    return text or None


def _email(claim: object) -> str | None:
    return claim if isinstance(claim, str) and 0 < len(claim) <= LONGEST_EMAIL else None
