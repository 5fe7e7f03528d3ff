"""Tell Sentry about a release: create it, name its commit, finalize it, and say where it was deployed.

`make release` runs it; SENTRY_AUTH_TOKEN, SENTRY_ORG and, for a Sentry of your own, SENTRY_URL come from the
environment. Running it again changes nothing. Without a token it does nothing and says nothing.

Exit codes: 0 done, 1 Sentry did not accept something, 2 something is not set, 3 the token was refused,
4 Sentry cannot be reached.

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

from app.settings import load_settings  # noqa: E402
from app.wiring import SERVICE  # noqa: E402

COMPONENTS: Final = {"api": "app", "worker": "app/worker", "page": "frontend"}
"""Component -> folder; each has a Sentry project (`ops/sentry`)."""
REPOSITORY: Final = ("SENTRY_REPOSITORY", "GITHUB_REPOSITORY", "CI_PROJECT_PATH")
"""Variables that name the repository, as Sentry knows it: owner/name. Yours first, then those of CI."""

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
    done = subprocess.run(["sentry-cli", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode == 0:
        return done.stdout
    said = done.stderr + done.stdout
    for pattern, code, sentence in SENTENCES:
        if re.search(pattern, said):
            raise Failed(f"Sentry: {sentence}", code)
    reason = said.partition("Stack backtrace")[0].strip()
    raise Failed(f"Sentry did not accept `sentry-cli {' '.join(arguments[:2])}`: {reason}", OTHER)


def is_released(version: str, project: str) -> bool:
    """Whether the release was finalized before; to do it again would move its date."""
    row = re.compile(rf"^\|\s*(\S.*?)\s*\|\s*{re.escape(version)}\s*\|", re.MULTILINE)
    found = row.search(sentry("releases", "list", "--project", project))
    return found is not None and found[1] != "(unreleased)"


def tell_commit(version: str, commit: str | None) -> str:
    """Name the commit, so that Sentry can suggest who should look at an error; returns what was done.

    Only by a repository that is connected to Sentry. Otherwise sentry-cli would send the names, the addresses
    and the words of everybody who committed.
    """
    repository = next((os.environ[name] for name in REPOSITORY if os.environ.get(name)), None)
    if not commit or not repository:
        return "no commit: set GIT_COMMIT, and SENTRY_REPOSITORY to owner/name"
    try:
        if not re.search(rf"^\|\s*{re.escape(repository)}\s*\|", sentry("repos", "list"), re.MULTILINE):
            return f"no commit: connect {repository} under Settings > Repositories"
        sentry("releases", "set-commits", version, "--commit", f"{repository}@{commit}")
    except Failed as failed:  # a token may be good for releases only, and these matter more
        return f"no commit: {failed}"
    return f"commit {commit[:12]} of {repository}"


def tell_deploy(version: str, environment: str) -> None:
    """Say once that the release runs in an environment."""
    name = f"{version} in {environment}"
    if name not in sentry("deploys", "list", "--release", version):
        sentry("deploys", "new", "--release", version, "--env", environment, "--name", name)


def release(projects: list[str], environment: str | None) -> None:
    """Do all of it, and print one line for each step."""
    if not os.environ.get("SENTRY_ORG"):
        raise Failed("SENTRY_ORG is not set; it is the slug of your organization in Sentry.", UNSET)
    if shutil.which("sentry-cli") is None:
        raise Failed(
            "sentry-cli is missing; `make release` brings it, or pip install 'sentry-cli>=3,<4'.", UNSET
        )
    settings = load_settings()
    version = settings.release
    released = is_released(version, projects[0])
    named = [argument for project in projects for argument in ("--project", project)]
    sentry("releases", "new", version, *named)
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
