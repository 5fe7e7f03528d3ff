"""Calls of an application as a server makes them, for what no HTTP client does."""

from typing import Any

from fastapi import FastAPI


async def call(
    app: FastAPI,
    kind: str,
    path: str,
    headers: list[tuple[bytes, bytes]] | None = None,
    *,
    leaves: bool = False,
    sent: list[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Make one request, or open a websocket connection.

    Args:
        app: the application.
        kind: `http` or `websocket`.
        path: what is asked for.
        headers: names and values, as they are.
        leaves: the client is gone when it is listened to.
        sent: takes what the application sends, for calls that raise.

    Returns:
        What the application sent.
    """
    sent = [] if sent is None else sent
    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "server": ("service.test", 80),
        "client": ("127.0.0.1", 1),
        "headers": headers or [],
    }
    if kind == "http":
        scope["method"] = "GET"
        arriving = [{"type": "http.request", "body": b"", "more_body": False}]
    else:
        scope["extensions"] = {"websocket.http.response": {}}
        arriving = [{"type": "websocket.connect"}]
    if leaves:
        arriving = [*arriving[: kind == "websocket"], {"type": f"{kind}.disconnect", "code": 1001}]

    async def receive() -> dict[str, Any]:
        return arriving.pop(0) if len(arriving) > 1 else arriving[0]

    async def send(message: Any) -> None:
        if message["type"] == "websocket.http.response.start" and sent:
            raise RuntimeError("the connection is accepted already")
        sent.append(message)

    await app(scope, receive, send)
    return sent
