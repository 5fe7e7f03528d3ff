"""Tell Sentry about a release: create it, name its commit, finalize it, and say where it was deployed.

`make release` runs it; SENTRY_AUTH_TOKEN, SENTRY_ORG and, for a Sentry of your own, SENTRY_URL come from the
environment. Running it again changes nothing. Without a token it does nothing and says nothing.

Exit codes: 0 done, 1 Sentry did not accept something, 2 something is not set, or is not accepted, 3 the token
was refused, 4 Sentry cannot be reached. `make` ends with 2 after each of them.

Source maps are not uploaded here: building the page with the token does that (`make page-build`).

Owned by the template: `copier update` keeps this file current.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.settings import Settings, load_settings  # noqa: E402
from app.wiring import SERVICE  # noqa: E402

COMPONENTS: Final = {"api": "app", "worker": "app/worker", "page": "frontend"}
"""Component -> folder; each has a Sentry project (`ops/sentry`)."""
REPOSITORY: Final = ("SENTRY_REPOSITORY", "GITHUB_REPOSITORY", "CI_PROJECT_PATH")
"""Variables that name the repository, as Sentry knows it: owner/name. Yours first, then those of CI."""
RELEASE: Final = ("APP_VERSION", "GIT_COMMIT", "SENTRY_RELEASE")
"""Variables that make the release."""
PATIENCE = 60
"""Seconds that Sentry has for one step."""

REFUSED, UNREACHABLE, UNSET, OTHER = 3, 4, 2, 1
SENTENCES: Final = (
    (
        r"http status: 40[13]",
        REFUSED,
        "the token was refused. Make one under Settings > Organization Tokens of SENTRY_ORG.",
    ),
    (
        r"http status: 404|not found",
        OTHER,
        "there is no such organization or project. Apply ops/sentry first, or pass --project.",
    ),
    (
        r"Could not (?:connect|resolve)|[Tt]imed out|SSL|http status: 5\d\d",
        UNREACHABLE,
        "it cannot be reached. Check SENTRY_URL and the network, and run this again.",
    ),
)
"""What sentry-cli 3 says, the exit code, and what people can do about it."""


class Failed(Exception):
    """A step did not succeed; the text is for people."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def sentry(*arguments: str) -> str:
    """Run sentry-cli, and return what it printed.

    Raises:
        Failed: it did not succeed.
    """
    variables = {name: value for name, value in os.environ.items() if (name, value) != ("SENTRY_URL", "")}
    command = ["sentry-cli", *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=variables, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise Failed("Sentry does not answer. Check SENTRY_URL, and run this again.", UNREACHABLE) from None
    if done.returncode == 0:
        return done.stdout
    said = done.stderr + done.stdout
    for pattern, code, sentence in SENTENCES:
        if re.search(pattern, said):
            raise Failed(f"Sentry: {sentence}", code)
    reason = said.partition("Stack backtrace")[0].strip()
    raise Failed(f"Sentry did not accept `sentry-cli {' '.join(arguments[:2])}`: {reason}", OTHER)


def rows(table: str) -> list[list[str]]:
    """The cells of what sentry-cli prints, line by line."""
    lines = [line.strip() for line in table.splitlines()]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in lines if line.startswith("|")]


def is_known(version: str) -> bool:
    """Whether Sentry has the release, which its first event makes as well as this script."""
    try:
        sentry("releases", "info", version)
    except Failed as failed:
        if failed.code != OTHER:
            raise
        return False
    return True


def is_released(version: str, project: str) -> bool:
    """Whether a known release was finalized before; to do it again would move its date.

    The list has the newest ones only: what is no longer among them was finalized long ago.
    """
    found = (row[0] for row in rows(sentry("releases", "list", "--project", project)) if row[1] == version)
    return next(found, "") != "(unreleased)"


def tell_commit(version: str, commit: str | None) -> str:
    """Name the commit, so that Sentry can suggest who should look at an error; returns what was done.

    Only by a repository that is connected to Sentry. Otherwise sentry-cli would send the names, the addresses
    and the words of everybody who committed.
    """
    repository = next((os.environ[name] for name in REPOSITORY if os.environ.get(name)), None)
    if not commit or not repository:
        return "no commit: set GIT_COMMIT, and SENTRY_REPOSITORY to owner/name"
    try:
        if repository not in [row[0] for row in rows(sentry("repos", "list"))]:
            return f"no commit: connect {repository} under Settings > Repositories"
        sentry("releases", "set-commits", version, "--commit", f"{repository}@{commit}")
    except Failed as failed:  # a token may be good for releases only, and these matter more
        return f"no commit: {failed}"
    return f"commit {commit[:12]} of {repository}"


def tell_deploy(version: str, environment: str) -> None:
    """Say once that the release runs in an environment."""
    name = f"{version} in {environment}"
    if [environment, name] not in [row[:2] for row in rows(sentry("deploys", "list", "--release", version))]:
        sentry("deploys", "new", "--release", version, "--env", environment, "--name", name)


def version_of(settings: Settings) -> str:
    """The release as events of the service have it.

    Raises:
        Failed: what was set for it is not accepted, and the service would take the default instead.
    """
    for problem in settings.problems:
        if problem.startswith(RELEASE):
            raise Failed(problem.partition(" The default")[0], UNSET)
    return settings.release


def release(projects: list[str], environment: str | None) -> None:
    """Do all of it, and print one line for each step."""
    if not os.environ.get("SENTRY_ORG"):
        raise Failed("SENTRY_ORG is not set; it is the slug of your organization in Sentry.", UNSET)
    if shutil.which("sentry-cli") is None:
        raise Failed(
            "sentry-cli is missing; `make release` brings it, or pip install 'sentry-cli>=3,<4'.", UNSET
        )
    settings = load_settings()
    version = version_of(settings)
    known = is_known(version)
    named = [argument for project in projects for argument in ("--project", project)]
    sentry("releases", "new", version, *named)
    released = known and is_released(version, projects[0])
    print(f"release {version} of {', '.join(projects)}")
    print(tell_commit(version, settings.git_commit))
    if not released:
        sentry("releases", "finalize", version, *named)
    print("finalized" if not released else "was finalized before")
    if environment:
        tell_deploy(version, environment)
        print(f"deployed to {environment}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Tell Sentry about a release.")
    parser.add_argument(
        "--deploy", metavar="ENVIRONMENT", help="it runs there now, for example in production"
    )
    parser.add_argument("--project", action="append", help="slug in Sentry (those of ops/sentry)")
    args = parser.parse_args()
    if not os.environ.get("SENTRY_AUTH_TOKEN"):
        return 0
    ours = [f"{SERVICE}-{name}" for name, folder in COMPONENTS.items() if (ROOT / folder).exists()]
    try:
        release(args.project or ours, args.deploy)
    except Failed as failed:
        print(f"release: {failed}", file=sys.stderr)
        return failed.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
