"""Read a folder of HCL and hold it against what the provider's documentation says (`provider.json`)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import hcl2  # an HCL parser is not ours to write; neither terraform nor tofu can be had from a registry

from tests.operations.language import expressions, is_expression, of_language, of_scalars

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("provider.json").read_text("utf-8"))

META = {"for_each", "count", "depends_on", "lifecycle", "provider", "__is_block__", "__comments__"}
"""Arguments that belong to the language and not to a resource."""
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "bool": (bool,),
    "object": (dict,),
    "map": (dict,),
    "list": (list,),
}
ONE_OF = ("actions", "conditions", "trigger_conditions")
"""Lists in sentry_alert whose objects hold exactly one of their fields."""
REFERENCE = re.compile(r"(?<![\w.\"-])(?:(data)\.)?(var|local|sentry_\w+)\.(\w+)((?:\[[^\]]*\])*(?:\.\w+)?)")


@dataclass
class Configuration:
    """All blocks of a folder; names without the quotes that the parser leaves on them."""

    resources: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    data: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    locals: dict[str, Any] = field(default_factory=dict)
    other: list[Any] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    providers: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, texts: dict[str, str]) -> "Configuration":
        """Parse files (name -> text); raises ValueError naming the file that is not HCL."""
        found = cls()
        for name, text in texts.items():
            try:
                parsed = _parse(text)
            except Exception as error:
                raise ValueError(f"{name}: {str(error).splitlines()[0]}") from error
            found._add(parsed)
        return found

    def _add(self, parsed: dict[str, list[Any]]) -> None:
        for kind, blocks in parsed.items():
            for block in blocks:
                named = {name.strip('"'): value for name, value in block.items() if name not in META}
                if kind == "locals":
                    self._put(self.locals, named, "local")
                elif kind == "variable":
                    self._put(self.variables, named, "var")
                elif kind in ("resource", "data"):
                    [(of, body)] = named.items()
                    bodies = {(of, name.strip('"')): inner for name, inner in body.items()}
                    self._put(self.resources if kind == "resource" else self.data, bodies, kind)
                else:
                    self.providers += named if kind == "provider" else []
                    self._put(self.outputs, named if kind == "output" else {}, "output")
                    self.other.append(block)

    def _put(self, into: dict[Any, Any], named: dict[Any, Any], kind: str) -> None:
        self.doubles += [f"{kind} {name}" for name in named if name in into]
        into.update(named)


@lru_cache(maxsize=128)
def _parse(text: str) -> dict[str, list[Any]]:
    """A file as the parser gives it; shared, so nobody may change it."""
    return hcl2.loads(text)


def problems(texts: dict[str, str]) -> list[str]:
    """One sentence for each fault of a configuration; none means that the documentation knows all of it."""
    try:
        found = Configuration.read(texts)
    except ValueError as error:
        return [str(error)]
    return [
        *_of_blocks(found, found.resources, SCHEMA["resource"]),
        *_of_blocks(found, found.data, SCHEMA["data"]),
        *of_language(found),
        *_of_actions(found),
        *_of_widgets(found),
        *_of_references(found),
        *_of_version(texts),
    ]


def _of_blocks(
    found: Configuration, blocks: dict[tuple[str, str], Any], schema: dict[str, Any]
) -> Iterator[str]:
    for (of, name), body in blocks.items():
        if of not in schema:
            yield f"{of}.{name}: the provider has no {of}"
        else:
            yield from _of_fields(body, schema[of], f"{of}.{name}")
            yield from (f"{of}.{name}.{fault}" for fault in of_scalars(found, schema[of], body))


def _of_fields(body: dict[str, Any], fields: dict[str, Any], place: str) -> Iterator[str]:
    given = {name: value for name, value in body.items() if name not in META}
    for dynamic in given.pop("dynamic", []):  # dynamic "widget" { content { ... } } stands for widget { ... }
        for name, block in dynamic.items():
            if name not in META:
                given[name.strip('"')] = block["content"]
    for name, value in given.items():
        if name not in fields:
            yield f"{place}.{name}: no such argument"
        elif fields[name].get("read_only"):
            yield f"{place}.{name}: is read only"
        else:
            yield from _of_value(value, fields[name], f"{place}.{name}")
    for name, described in fields.items():
        if described.get("required") and name not in given:
            yield f"{place}.{name}: is missing"


def _of_value(value: Any, described: dict[str, Any], place: str) -> Iterator[str]:
    if value is None or is_expression(value):
        return
    expected = described["type"]
    if expected == "blocks":
        value, expected = value if isinstance(value, list) else [value], "list"
    literal = value.strip('"') if isinstance(value, str) else value
    if not isinstance(value, PYTHON_TYPES[expected]) or (expected == "number" and isinstance(value, bool)):
        yield f"{place}: {literal!r} is no {expected}"
    elif "values" in described and not isinstance(value, list) and literal not in described["values"]:
        yield f"{place}: {literal!r} is none of {described['values']}"
    elif isinstance(value, dict) and "fields" in described:
        yield from _of_fields(value, described["fields"], place)
    elif isinstance(value, list):
        for one in value:
            if "fields" in described:
                yield from _of_value(one, {"type": "object", "fields": described["fields"]}, place)
                if place.endswith(ONE_OF) and "sentry_alert" in place and len(one) != 1:
                    yield f"{place}: an object has {sorted(one)}; exactly one is expected"
            else:
                yield from _of_value(one, {**described, "type": described["items"]}, place)


def _of_actions(found: Configuration) -> Iterator[str]:
    """The objects from which locals build lists of actions: `[for ... : { slack = { ... } }]`."""
    actions = SCHEMA["resource"]["sentry_alert"]["action_filters"]["fields"]["actions"]
    for name in ("mail", "critical", "warning"):
        value = found.locals.get(name)
        if isinstance(value, list):
            yield from _of_value(value, actions, f"local.{name}.actions")
        for built in re.findall(r": (\{\w+ = \{.*?\}\})", value if isinstance(value, str) else ""):
            [parsed] = hcl2.loads(f"x = [{built}]")["x"]
            yield from _of_value([parsed], actions, f"local.{name}.actions")


def _of_widgets(found: Configuration) -> Iterator[str]:
    """The lines of the table from which dashboards are built."""
    widget = SCHEMA["resource"]["sentry_dashboard"]["widget"]["fields"]
    fields = {**widget, **widget["query"]["fields"]}
    needed = {name: {**fields[name], "required": True} for name in ("title", "widget_type", "display_type")}
    allowed = {name: described for name, described in fields.items() if not described.get("required")}
    for title, widgets in found.locals.get("dashboards", {}).items():
        for line in widgets:
            yield from _of_fields(line, {**allowed, **needed}, f"dashboard {title}")


def _of_references(found: Configuration) -> Iterator[str]:
    used: set[str] = set()
    for text in expressions([found.resources, found.data, found.variables, found.locals, found.other]):
        for data, of, name, rest in REFERENCE.findall(text):
            used.add(f"data.{of}.{name}" if data else f"{of}.{name}")
            yield from _of_reference(found, bool(data), of, name, rest)
    for name in found.variables:
        if f"var.{name}" not in used:
            yield f"var.{name}: is never used"
    for name in found.locals:
        if f"local.{name}" not in used:
            yield f"local.{name}: is never used"
    for of, name in found.data:
        if f"data.{of}.{name}" not in used:
            yield f"data.{of}.{name}: is never used"


def _of_reference(found: Configuration, data: bool, of: str, name: str, rest: str) -> Iterator[str]:
    attribute = rest.rpartition(".")[2] if "." in rest else ""
    if of == "var":
        if name not in found.variables:
            yield f"var.{name}: is not declared"
        elif attribute and not re.search(rf"\b{attribute} =", str(found.variables[name]["type"])):
            yield f"var.{name}.{attribute}: the variable has no such field"
    elif of == "local":
        if name not in found.locals:
            yield f"local.{name}: is not defined"
        elif name in ("critical", "warning", "runbooks") and '"' in rest:
            section = rest.strip('[]"')
            if f'"{section}"' not in found.locals["sections"]:
                yield f'local.{name}["{section}"]: there is no such section'
    else:
        blocks, schema = (found.data, "data") if data else (found.resources, "resource")
        if (of, name) not in blocks:
            yield f"{of}.{name}: is not defined"
        elif attribute and attribute not in SCHEMA[schema].get(of, {attribute: {}}):
            yield f"{of}.{name}.{attribute}: has no such attribute"


def _of_version(texts: dict[str, str]) -> Iterator[str]:
    wanted = re.findall(r'version\s*=\s*"~> ([\d.]+)"', "".join(texts.values()))
    if wanted != [SCHEMA["version"]]:
        yield f"the provider's version is {wanted}; the documentation at hand is of {SCHEMA['version']}"
