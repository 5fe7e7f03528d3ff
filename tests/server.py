"""Services that run as processes of their own, for tests that talk to them."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.workers.system import free_port


class Server:
    """A running service."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def request(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


class Servers:
    """Services of one test. Use as a context manager: all of them are stopped at its end."""

    def __init__(self, python: Path, logs: Path) -> None:
        self._python, self._logs = python, logs
        self._running: list[Server] = []

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._running:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()

    def start(self, folder: Path, *arguments: str, settings: Mapping[str, str], port: int = 0) -> Server:
        """Start the service in a folder and wait until it answers.

        Args:
            folder: the rendered service.
            arguments: for uvicorn.
            settings: environment variables.
            port: where it listens; a free one when it is 0.
        """
        port = port or free_port()
        log = self._logs / f"log-{port}-{len(self._running)}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [self._python, "-m", "uvicorn", "app.main:app", "--port", str(port), *arguments],
                cwd=folder,
                env={**os.environ, "RATES_URL": "http://127.0.0.1:9/", **settings},
                stdout=out,
                stderr=out,
            )
        server = Server(process, port, log)
        self._running.append(server)
        for _ in range(300):
            with contextlib.suppress(OSError):
                server.request("GET", "/health/live")
                return server
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.1)
        raise AssertionError(log.read_text("utf-8"))
