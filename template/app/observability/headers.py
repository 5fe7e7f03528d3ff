"""Request headers as part of an event: words of a closed vocabulary only, since a client may send any."""

import re
from collections.abc import Collection, Mapping
from typing import Final

_TYPES: Final = frozenset({"*", "application", "audio", "font", "image", "multipart", "text", "video"})
_SUBTYPES: Final = frozenset(
    {
        "csv",
        "event-stream",
        "form-data",
        "html",
        "json",
        "plain",
        "problem+json",
        "x-www-form-urlencoded",
        "xml",
    }
)
"""Any other becomes `*`; `vnd.something+json` becomes `*+json`."""
_SUFFIXES: Final = frozenset({"json", "xml"})
_CODINGS: Final = frozenset(["*", "br", "chunked", "compress", "deflate", "gzip", "identity", "zstd"])
_CHARSETS: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})
_LANGUAGE: Final = re.compile(r"\*|[a-z]{2}(?:-[A-Z]{2})?")
_LENGTH: Final = re.compile(r"[0-9]{1,8}")
_MOST: Final = 12

Headers = Mapping[bytes, bytes]


def described(headers: Headers, known_hosts: Collection[str]) -> dict[str, str]:
    """The headers that help to understand a failure; an allow-list, so a new header is never a new leak.

    Args:
        headers: with names in lower case.
        known_hosts: names under which the service is reached, in lower case. Any other is the client's own.
    """
    told: dict[str, str] = {}
    for name, reader in _READERS.items():
        if (raw := headers.get(name)) is not None and (value := reader(raw.decode("latin-1"))):
            told[name.decode()] = value
    if host := known_host(headers, known_hosts):
        told["host"] = host
    return told


def known_host(headers: Headers, known_hosts: Collection[str]) -> str | None:
    """The host that the client asked for, without its port, if it is one of ours."""
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host.partition(":")[0]
    return name if name in known_hosts else None


def _media_types(text: str) -> str:
    return ", ".join(filter(None, (_media_type(part) for part in text.split(",")[:_MOST])))


def _media_type(text: str) -> str:
    """`application/json`; of its parameters only a charset that exists."""
    whole, *parameters = (part.strip().lower() for part in text.split(";"))
    kind, _, subtype = whole.partition("/")
    suffix = subtype.rpartition("+")[2]
    if kind not in _TYPES or not subtype:
        return ""
    if subtype not in _SUBTYPES:
        subtype = f"*+{suffix}" if "+" in subtype and suffix in _SUFFIXES else "*"
    charsets = (
        value.strip('"') for name, _, value in (p.partition("=") for p in parameters) if name == "charset"
    )
    charset = next((charset for charset in charsets if charset in _CHARSETS), None)
    return f"{kind}/{subtype}" + (f"; charset={charset}" if charset else "")


def _codings(text: str) -> str:
    names = (part.partition(";")[0].strip().lower() for part in text.split(",")[:_MOST])
    return ", ".join(name for name in names if name in _CODINGS)


def _languages(text: str) -> str:
    names = (part.partition(";")[0].strip() for part in text.split(",")[:_MOST])
    return ", ".join(name for name in names if _LANGUAGE.fullmatch(name))


def _length(text: str) -> str:
    return text if _LENGTH.fullmatch(text) else ""


_READERS: Final = {
    b"accept": _media_types,
    b"accept-encoding": _codings,
    b"accept-language": _languages,
    b"content-encoding": _codings,
    b"content-length": _length,
    b"content-type": _media_types,
}
