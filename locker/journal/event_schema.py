"""What every kind of event says, as JSON Schema: for whoever reads the whole stream (the owner's data, N6).

Made from the classes of the events themselves. Fields are only ever added, so a reader lets unknown ones pass.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from locker.journal.codec import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string"}


def event_schema() -> dict[str, Any]:
    """The schema of one event as it is handed out: its envelope, and the body of its kind."""
    kinds = [
        {
            "properties": {"kind": {"const": name}, "data": _body(KINDS[name])},
        }
        for name in sorted(KINDS)
    ]
    return {
        "$schema": DIALECT,
        "title": "An event of a parcel locker",
        "type": "object",
        "required": ["seq", "at", "kind", "by", "data", "hash"],
        "properties": {
            "seq": {"type": "integer", "minimum": 1},
            "at": {"type": "string", "format": "date-time"},
            "kind": {"type": "string"},
            "by": {"type": "string"},
            "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
        "oneOf": kinds,
    }


def _body(cls: type[Any]) -> dict[str, Any]:
    """Private fields and keyed hashes are handed to nobody; what was added later may be missing in old events."""
    hints = get_type_hints(cls)
    told = [f for f in fields(cls) if not f.metadata.get("private") and not f.metadata.get("withheld")]
    return {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "required": [f.name for f in told if f.default is MISSING and f.default_factory is MISSING],
        "properties": {f.name: _type(hints[f.name]) for f in told},
    }


def _type(hint: Any) -> dict[str, Any]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if hint is type(None):
        return {"type": "null"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_type(each) for each in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {tuple, frozenset, list}:
        return {"type": "array", "items": _type(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [each.value for each in hint]}
    if is_dataclass(hint) and isinstance(hint, type):
        return _body(hint)
    return {}
