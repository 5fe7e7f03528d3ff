"""What compose and Kubernetes start, stop, find and scale is what the service has (R-OPS-6, R-WRK-7)."""

import ast
import re
from pathlib import Path
from typing import Any

from tests.deploy.documents import OURS, Document, compose, kustomization, manifests, named, pods, seconds

UVICORN_SECONDS, CLOSING_SECONDS = 20, 10
"""What requests get, in the Dockerfile, and what is left for handing back and sending what is queued."""


def test_what_was_chosen_runs(service: Path, answers: dict[str, str]) -> None:
    expected = {"api", *(["migrate"] if answers["database"] == "sqlalchemy" else [])}
    if answers["worker"] != "none":
        for name, command in _assigned(service / "app" / "worker" / "engine.py", "PROCESSES").items():
            expected.add(name)
            started = compose(service)[name]["command"]
            assert started.startswith(command)
            assert started == " ".join(_container(service, name)["command"])
    assert set(pods(service)) == expected
    assert set(compose(service)) & {*OURS} == expected


def test_one_scheduler_alone(service: Path, answers: dict[str, str]) -> None:
    scheduler = pods(service).get("scheduler")
    assert (scheduler is not None) is (answers["worker"] == "celery")
    if scheduler is not None:
        assert (scheduler["kind"], scheduler["spec"]["replicas"]) == ("StatefulSet", 1)
        scaled = [
            *named(manifests(service), "HorizontalPodAutoscaler"),
            *named(manifests(service), "ScaledObject"),
        ]
        assert "scheduler" not in str(scaled)


def test_liveness_asks_for_nothing_but_the_process(service: Path) -> None:
    api = pods(service)["api"]["spec"]["template"]["spec"]["containers"][0]
    assert api["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert api["readinessProbe"]["httpGet"]["path"] == "/health/ready"


def test_who_is_told_to_stop_has_the_time(service: Path, answers: dict[str, str]) -> None:
    assert f'"--timeout-graceful-shutdown", "{UVICORN_SECONDS}"' in (service / "Dockerfile").read_text(
        "utf-8"
    )
    api = pods(service)["api"]["spec"]["template"]["spec"]
    waiting = api["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert api["terminationGracePeriodSeconds"] >= waiting + UVICORN_SECONDS + CLOSING_SECONDS
    assert seconds(compose(service)["api"]["stop_grace_period"]) >= UVICORN_SECONDS + CLOSING_SECONDS
    if answers["worker"] != "none":
        stopping = _default(service / "app" / "worker" / "settings.py", "worker_stop_seconds")
        [values] = kustomization(service)["configMapGenerator"]
        assert f"WORKER_STOP_SECONDS={stopping}" in values["literals"]
        worker = pods(service)["worker"]["spec"]["template"]["spec"]
        assert worker["terminationGracePeriodSeconds"] >= stopping + CLOSING_SECONDS
        assert seconds(compose(service)["worker"]["stop_grace_period"]) >= stopping + CLOSING_SECONDS
        if answers["worker"] == "celery":
            assert "ENV REMAP_SIGTERM=SIGQUIT" in (service / "Dockerfile").read_text("utf-8")


def test_services_send_to_the_viewer_beside_them(service: Path) -> None:
    started = compose(service)
    viewer = started["errors"]["command"]
    for name in pods(service):
        found = re.fullmatch(
            r"\$\{\w+:-http://(\w{32})@(\w+):8300/1\}", started[name]["environment"]["SENTRY_DSN"]
        )
        assert found
        assert found[2] in started
        assert f"--host {found[2]} --key {found[1]}" in viewer


def test_selectors_find_their_pods(service: Path) -> None:
    documents = manifests(service)
    labels = {name: pod["spec"]["template"]["metadata"]["labels"] for name, pod in pods(service).items()}
    for name, pod in pods(service).items():
        if "selector" in pod["spec"]:
            assert pod["spec"]["selector"]["matchLabels"] == labels[name]
    for budget in named(documents, "PodDisruptionBudget"):
        assert budget["spec"]["selector"]["matchLabels"] in labels.values()
        assert budget["spec"]["maxUnavailable"] == 1
    [reached] = named(documents, "Service")
    assert reached["spec"]["selector"] == labels["api"]
    for scaled in (*named(documents, "HorizontalPodAutoscaler"), *named(documents, "ScaledObject")):
        target = scaled["spec"]["scaleTargetRef"]["name"]
        [found] = [pod for pod in pods(service).values() if pod["metadata"]["name"] == target]
        assert "replicas" not in found["spec"]  # or every deployment would undo the scaling
    [policy] = named(documents, "NetworkPolicy")
    own = policy["spec"]["podSelector"]["matchLabels"]
    assert all(own.items() <= each.items() for each in labels.values())


def _assigned(source: Path, name: str) -> Any:
    """The constant of this name."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{source} has no {name}")


def _default(source: Path, name: str) -> int:
    """The default of the setting of this name."""
    found = re.search(rf"{name}: int = Field\((\d+)", source.read_text("utf-8"))
    assert found
    return int(found[1])


def _container(service: Path, name: str) -> Document:
    [container] = pods(service)[name]["spec"]["template"]["spec"]["containers"]
    return container  # type: ignore[no-any-return]
