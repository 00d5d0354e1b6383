"""Events and rows as JSON and columns, and back. One spelling for times, words and lists."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from locker.core.events.any_event import AnyEvent
from locker.core.events.record import moment, rfc3339
from locker.frozen import dataclass

T = TypeVar("T")

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(AnyEvent)}
"""Every event by the name that the journal knows it by."""


class UnreadableRecord(Exception):
    """A stored event or row cannot be understood: it was changed by something that is not this program."""


def event_data(event: AnyEvent) -> str:
    """The public body of an event as JSON: private fields are not in it."""
    body = {f.name: plain(getattr(event, f.name)) for f in _shape(type(event)).public}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def data_to_hand_out(kind: str, data: str) -> str:
    """The stored body of an event as others may see it: without its keyed hashes, in the same order and spelling."""
    withheld = _WITHHELD.get(kind)
    if withheld is None:
        return data
    body = {name: value for name, value in json.loads(data).items() if name not in withheld}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _withheld(cls: type[Any]) -> frozenset[str]:
    return frozenset(f.name for f in fields(cls) if f.metadata.get("withheld"))


_WITHHELD = {name: hashes for name, cls in KINDS.items() if (hashes := _withheld(cls))}


def event_from(kind: str, data: str) -> AnyEvent:
    """The event again; private fields have their defaults, fields added later too. Raises UnreadableRecord."""
    try:
        cls = KINDS[kind]
        body = json.loads(data)
        readers = _shape(cls).readers
        values = {name: readers[name](value) for name, value in body.items() if name in readers}
        event: AnyEvent = cls(**values)
    except (KeyError, ValueError, TypeError, AttributeError) as broken:
        raise UnreadableRecord(f"the body of a {kind} cannot be read") from broken
    return event


def plain(value: Any) -> Any:
    """A field's value as JSON knows it."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple | frozenset):
        return [plain(one) for one in (value if isinstance(value, tuple) else sorted(value))]
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return value


def columns(value: Any) -> dict[str, Any]:
    """A frozen value as columns: times and words as text, flags as 0 and 1, lists as JSON."""
    row: dict[str, Any] = {}
    for f in fields(value):
        one = plain(getattr(value, f.name))
        if isinstance(one, list):
            one = json.dumps(one, separators=(",", ":"))
        row[f.name] = int(one) if isinstance(one, bool) else one
    return row


def from_columns(cls: type[T], row: dict[str, Any]) -> T:
    """The frozen value again. Raises UnreadableRecord."""
    shape = _shape(cls)
    try:
        values = {}
        for name, read in shape.readers.items():
            one = row[name]
            if isinstance(one, str) and name in shape.lists:
                one = json.loads(one)
            values[name] = read(one)
        return cls(**values)
    except (KeyError, ValueError, TypeError) as broken:
        raise UnreadableRecord(f"a row of {cls.__name__.lower()} cannot be read") from broken


def packed(value: Any) -> str:
    """A frozen value as JSON in one column: what is as by default is left out."""
    told = {f.name: getattr(value, f.name) for f in fields(value) if getattr(value, f.name) != f.default}
    return json.dumps({name: plain(one) for name, one in told.items()}, ensure_ascii=False, separators=(",", ":"))


def unpacked(cls: type[T], text: str) -> T:
    """The frozen value again; what is left out is as by default, what is unknown is left. Raises UnreadableRecord."""
    readers = _shape(cls).readers
    try:
        return cls(**{name: readers[name](value) for name, value in json.loads(text).items() if name in readers})
    except (KeyError, ValueError, TypeError, AttributeError) as broken:
        raise UnreadableRecord(f"a {cls.__name__.lower()} cannot be read") from broken


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the fields of one class are read, worked out once."""

    public: tuple[Field[Any], ...]
    readers: dict[str, Callable[[Any], Any]]
    lists: frozenset[str]


_SHAPES: dict[type[Any], _Shape] = {}


def _shape(cls: type[Any]) -> _Shape:
    found = _SHAPES.get(cls)
    if found is None:
        public = tuple(f for f in fields(cls) if not f.metadata.get("private"))
        hints = get_type_hints(cls)
        lists = frozenset(f.name for f in public if get_origin(hints[f.name]) in _LISTS)
        found = _SHAPES[cls] = _Shape(public, {f.name: _reader(hints[f.name]) for f in public}, lists)
    return found


_LISTS = (tuple, frozenset)


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin = get_origin(hint)
    if origin is Union or origin is types.UnionType:
        inner = _reader(next(a for a in get_args(hint) if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple or origin is frozenset:
        inner = _reader(get_args(hint)[0])
        many: type[tuple[Any, ...] | frozenset[Any]] = origin
        return lambda value: many(inner(one) for one in value)
    if hint is datetime:
        return moment
    if hint is bool:
        return bool
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        inside: type[Any] = hint
        return lambda value: inside(**{name: read(value[name]) for name, read in _shape(inside).readers.items()})
    return lambda value: value
