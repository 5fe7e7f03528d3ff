"""What the language asks of a configuration, whatever the provider: names, instances, functions."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.operations.configuration import Configuration

NAMES = """
abs alltrue anytrue can ceil chunklist coalesce coalescelist compact concat contains distinct element
endswith file fileexists flatten floor format formatlist indent join jsondecode jsonencode keys length
lookup lower max merge min nonsensitive one optional parseint pow range regex regexall replace reverse
sensitive setintersection setproduct setsubtract setunion slice sort split startswith strcontains substr sum
templatefile title tobool tolist tomap tonumber toset tostring trim trimprefix trimspace trimsuffix try
upper values yamldecode yamlencode zipmap
bool list map number object set string tuple
"""
"""Functions of Terraform 1.5 and of OpenTofu that such a configuration may need, and types."""
FUNCTIONS = frozenset(NAMES.split())
CALL = re.compile(r"(?<![\w.\"-])([a-z]\w*)\(")
INSTANCE = re.compile(r"(?<![\w.\"-])(sentry_\w+)\.(\w+)\[\"([^\"]+)\"\]")
SCALARS = ("string", "number", "bool")


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and (value.startswith("${") or "${" in value)


def expressions(value: Any) -> Iterator[str]:
    """Every expression in a value."""
    if is_expression(value):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from expressions(one)
    elif isinstance(value, list):
        for one in value:
            yield from expressions(one)


def of_language(found: "Configuration") -> Iterator[str]:
    """One sentence for each fault."""
    yield from (f"{name}: is there twice" for name in found.doubles)
    yield from (f"provider {name}: is not required" for name in found.providers if name != "sentry")
    everything = [found.resources, found.data, found.variables, found.locals, found.other]
    for text in expressions(everything):
        yield from (f"{name}(): no such function" for name in CALL.findall(text) if name not in FUNCTIONS)
        for of, name, key in INSTANCE.findall(text):
            if key not in _instances(found, of, name, key):
                yield f'{of}.{name}["{key}"]: there is no such instance'
    for (of, name), body in (found.resources | found.data).items():
        yield from (f"{of}.{name}: {fault}" for fault in _of_each(found, body))


def of_scalars(found: "Configuration", fields: dict[str, Any], body: dict[str, Any]) -> Iterator[str]:
    """Arguments that are to be lists, and are given a variable that is none."""
    for name, value in body.items():
        variable = re.fullmatch(r"\$\{var\.(\w+)\}", value) if isinstance(value, str) else None
        if variable and fields.get(name, {}).get("type") == "list":
            kind = found.variables.get(variable[1], {}).get("type")
            if kind in SCALARS or kind in [f"${{{scalar}}}" for scalar in SCALARS]:
                yield f"{name}: var.{variable[1]} is no list"


def _instances(found: "Configuration", of: str, name: str, otherwise: str) -> set[str]:
    """Keys of the instances of a resource; only `otherwise` where they are not written down."""
    every = found.resources.get((of, name), {}).get("for_each")
    local = re.fullmatch(r"\$\{local\.(\w+)\}", every) if isinstance(every, str) else None
    table = found.locals.get(local[1]) if local else None
    return set(table) if isinstance(table, dict) else {otherwise}


def _of_each(found: "Configuration", body: dict[str, Any]) -> Iterator[str]:
    used = re.findall(r"(?<![\w.])each\.(key|value)(?:\.(\w+))?", " ".join(expressions(body)))
    if "for_each" not in body:
        yield from (f"each.{of} without for_each" for of, _ in used)
        return
    local = re.search(r"local\.(\w+)", str(body["for_each"]))
    table = found.locals.get(local[1], "") if local else ""
    rows = table.values() if isinstance(table, dict) else ()
    known = {field for row in rows if isinstance(row, dict) for field in row} | set(
        re.findall(r"(\w+) = ", str(table))
    )
    yield from (
        f"each.value.{field}: no such field" for _, field in used if table and field and field not in known
    )
