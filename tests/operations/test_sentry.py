"""`ops/sentry`: every set of answers renders a configuration that the provider knows (R-OPS-5)."""

import re
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.operations.configuration import Configuration, problems

SETS = [
    {"worker": "none", "database": "none", "frontend": "none"},
    {"worker": "celery", "database": "sqlalchemy", "frontend": "vue"},
    {"worker": "arq", "database": "none", "frontend": "react"},
]
FULL = SETS[1]


def texts(folder: Path) -> dict[str, str]:
    """The configuration of a rendered service, file by file."""
    return {path.name: path.read_text("utf-8") for path in sorted((folder / "ops" / "sentry").glob("*.tf"))}


@pytest.mark.parametrize("answers", SETS, ids=lambda answers: "-".join(answers.values()))
def test_the_provider_knows_all_that_is_configured(render: Render, answers: dict[str, str]) -> None:
    files = texts(render(**answers))
    assert problems(files) == []
    assert [fault for text in files.values() for fault in misaligned(text)] == []


@pytest.mark.parametrize(
    ("answers", "components"),
    [(SETS[0], {"api"}), (SETS[1], {"api", "worker", "page"}), (SETS[2], {"api", "worker", "page"})],
    ids=["none", "celery-vue", "arq-react"],
)
def test_each_component_has_a_project(render: Render, answers: dict[str, str], components: set[str]) -> None:
    found = Configuration.read(texts(render(**answers)))
    assert set(found.locals["components"]) - {"__is_block__"} == components


def test_the_first_plan_waits_for_the_projects_it_makes(render: Render) -> None:
    found = Configuration.read(texts(render(**FULL)))
    monitors = found.data["sentry_project_error_monitor", "this"]
    # A value that is known before the project exists would be looked up at once.
    assert monitors["project"] == "${sentry_project.this[each.key].internal_id}"


RULES = {
    "more than 10 events in 5 minutes": ("issue_critical", "event_frequency_count", "errors_of_an_issue"),
    "2 events in 5 minutes": ("issue_warning", "event_frequency_count", "errors_of_an_issue"),
    "a new error, of level error or fatal": ("new_error", "first_seen_event", "40"),
    "an error that is fatal": ("fatal", "level", "50"),
    "100 and more than 5 errors in 10 minutes": ("errors", "600", "errors_in_10_minutes"),
    "twice as many errors as an hour ago": ("rising_errors", "percent", "error_growth_in_an_hour"),
    "p95 above a second": ("slow", "p95(span.duration)", "slow_request_ms"),
    "memory grows": ("memory", "process.memory.rss", "memory_growth_in_a_day"),
    "a cron job did not run": ("missed_run", "sentry_cron_monitor.this", "a-run-was-missed"),
    "the service does not answer": ("unreachable", "sentry_uptime_monitor.this", "cannot-be-reached"),
}
"""The alert rules that the sources ask for, the resource that has each, and what has to stand in it."""


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_of_the_sources_has_an_alert(render: Render, rule: str) -> None:
    name, *parts = RULES[rule]
    found = Configuration.read(texts(render(**FULL)))
    bodies = [body for (_, named), body in found.resources.items() if named == name]
    assert bodies
    for part in parts:
        assert any(part in repr(body) for body in bodies), part


def test_defaults_are_those_of_the_sources(render: Render) -> None:
    thresholds = dict(
        re.findall(r"(\w+)\s+= optional\(number, (\d+)\)", texts(render(**FULL))["variables.tf"])
    )
    assert thresholds == {
        "errors_of_an_issue_in_5_minutes_critical": "10",
        "errors_of_an_issue_in_5_minutes_warning": "1",
        "errors_in_10_minutes_critical": "100",
        "errors_in_10_minutes_warning": "5",
        "error_growth_in_an_hour": "100",
        "slow_request_ms": "1000",
        "memory_growth_in_a_day": "50",
    }


FAULTS = [
    # What is written wrong, where, and what the sentence about it has to say.
    ("main.tf", "platform      = each.value.platform", "platfrom      = each.value.platform", "platfrom"),
    ("main.tf", "each.value.platform", "each.value.plattform", "each.value.plattform: no such field"),
    ("main.tf", "each.value.filter", "each.value.filters", "each.value.filters: no such field"),
    (
        "main.tf",
        'resource "sentry_key" "this" {\n  for_each',
        'resource "sentry_key" "this" {\n  #',
        "without for_each",
    ),
    ("main.tf", 'output "projects"', 'output "env"', "env: is there twice"),
    ("main.tf", 'provider "sentry"', 'provider "sentri"', "provider sentri: is not required"),
    ("main.tf", "[var.team]", "var.team", "teams: var.team is no list"),
    ("main.tf", "setproduct(", "setproducts(", "setproducts(): no such function"),
    ("alerts.tf", "locals {", 'locals {\n  service = "b"', "service: is there twice"),
    ("variables.tf", 'variable "team" {', 'variable "team" {\n}\nvariable "team" {', "team: is there twice"),
    ("monitors.tf", '"sentry_metric_monitor" "memory"', '"sentry_metric_monitor" "slow"', "is there twice"),
    ("monitors.tf", 'sentry_project.this["api"]', 'sentry_project.this["apo"]', "there is no such instance"),
    ("main.tf", 'data "sentry', 'data "sentry_team" "o" {\n}\ndata "sentry', "sentry_team.o: is never used"),
    ("main.tf", "default_rules = false", 'default_rules = "no"', "is no bool"),
    ("main.tf", '"sentry_key" "this"', '"sentry_client_key" "this"', "no sentry_client_key"),
    ("main.tf", "var.ignored_messages", "var.ignored_message", "var.ignored_message: is not declared"),
    ("main.tf", "sentry_project.this[each.key].slug", "sentry_projects.this[each.key].slug", "not defined"),
    ("main.tf", "sentry_key.this[name].dsn", "sentry_key.this[name].dns", "no such attribute"),
    ("main.tf", "~> 0.15.4", "~> 0.14.0", "version"),
    ("main.tf", "resolve_age    = 30 * 24", 'resolve_age    = "a month"', "is no number"),
    ("main.tf", "filter_id    = each.value.filter", 'filter_id    = "web-crawler"', "none of"),
    ("alerts.tf", 'interval = "5m"', 'interval = "10m"', "'10m' is none of"),
    ("alerts.tf", "level = 40", 'level = "error"', "is no number"),
    ("alerts.tf", "first_seen_event", "first_seen", "first_seen: no such argument"),
    ("alerts.tf", 'logic_type = "all"', 'logic_type = "and"', "'and' is none of"),
    ("alerts.tf", "  frequency_minutes = 30\n", "", "frequency_minutes: is missing"),
    ("monitors.tf", '"events_analytics_platform"', '"span"', "'span' is none of"),
    ("monitors.tf", '["trace_item_metric"]', '["trace_metric"]', "'trace_metric' is none of"),
    ("alerts.tf", 'type = "gt"', 'type = ">"', "'>' is none of"),
    ("alerts.tf", 'target_type = "team"', 'target_type = "channel"', "'channel' is none of"),
    ("alerts.tf", "channel_name = slack.critical_channel, ", "", "channel_name: is missing"),
    ("alerts.tf", 'local.critical["many-errors"]', 'local.critical["to-many-errors"]', "no such section"),
    ("monitors.tf", "var.thresholds.slow_request_ms", "var.thresholds.slow_requests_ms", "no such field"),
    ("monitors.tf", "interval_seconds = 60", "interval_seconds = 90", "90 is none of"),
    ("alerts.tf", "{ first_seen_event = {} }, {", "{ first_seen_event = {},", "exactly one"),
    ("monitors.tf", 'method           = "GET"', 'id               = "7"', "is read only"),
    ("dashboards.tf", '"tracemetrics"', '"metric"', "'metric' is none of"),
    ("dashboards.tf", "min_h = 2", "", "min_h: is missing"),
    ("variables.tf", 'variable "team" {', 'variable "team"', "variables.tf:"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[3])
def test_a_planted_fault_is_found(render: Render, fault: tuple[str, str, str, str]) -> None:
    file, right, wrong, told = fault
    files = texts(render(**FULL))
    assert right in files[file]
    found = problems({**files, file: files[file].replace(right, wrong, 1)})
    assert any(told in sentence for sentence in found), found


def misaligned(text: str) -> list[str]:
    """Lines that `terraform fmt` would move: `=` stands below `=` in a run of one-line arguments."""
    faults: list[str] = []
    run: list[tuple[int, str]] = []
    for line in [*text.splitlines(), ""]:
        argument = re.match(r"( *)[\w\"-]+ += (?!.*[\[{(]$)", line)
        indent = len(argument[1]) if argument else -1
        if run and indent != run[0][0]:
            if len({line.index(" = ") for _, line in run}) > 1:
                faults += [line for _, line in run]
            run = []
        if argument:
            run.append((indent, line))
    return faults


def test_an_equals_sign_out_of_line_is_found() -> None:
    assert misaligned("  a = 1\n  bcd = 2\n") == ["  a = 1", "  bcd = 2"]
    assert misaligned("  a   = 1\n  bcd = 2\n  list = [\n  ]\n  e = 5\n") == []
