"""The environment variables: fields of the settings classes, with the comments that stand beside them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reference.tables import code, table

SOURCES = {
    "Every service": "template/app/settings.py",
    "With a worker: Celery": "template/{{app_if_celery}}/worker/settings.py",
    "With a worker: ARQ": "template/{{app_if_arq}}/worker/settings.py",
    "With a database": "template/app/{{database_folder}}/settings.py",
    "With a database: bug reports": "template/app/{{reports_folder}}/settings.py",
    "With a front end": "template/app/{{page_folder}}/settings.py",
}

HEAD = """# Settings

Read from the environment, then from `.env`; from the fields of `app/settings.py` and of the parts that were
chosen. A wrong value stops the start with a sentence that names the variable. Variables marked * describe
telemetry: a wrong value of theirs is told in the log and the default is used, because observing a service
must never stop it. No message repeats a value.

"""
TELEMETRY = re.compile(r"sentry_|log_|app_version$|git_commit$|server_name$")
_ANCHOR = "Your settings go below this line"
_LIMITS = {
    "ge": "at least",
    "gt": "above",
    "le": "at most",
    "lt": "below",
    "min_length": "characters: at least",
}


class Variable(NamedTuple):
    """One environment variable, as its field in the source describes it."""

    name: str
    default: str
    limits: str
    meaning: str


def page(root: Path) -> str:
    """The page, from the sources below template/."""
    parts = [HEAD]
    for title, path in SOURCES.items():
        parts.append(f"## {title}\n")
        rows: list[tuple[str, ...]] = []
        for variable in variables(root / path):
            star = " *" if TELEMETRY.match(variable.name.lower()) else ""
            limits = f" ({variable.limits})" if variable.limits else ""
            rows.append((code(variable.name) + star, code(variable.default), variable.meaning + limits))
        parts.append(table(("variable", "default", "meaning"), rows))
    return "\n".join(parts)


def variables(path: Path) -> Iterator[Variable]:
    """The public fields of the settings class in a file, in their order."""
    text = path.read_text("utf-8")
    comments = _comments(text)
    lines = text.splitlines()
    settings = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and any("Settings" in ast.unparse(base) for base in node.bases)
    )
    for node in settings.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        name = node.target.id
        if name.startswith("_") or name == "model_config":
            continue
        said = comments.get(node.end_lineno or node.lineno, "") or _above(node.lineno, lines, comments)
        yield Variable(name.upper(), *_value(node.value), said[:1].upper() + said[1:])


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def _above(line: int, lines: list[str], comments: dict[int, str]) -> str:
    """The comment right above a line, without the title of a group (`Sentry.`)."""
    if any(_ANCHOR in comments[number] for number in comments if number < line):
        return "of the sample; yours to replace"  # a comment there would meet people's own lines in updates
    found: list[str] = []
    while lines[line - 2].lstrip().startswith("#"):
        line -= 1
        found.insert(0, comments[line])
    said = " ".join(found)
    title = re.match(r"(\w+(?: \w+)?)\.(?: |$)", said)
    return said if title is None or lines[line - 2].strip() else said[title.end() :]


def _value(node: ast.expr | None) -> tuple[str, str]:
    """Default and limits."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Field":
        limits = ", ".join(
            f"{_LIMITS[keyword.arg]} {ast.unparse(keyword.value).replace('_', '')}"
            for keyword in node.keywords
            if keyword.arg in _LIMITS
        )
        return _shown(node.args[0]), limits
    return _shown(node), ""


def _shown(node: ast.expr | None) -> str:
    match node:
        case None | ast.Constant(value=None):
            return ""
        case ast.Constant(value=value):
            return str(value).lower() if isinstance(value, bool) else str(value)
        case ast.Tuple(elts=parts):
            return ",".join(_shown(part) for part in parts)
        case ast.Call(args=[inner]):
            return _shown(inner)
        case ast.Name(id="SERVICE"):
            return "the slug"
        case ast.Name(id="BUILT_PAGE"):
            return "frontend/dist"
        case _:
            return ast.unparse(node)
