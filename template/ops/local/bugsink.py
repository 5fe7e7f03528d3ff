"""A local web viewer for captured errors: Bugsink on loopback, with project and DSN ready, and no Docker.

Run it from the service's folder (Linux or macOS); `make errors` does:

    uv run --no-project --with 'bugsink>=2.6,<3' python ops/local/bugsink.py [--port 8300] [--data .bugsink]

Everything it keeps is in `.bugsink/`; delete that folder to start afresh. Bugsink (PolyForm Shield licence,
free to run locally for one user) is fetched by whoever runs this and is no dependency of the service.

Owned by the template: `copier update` keeps this file current.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# Bugsink, Django and gunicorn carry no types and are absent where the service is type-checked.

import argparse
import fcntl
import os
import re
import secrets
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HOST, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - in a container, where its engine says who gets in
STOPS = (signal.SIGINT, signal.SIGTERM)

# A real module behind `PORT = ...` and `NAME = ...`, so that `bugsink-manage` works inside `.bugsink/` too.
SETTINGS = """
# Bugsink for one developer on this machine. Rewritten at every start: edit ops/local/bugsink.py instead.
from pathlib import Path

from bugsink.settings.default import *

DATA = Path(__file__).resolve().parent
SECRET_KEY = (DATA / "secret_key").read_text()
DATABASES["default"]["NAME"] = DATA / "bugsink.sqlite3"
DATABASES["snappea"]["NAME"] = DATA / "snappea.sqlite3"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", NAME]  # no page gets in by a host name of its own (DNS rebinding)
SESSION_COOKIE_NAME = f"bugsink_session_{PORT}"  # cookies ignore the port: keep clear of the service's own
CSRF_COOKIE_NAME = f"bugsink_csrf_{PORT}"
TIME_ZONE = "UTC"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
LOGGING["loggers"]["bugsink"]["level"] = "WARNING"  # else one line per envelope
SNAPPEA = {"TASK_ALWAYS_EAGER": True}  # no second process; an event is stored before the SDK has its answer
BUGSINK = {
    "BASE_URL": f"http://127.0.0.1:{PORT}",
    "SINGLE_USER": True,  # what the licence allows
    "PHONEHOME": False,
    "VALIDATE_ON_DIGEST": "none",  # "strict" loses the SDK's own capture_message without a word
    "KEEP_ENVELOPES": 500,  # as sent but unpacked, every item type, in table ingest_envelope
    "INGEST_STORE_BASE_DIR": DATA / "ingestion",
}
"""

READY = """
Errors    http://127.0.0.1:{port}/
Login     admin / admin (good enough because only this machine can reach it)
DSN       {dsn}

For .env (--write-env puts them there):
SENTRY_ENABLED=true
SENTRY_DSN={dsn}

Ctrl-C stops it."""


def say(text: str, end: str = "\n") -> None:
    """Progress and trouble go to stderr; stdout has only what was asked for."""
    print(text, end=end, file=sys.stderr, flush=True)


class Dots:
    """The output stream of `migrate`, reduced to one dot per migration."""

    def write(self, text: str) -> None:
        say("." * text.count("Applying"), end="")


def write_settings(data: Path, port: int, name: str) -> None:
    """Write the secret key once and the settings for this port and name of the machine every time."""
    ignore, key = data / ".gitignore", data / "secret_key"
    if not ignore.exists():
        ignore.write_text("*\n")
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48))
    (data / "bugsink_conf.py").write_text(f"PORT = {port}\nNAME = {name!r}\n{SETTINGS}")


def migrate(data: Path) -> None:
    """Create or upgrade both databases; what an interrupted first start left behind goes first."""
    from bugsink.timed_sqlite_backend.base import allow_long_running_queries
    from django.core.management import call_command

    unfinished = data / "unfinished"
    if unfinished.exists():
        for leftover in (*data.glob("bugsink.sqlite3*"), *data.glob("snappea.sqlite3*")):
            leftover.unlink()
    if not (data / "bugsink.sqlite3").exists():
        say("(first start: up to 20 s) ", end="")
        unfinished.touch()
    allow_long_running_queries()
    call_command("migrate", stdout=Dots())
    call_command("migrate", "snappea", database="snappea", verbosity=0)
    unfinished.unlink(missing_ok=True)


def project_dsn(name: str, key: UUID | None) -> str:
    """Return the DSN of the oldest project; without one, create it as `name`, with its user and team.

    A `key` becomes that of the DSN.
    """
    from projects.models import Project, ProjectMembership, ProjectRole
    from teams.models import Team
    from users.models import User

    user = User.objects.first() or User.objects.create_superuser("admin", "", "admin")
    project = Project.objects.filter(is_deleted=False).order_by("pk").first()
    if project is None:
        team = Team.objects.first() or Team.objects.create(name="Local")
        project = Project.objects.create(name=name, team=team)
    member = {"role": ProjectRole.ADMIN, "accepted": True}
    ProjectMembership.objects.get_or_create(project=project, user=user, defaults=member)
    if key is not None:
        project.sentry_key = key
        project.save()
    return str(project.dsn)


def prepare(data: Path, port: int, name: str, key: UUID | None) -> str:
    """Bring everything in `data` up to date and return the project's DSN."""
    say(f"Preparing Bugsink in {data} ", end="")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one preparation at a time
        write_settings(data, port, name)
        sys.path.insert(0, str(data))
        os.environ["DJANGO_SETTINGS_MODULE"] = "bugsink_conf"
        import bugsink.wsgi  # noqa: F401  (sets Django up)
        from django.db import connections

        migrate(data)
        dsn = project_dsn(Path.cwd().name or "service", key)
        connections.close_all()  # the server forks
    say("")
    return dsn


def fill_env(text: str, name: str, value: str) -> str:
    """Give `name` a value in the text of a `.env` file, in place where it stands empty; a set one stays."""
    assigned = rf"(?mi)^([ \t]*(?:export[ \t]+)?{name}[ \t]*=)"
    empty = assigned + r"(?:[ \t]*(?:''|\"\"))?([ \t]*|[ \t]+#[^\r\n]*)(?=\r?$)"
    places = len(re.findall(assigned, text))
    if places > len(re.findall(empty, text)):
        return text
    if places:
        return re.sub(empty, rf"\g<1>{value}\g<2>", text)
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = newline if text and not text.endswith("\n") else ""
    return f"{text}{gap}{name}={value}{newline}"


def write_env(env: Path, dsn: str) -> str:
    """Point the service here by `env`, unless it has a DSN; return what was done, as a sentence."""
    before = env.read_bytes().decode("utf-8", "surrogateescape") if env.exists() else ""
    with_dsn = fill_env(before, "SENTRY_DSN", dsn)
    if with_dsn == before:
        return f"{env} has a SENTRY_DSN already and is left alone."
    after = fill_env(with_dsn, "SENTRY_ENABLED", "true")
    env.write_bytes(after.encode("utf-8", "surrogateescape"))
    kept = "; its SENTRY_ENABLED was set and stays: it has to be true" if after == with_dsn else ""
    return f"{env} now sends the service's errors here{kept}."


@contextmanager
def expected_free(port: int) -> Iterator[None]:
    """Turn trouble with the port into one sentence and exit code 2."""
    try:
        yield
    except (OSError, OverflowError) as error:
        say(f"Port {port} of {HOST} must be free ({error}): stop what runs there or pass --port N.")
        raise SystemExit(2) from None


def claim(host: str, port: int) -> socket.socket:
    """Take the port before the slow part; it refuses connections until the server listens."""
    claimed = socket.socket()
    claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with expected_free(port):
        claimed.bind((host, port))
    return claimed


def without_rate_limits(app: WSGIApplication) -> WSGIApplication:
    """Strip the header by which Bugsink 2.6 makes SDKs drop their transactions and spans for a day."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value) for name, value in headers if name.lower() != "x-sentry-rate-limits"]
            return start_response(status, kept, *rest)

        return app(environ, start)

    return wrapped


def stop_at_once(_worker: object) -> None:
    """Let the worker leave on the master's word alone: under Ctrl-C, gunicorn 26.2 can hang for 30 s.

    SQLite needs no goodbye, and whatever an SDK has an answer for is stored.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, lambda *_: os._exit(0))


def serve(claimed: socket.socket, ready: str) -> None:
    """Print `ready` and serve until Ctrl-C or SIGTERM.

    By gunicorn, which comes with Bugsink: unlike wsgiref it takes the chunked requests of @sentry/node.
    """
    import bugsink.urls  # noqa: F401  (imports every view now, not during the first request)
    from bugsink.wsgi import application
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    with expected_free(claimed.getsockname()[1]):
        claimed.listen()
    options = {
        "bind": f"fd://{claimed.detach()}",
        "threads": 8,
        "loglevel": "warning",
        "control_socket_disable": True,
        "post_worker_init": stop_at_once,
        "when_ready": lambda _arbiter: print(ready, flush=True),
    }

    class Viewer(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> WSGIApplication:
            return without_rate_limits(application)

    # A closed terminal means stop, not reload; and no stop waits for idle connections that an SDK keeps open.
    Arbiter.handle_hup = Arbiter.handle_term = Arbiter.handle_int
    Viewer().run()


def main() -> int:
    parser = argparse.ArgumentParser(description="Local web viewer for captured errors.")
    parser.add_argument("--port", type=int, default=8300, help="port on 127.0.0.1 (8300)")
    parser.add_argument("--data", type=Path, default=".bugsink", help="folder for its state (.bugsink)")
    parser.add_argument(
        "--host", metavar="NAME", help="be reached by this name, too: for a network of containers"
    )
    parser.add_argument("--key", type=UUID, help="32 hex digits: the key of the DSN (a random one)")
    parser.add_argument("--write-env", action="store_true", help="put the DSN into ./.env if it has none")
    parser.add_argument("--print-dsn", action="store_true", help="prepare, print only the DSN, and exit")
    args = parser.parse_args()

    here = Path(__file__).resolve().parent  # Python puts it first; "bugsink" would be this very file
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]
    if find_spec("bugsink") is None:
        say(f"Bugsink is missing: run `uv run --no-project --with 'bugsink>=2.6,<3' python {sys.argv[0]}`.")
        return 2
    for stop in STOPS:
        signal.signal(stop, signal.default_int_handler)
    try:
        claimed = None if args.print_dsn else claim(EVERYWHERE if args.host else HOST, args.port)
        dsn = prepare(args.data.resolve(), args.port, args.host or "localhost", args.key)
        if args.write_env:
            say(write_env(Path(".env"), dsn))
        if claimed is None:
            print(dsn)
        else:
            serve(claimed, READY.format(port=args.port, dsn=dsn))
    except KeyboardInterrupt:
        for stop in STOPS:
            signal.signal(stop, signal.SIG_IGN)  # a second one is no reason to fail
        say("Stopped.")
        return 130 if args.print_dsn else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
