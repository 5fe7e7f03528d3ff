"""Renders at half their price: what Copier does again for every part of every path is done once a run.

Copier 9.19 compiles the name of each folder and of the answers file for each file, and starts `git config`
for each, which matters only where `core.fileMode` is off. The tests make hundreds of renders; that these
short cuts change nothing is shown by those that run the command itself.
"""

import functools
from typing import Any

import jinja2
from copier import _main


def take_short_cuts() -> None:
    """For the rest of this process."""
    known: dict[tuple[object, ...], Any] = {}
    compile_anew = jinja2.Environment.compile

    @functools.wraps(compile_anew)
    def compile_once(environment: jinja2.Environment, source: Any, *arguments: Any, **options: Any) -> Any:
        key = (type(environment), environment.undefined, source, arguments, tuple(options.items()))
        if key not in known:
            known[key] = compile_anew(environment, source, *arguments, **options)
        return known[key]

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign, assignment]
    _main.Worker._sync_git_index_executable_bit = lambda *_: None  # type: ignore[method-assign]
