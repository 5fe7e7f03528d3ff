"""Containers can do little, reach little, and hold no secret (R-OPS-6, R-PRV-2)."""

import re
import shutil
from pathlib import Path

from tests.deploy.documents import OURS, compose, kustomization, manifests, named, pods
from tests.deploy.image import context, steps

SECRET = re.compile(r"DSN|KEY|PASSWORD|SECRET|TOKEN|URL")
"""In the name of a variable that is nobody's business."""


def test_containers_can_do_as_little_as_possible(service: Path) -> None:
    for name, pod in pods(service).items():
        spec = pod["spec"]["template"]["spec"]
        [container] = spec["containers"]
        assert (
            spec["securityContext"].items()
            >= {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            }.items()
        )
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert spec["automountServiceAccountToken"] is False
        assert container["resources"]["limits"]["memory"]
        assert ("livenessProbe" in container) is (name != "migrate")
    for name, started in compose(service).items():
        assert started["read_only"] is True
        assert started["deploy"]["resources"]["limits"]["memory"]
        assert started["healthcheck"] if name != "api" else "healthcheck" not in started  # the image's
        assert all(port.startswith("127.0.0.1:") for port in started.get("ports", ())), name
        if name in OURS:
            assert (started["cap_drop"], started["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


def test_nothing_leaves_for_a_place_that_is_not_listed(service: Path, answers: dict[str, str]) -> None:
    [policy] = named(manifests(service), "NetworkPolicy")
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    reached: set[str] = set()
    for rule in policy["spec"]["egress"]:
        assert rule["ports"]
        for peer in rule["to"]:
            if "ipBlock" in peer:
                assert peer["ipBlock"]["cidr"].rpartition("/")[2] in ("32", "64")
                assert rule["ports"] == [{"protocol": "TCP", "port": 443}]
                reached.add("sentry.io")
            else:
                [label] = peer["podSelector"]["matchLabels"].values()
                reached.add(label)
    expected = {"kube-dns", "relay" if answers["compliance"] == "hipaa" else "sentry.io"}
    expected |= {"postgresql"} if answers["database"] == "sqlalchemy" else set()
    expected |= {"redis"} if answers["worker"] != "none" else set()
    assert reached == expected


def test_no_secret_gets_into_the_image_or_the_manifests(service: Path) -> None:
    for document in manifests(service):
        assert document["kind"] != "Secret"
    [values] = kustomization(service)["configMapGenerator"]
    assert not [literal for literal in values["literals"] if SECRET.search(literal)]
    for pod in pods(service).values():
        [container] = pod["spec"]["template"]["spec"]["containers"]
        assert "env" not in container
        assert {kind for source in container["envFrom"] for kind in source} == {"configMapRef", "secretRef"}
    set_in_image = [
        step.text for step in steps((service / "Dockerfile").read_text()) if step.name in ("ARG", "ENV")
    ]
    assert not [text for text in set_in_image if re.search("DSN|PASSWORD|SECRET|TOKEN", text)]


def test_the_build_sees_no_secret(tmp_path: Path, service: Path) -> None:
    copy = tmp_path / "service"
    shutil.copytree(service, copy)
    for place in (".env", "app/.env", "app/.env.production", "id_rsa", "dump.sql"):
        (copy / place).write_text("SECRET=1")
    context(copy, tmp_path / "seen")
    seen = {str(path.relative_to(tmp_path / "seen")) for path in (tmp_path / "seen").rglob("*")}
    assert {"app/main.py", "pyproject.toml"} <= seen
    assert not {
        name for name in seen if re.search(r"(^|/)\.env|id_rsa|\.sql$|__pycache__|^tests|^\.git", name)
    }
