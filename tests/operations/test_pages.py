"""Pages of `ops/`: what alerts link to, and what people are told to run and set, exists; no file is dead."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Render, Run
from tests.operations.configuration import Configuration

SETS = [
    {"compliance": "gdpr", "worker": "none", "database": "none", "frontend": "none", "ci": "none"},
    {"compliance": "hipaa", "worker": "celery", "database": "sqlalchemy", "frontend": "vue", "ci": "github"},
    {"compliance": "standard", "worker": "arq", "database": "none", "frontend": "react", "ci": "gitlab"},
]
NOT_OF_THE_SERVICE = {
    "APP_VERSION",
    "GIT_COMMIT",
    "HTTPS_PROXY",
    "SENTRY_AUTH_TOKEN",
    "SENTRY_BASE_URL",
    "SENTRY_ORG",
    "SENTRY_PROJECT",
    "SENTRY_URL",
}
"""Variables of sentry-cli, of the provider and of builds."""
LISTING = """
import json
from app.cli import main
from app.settings import Settings
groups = {name: sorted(getattr(command, "commands", ())) for name, command in main.commands.items()}
print(json.dumps({"commands": groups, "variables": [name.upper() for name in Settings.model_fields]}))
"""


class Service(NamedTuple):
    """A rendered service, its commands and its variables."""

    folder: Path
    commands: dict[str, list[str]]
    variables: set[str]

    def pages(self) -> dict[Path, str]:
        """Every page of `ops/`, and the README."""
        found = [*(self.folder / "ops").rglob("*.md"), self.folder / "README.md"]
        return {path: path.read_text("utf-8") for path in found}

    def targets(self) -> set[str]:
        """What `make` can be told to do."""
        files = [self.folder / "Makefile", *(self.folder / "ops" / "make").glob("*.mk")]
        text = "\n".join(path.read_text("utf-8") for path in files)
        return set(re.findall(r"^([a-z-]+):(?!=)", text, re.MULTILINE))


@pytest.fixture(scope="module", params=SETS, ids=lambda answers: "-".join(answers.values()))
def service(
    request: pytest.FixtureRequest, render: Render, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    folder = render(**request.param)
    script = tmp_path_factory.mktemp("listing") / "list_all.py"
    script.write_text(LISTING, "utf-8")
    told = json.loads(run(folder, "list_all", PYTHONPATH=f"{script.parent}:{folder}").stdout)
    return Service(folder, told["commands"], {*told["variables"], *NOT_OF_THE_SERVICE})


def anchors(text: str) -> set[str]:
    """What links into a page may end with."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_alert_links_to_a_section_and_each_section_has_an_alert(service: Service) -> None:
    files = {path.name: path.read_text("utf-8") for path in (service.folder / "ops" / "sentry").glob("*.tf")}
    sections = {section.strip('"') for section in Configuration.read(files).locals["sections"]}
    page = (service.folder / "ops" / "runbooks" / "alerts.md").read_text("utf-8")
    assert sections == anchors(page) - {"an-alert-was-raised"}
    used = set(re.findall(r'(?:critical|warning|runbooks)\["([\w-]+)"\]', "".join(files.values())))
    assert used == sections


def test_links_lead_somewhere(service: Service) -> None:
    for path, text in service.pages().items():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", text):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_commands_exist(service: Service) -> None:
    seen = 0
    for path, text in service.pages().items():
        for command, inner in re.findall(r"python -m app (\w+)(?: ([a-z]+)\b)?", text):
            seen += 1
            assert command in service.commands, f"{path.name}: python -m app {command}"
            if groups := service.commands[command]:
                assert inner in groups, f"{path.name}: python -m app {command} {inner}"
        for module in re.findall(r"python -m (app\.[\w.]+)", text):
            assert (service.folder / f"{module.replace('.', '/')}.py").exists(), f"{path.name}: {module}"
        for target in re.findall(r"(?:^    |`)make ([a-z-]+)", text, re.MULTILINE):
            assert target in service.targets(), f"{path.name}: make {target}"
    assert seen > 8


def test_variables_exist(service: Service) -> None:
    for path, text in service.pages().items():
        named = set(re.findall(r"`((?:SENTRY|REPORTS|COMPLIANCE|PRIVACY|REDIS|SMTP|CORS)_[A-Z_]+)", text))
        assert named <= service.variables, f"{path.name}: {named - service.variables}"


def test_files_that_pages_name_exist(service: Service) -> None:
    for path, text in service.pages().items():
        for name in re.findall(r"`((?:app|ops|tests|frontend)/[\w./-]+)`", text):
            made = name in {"ops/sentry/monitors.json", "frontend/package-lock.json", "frontend/dist"}
            assert made or (service.folder / name).exists(), f"{path.name}: {name}"


def test_the_example_sets_variables_that_exist(service: Service) -> None:
    folder = service.folder / "ops" / "sentry"
    example = (folder / "README.md").read_text("utf-8").partition("<<END")[2].partition("END")[0]
    given = set(re.findall(r"^ *(\w+) +=", example, re.MULTILINE))
    variables = Configuration.read({"variables.tf": (folder / "variables.tf").read_text("utf-8")}).variables
    assert {name for name, body in variables.items() if "default" not in body} <= given <= set(variables)


def test_no_file_of_ops_is_dead(service: Service) -> None:
    """Something that people or tools start from names each file; `make` includes ops/make by itself."""
    ops = service.folder / "ops"
    started = [*service.pages(), service.folder / "Makefile", *(ops / "make").glob("*.mk")]
    started += service.folder.glob(".git*/**/*.yml")
    readers = {
        path: path.read_text("utf-8")
        for path in (*started, *ops.glob("local/*.py"), *ops.glob("kubernetes/*.yaml"))
    }
    for file in (path for path in ops.rglob("*") if path.is_file() and path.suffix not in (".mk", ".pyc")):
        # kubectl looks for a file of this name in the folder that it is told.
        name = "ops/kubernetes" if file.name == "kustomization.yaml" else file.name
        found = any(name in text for path, text in readers.items() if path != file)
        assert found, f"nothing names {file.relative_to(service.folder)}"
    for entry in ops.iterdir():
        named = any(f"ops/{entry.name}" in readers[path] for path in started)
        assert named, f"neither README nor make names ops/{entry.name}"
