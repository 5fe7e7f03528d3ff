"""Dockerfile, compose file, manifests and workflows pass their own linters and schemas (R-OPS-6)."""

import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest

from tests.deploy.documents import kustomization, manifests, pods

BIN = Path(sys.executable).parent


def lint(*command: str) -> None:
    """Run a linter; what it found is the failure's text."""
    done = subprocess.run([str(BIN / command[0]), *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_is_linted(service: Path) -> None:
    lint("hadolint", "--failure-threshold", "style", str(service / "Dockerfile"))


def test_the_compose_file_has_its_schema(service: Path) -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(service / "compose.yaml"))


def test_workflows_have_their_schema_and_the_least_rights(service: Path, answers: dict[str, str]) -> None:
    if answers["ci"] == "gitlab":
        file = str(service / ".gitlab-ci.yml")
        lint(
            "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", file
        )
        return
    files = sorted(map(str, (service / ".github" / "workflows").glob("*.yml")))
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    lint("check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout", *files)
    config = Path(__file__).with_name("zizmor.yml")
    lint("zizmor", "--offline", "--quiet", "--config", str(config), *files)


def test_the_image_has_the_release_that_sentry_is_told_of(service: Path, answers: dict[str, str]) -> None:
    """R-INIT-5: both are made from the tag and the whole commit."""
    place = {"github": ".github/workflows/release.yml", "gitlab": ".gitlab-ci.yml"}[answers["ci"]]
    text = (service / place).read_text("utf-8")
    told = re.findall(r'APP_VERSION="(.+?)" GIT_COMMIT="(.+?)"', text)
    tag, commit = {
        "github": ("${GITHUB_REF_NAME#v}", "$GITHUB_SHA"),
        "gitlab": ("${CI_COMMIT_TAG#v}", "$CI_COMMIT_SHA"),
    }[answers["ci"]]
    assert told == [(tag, commit)] * 2


def test_a_sentry_of_your_own_is_told_of_wherever_the_token_is(
    service: Path, answers: dict[str, str]
) -> None:
    if answers["ci"] != "github":
        return  # GitLab's jobs have every variable of the project
    text = (service / ".github" / "workflows" / "release.yml").read_text("utf-8")
    tokens = text.count("SENTRY_AUTH_TOKEN: ${{ secrets.SENTRY_AUTH_TOKEN }}")
    assert text.count("SENTRY_URL: ${{ vars.SENTRY_URL }}") == tokens > 0


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_manifests_have_their_schema(service: Path, version: str) -> None:
    for document in manifests(service):
        if document["apiVersion"].startswith("keda.sh/"):
            continue  # it comes with KEDA; what it says is tested against a real queue below
        kubernetes_validate.validate(document, version, strict=True)


def test_kustomize_is_told_of_every_file(service: Path) -> None:
    root = kustomization(service)
    there = {path.name for path in (service / "ops" / "kubernetes").iterdir()} - {"kustomization.yaml"}
    assert set(root["resources"]) == there
    images = {pod["spec"]["template"]["spec"]["containers"][0]["image"] for pod in pods(service).values()}
    assert images == {entry["name"] for entry in root["images"]} == {"service"}
