"""From bytes to values: bodies and queries are checked here, before anything is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from api.machine.problems import BODY_TOO_LARGE, INVALID, Problem, invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails
    from starlette.requests import Request

BODY_LIMIT = 32 * 1024
LIST_LIMIT = 1024 * 1024
"""A list of many, or a file of as many lines."""
_ERRORS_SHOWN = 20
_NAME_SHOWN = 40

ModelT = TypeVar("ModelT", bound=BaseModel)

_A_TIME = "must be a time with its zone, as 2026-03-01T18:00:00Z"
_RULES = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "is blank, has control characters or is not of the form needed",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "too_short": "must have at least one entry",
    "timezone_aware": _A_TIME,
    "datetime_from_date_parsing": _A_TIME,
    "datetime_parsing": _A_TIME,
    "datetime_type": _A_TIME,
    "too_long": "must have at most {max_length} entries",
    "model_type": "must be a JSON object",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The whole body, at most `limit` bytes. Raises Problem (413) as soon as it is known to be longer."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
        raise _too_large(limit)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def parse_body(model: type[ModelT], raw: bytes) -> ModelT:
    """The body as a checked value. Raises Problem (422) that names each field by its path."""
    if not raw.strip():
        if not any(field.is_required() for field in model.model_fields.values()):
            raw = b"{}"
        else:
            raise invalid("body", "is empty, send a JSON object")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    if issubclass(model, RootModel):
        errors = [{**each, "loc": each["loc"][1:]} for each in errors]  # whether one or many: not in the body's path
    if errors[0]["type"] == "json_invalid":
        broken = _broken_text_path(raw)
        if broken:
            raise invalid(broken, "is not whole Unicode text")
        raise invalid("body", "is not JSON that can be read")
    raise _unreadable(errors)


def parse_query(model: type[ModelT], query: Mapping[str, str]) -> ModelT:
    """The query as a checked value; an empty value is as good as none. Raises Problem (422) naming the parameter."""
    given = {name: query[name] for name in model.model_fields if query.get(name)}
    try:
        return model.model_validate_strings(given)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    raise _unreadable(errors)


def _too_large(limit: int) -> Problem:
    return Problem(BODY_TOO_LARGE, f"The body has more than {limit} bytes.")


def _unreadable(errors: list[ErrorDetails]) -> Problem:
    fields = []
    for error in errors[:_ERRORS_SHOWN]:
        field = _path(error["loc"]) or "body"
        fields.append({"field": field, "detail": f"{field} {_broken_rule(error)}."})
    return Problem(INVALID, fields[0]["detail"], field=fields[0]["field"], errors=fields)


def _broken_rule(error: ErrorDetails) -> str:
    if error["type"] in _RULES:
        return _RULES[error["type"]].format(**error.get("ctx", {}))
    return error["msg"] if error["type"] == "trade" else "cannot be read"


def _path(parts: tuple[int | str, ...]) -> str:
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = "".join(mark if mark.isprintable() else "?" for mark in part[:_NAME_SHOWN])
        text += f".{name}" if text else name
    return text


def _broken_text_path(raw: bytes) -> str:
    """The path of a text with half a surrogate pair, which is no Unicode text and so no JSON to us."""
    try:
        for path, text in _texts(json.loads(raw), ()):
            if any("\ud800" <= mark <= "\udfff" for mark in text):
                return _path(path)
    except (ValueError, RecursionError):
        return ""
    return ""


def _texts(value: Any, path: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name), name
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
