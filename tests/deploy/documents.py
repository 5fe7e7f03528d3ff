"""The files for production, read: what compose starts and what Kubernetes is told."""

import re
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

OURS = ("api", "worker", "scheduler", "migrate")
"""Names of what runs the service's own image."""


def compose(service: Path) -> Document:
    """The services of compose.yaml."""
    found: Document = yaml.safe_load((service / "compose.yaml").read_text("utf-8"))["services"]
    return found


def manifests(service: Path) -> list[Document]:
    """Everything in ops/kubernetes but the kustomization."""
    files = sorted((service / "ops" / "kubernetes").glob("*.yaml"))
    return [
        document
        for file in files
        if file.name != "kustomization.yaml"
        for document in yaml.safe_load_all(file.read_text("utf-8"))
    ]


def kustomization(service: Path) -> Document:
    """What kustomize reads first."""
    path = service / "ops" / "kubernetes" / "kustomization.yaml"
    content: Document = yaml.safe_load(path.read_text("utf-8"))
    return content


def pods(service: Path) -> dict[str, Document]:
    """The pods that run the service's image: name of the container -> the manifest that makes it."""
    made = [document for document in manifests(service) if "template" in document["spec"]]
    return {document["spec"]["template"]["spec"]["containers"][0]["name"]: document for document in made}


def named(documents: list[Document], kind: str) -> list[Document]:
    """Those of a kind."""
    return [document for document in documents if document["kind"] == kind]


def seconds(text: str) -> int:
    """A duration of a compose file, `40s` for example."""
    found = re.fullmatch(r"(\d+)s", text)
    assert found, text
    return int(found[1])
