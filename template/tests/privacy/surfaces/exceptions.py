"""Exceptions of every kind, and the variables of their frames."""

import json
from typing import NamedTuple

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from app.observability.privacy import Privacy
from tests.privacy.surfaces.registry import capture, surface


class Row(NamedTuple):
    first: str
    second: int


class Model(BaseModel):
    inside: str


@surface
def exception_fstring(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ValueError(f"could not store {label} {value} in the ledger")
    except ValueError as error:
        capture(error)


@surface
def exception_bare(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ValueError(value)
    except ValueError as error:
        capture(error)


@surface
def exception_percent(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise LookupError("no row for %s=%r in cache after 12 ms" % (key, value))  # noqa: UP031
    except LookupError as error:
        capture(error)


@surface
def exception_chain(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        try:
            raise KeyError(value)
        except KeyError as inner:
            raise RuntimeError(f"lookup failed: {inner}") from inner
    except RuntimeError as error:
        capture(error)


@surface
def exception_context(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        try:
            int(value + "x")
        except ValueError:
            raise RuntimeError("second failure while handling the first")  # noqa: B904
    except RuntimeError as error:
        capture(error)


@surface
def exception_group(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ExceptionGroup(
            f"batch for {value}", [ValueError(f"{label}: {value}"), OSError(2, "No such file", value)]
        )
    except ExceptionGroup as error:
        capture(error)


@surface
def exception_note(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        error = RuntimeError("import of one row failed")
        error.add_note(f"the row had {label} {value}")
        raise error
    except RuntimeError as caught:
        capture(caught)


@surface
def exception_args_dict(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise RuntimeError({key: value, "row": 7})
    except RuntimeError as error:
        capture(error)


@surface
def exception_json(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise RuntimeError("upstream said " + json.dumps({"outer": {key: value}}))
    except RuntimeError as error:
        capture(error)


@surface
def http_exception(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise HTTPException(status_code=409, detail=f"{label} {value} exists already")
    except HTTPException as error:
        capture(error)


@surface
def validation_error(privacy: Privacy, key: str, label: str, value: str) -> None:
    class Row(BaseModel):
        amount: int

    try:
        Row(amount=f"{value} x")
    except ValidationError as error:
        capture(error)


@surface
def frame_variables(privacy: Privacy, key: str, label: str, value: str) -> None:
    row = {key: value, "nested": [{key: value}]}
    packed = json.dumps({key: value})
    try:
        raise RuntimeError("variables are in reach")
    except RuntimeError as error:
        assert row
        assert packed
        capture(error)


@surface
def frame_reprs(privacy: Privacy, key: str, label: str, value: str) -> None:
    row = Row(value, 7)
    model = Model(inside=value)
    packed = f"{{{key!r}: {value!r}}}".encode()
    try:
        raise RuntimeError("variables are in reach")
    except RuntimeError as error:
        assert row
        assert model
        assert packed
        capture(error)
