"""Bring the template's next release as a commit on a branch of its own; CI runs this once a week.

    python ops/template/update.py

Does nothing when there is no newer release, or when its branch is waiting at `origin` already. Otherwise
`template/<release>` is checked out, with the update committed, and `.git/template-update.md` says what is in
it: the changelog between the two releases, and the files in which somebody has to decide. A service in a
folder of a larger repository has that folder in the branch's name. Needs git, and uv or COPIER, the command
that runs Copier. Whoever runs this pushes the branch and opens the request.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

COPIER = shlex.split(os.environ.get("COPIER", "uvx --from 'copier>=9.15,<10' copier"))
HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/", "git+": ""}
"""Copier's short forms of addresses."""
CONFLICTS = """
## Somebody has to decide

You and the template changed the same lines of these files; both are marked in them. Keep what is right,
delete the marks.

"""


def run(*command: str) -> str:
    """The output of a command; an error ends this script with what the command said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{shlex.join(command)}\n{done.stderr.strip()}")
    return done.stdout


def main() -> None:
    """Look for a release, and bring it."""
    # Git knows its folder: it is elsewhere for a worktree, and for a service in a folder of a repository.
    note = Path(run("git", "rev-parse", "--git-path", "template-update.md").strip())
    note.unlink(missing_ok=True)
    found = json.loads(run(*COPIER, "check-update", "--output-format", "json"))
    if not found["update_available"]:
        print("The template has nothing new.")
        return
    before, after = found["current_version"], found["latest_version"]
    place = re.sub(r"[^\w/-]", "-", run("git", "rev-parse", "--show-prefix").strip())
    branch = f"template/{place}{after}"
    if run("git", "ls-remote", "--heads", "origin", branch):
        print(f"{branch} is waiting at origin.")
        return
    undecided = commit_update(branch, f"Update the template from {before} to {after}")
    marked = CONFLICTS + "".join(f"- `{path}`\n" for path in undecided) if undecided else ""
    note.write_text(changes_since(before) + marked, encoding="utf-8")
    print(f"{branch} has the update; {note} says what is in it.")


def commit_update(branch: str, subject: str) -> list[str]:
    """Update, and check the branch out with that as its commit; returns the files in conflict."""
    unmerged = "git", "for-each-ref", "--format=%(subject)", "--no-merged=HEAD", f"refs/heads/{branch}"
    if run(*unmerged).strip() not in ("", subject):  # an update that nobody pushed is made anew
        sys.exit(f"{branch} is here with more than the update. Push it, or: git branch -D {branch}")
    # A release that owes a migration stops here, and leaves everything as it was: nothing of a template runs
    # without somebody's --trust.
    run(*COPIER, "update", "--defaults")
    undecided = run("git", "diff", "--name-only", "--diff-filter=U").splitlines()
    run("git", "add", "--all")
    run("git", "switch", "--quiet", "--force-create", branch)
    run("git", "commit", "--quiet", "--no-verify", "--message", subject)
    return undecided


def changes_since(release: str) -> str:
    """What the template's changelog says of the releases after this one."""
    written = Path(".copier-answers.yml").read_text("utf-8").replace("\n    ", " ")  # long lines are folded
    answers = dict(re.findall(r"^(_\w+): '?(.+?)'?$", written, re.MULTILINE))
    source = answers["_src_path"].replace("''", "'")
    for short, address in HOSTS.items():
        if source.startswith(short):
            source = address + source.removeprefix(short)
    with tempfile.TemporaryDirectory() as folder:
        run("git", "clone", "--quiet", "--depth", "1", "--branch", answers["_commit"], "--", source, folder)
        changelog = Path(folder, "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^(?=## )", changelog, flags=re.MULTILINE)[1:]
    known = [number for number, section in enumerate(sections) if section.startswith(f"## {release} ")]
    return "".join(sections[: known[0] if known else len(sections)]).strip() + "\n"


if __name__ == "__main__":
    main()
