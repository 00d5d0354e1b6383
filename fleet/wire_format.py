"""What lockers say, read at the border: CloudEvents in batches, their hello, and how they stand. Pure."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TYPE_PREFIX = "lockerd."
LONGEST_BATCH = 1000
DEEPEST = 16
LONGEST_NOTE = 4096
_EPOCH = re.compile(r"[0-9a-z]{1,32}", re.ASCII)
_KIND = re.compile(r"[A-Z][A-Za-z]{1,63}", re.ASCII)
LOCKER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_HIGHEST_SEQ = 2**62
_HIGHEST_RULE = 999_999
_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)
_OF_A_DOOR = ("size", "use", "seen")


class NotUnderstood(ValueError):
    """A message that is not what its topic says; it is counted and left."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event of a locker."""

    seq: int
    at: datetime
    kind: str
    actor: str
    data: dict[str, Any]
    rowhash: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one locker and one epoch, their numbers without a gap."""

    locker: str
    epoch: str
    events: tuple[ToldEvent, ...]

    @property
    def first(self) -> int:
        """The lowest number in it."""
        return self.events[0].seq

    @property
    def last(self) -> int:
        """The highest number in it."""
        return self.events[-1].seq


@dataclass(frozen=True, slots=True)
class Hello:
    """Which numbering a locker counts in, how far it is, and which came before, each with the number that ended it."""

    locker: str
    epoch: str
    head: int
    before: tuple[tuple[str, int], ...]


def read_batch(locker: str, payload: bytes) -> Batch:
    """The batch in a message that came from this locker. Raises NotUnderstood."""
    told = _json(payload)
    if not isinstance(told, list) or not 1 <= len(told) <= LONGEST_BATCH:
        raise NotUnderstood("is no batch")
    try:
        epochs = {str(each["epoch"]) for each in told}
        events = tuple(_event(locker, each) for each in told)
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise NotUnderstood("holds something that is no event of this locker") from wrong
    epoch = epochs.pop()
    if epochs or not _EPOCH.fullmatch(epoch):
        raise NotUnderstood("is of several epochs, or of none")
    if [each.seq for each in events] != list(range(events[0].seq, events[0].seq + len(events))):
        raise NotUnderstood("has a gap")
    return Batch(locker, epoch, events)


def _event(locker: str, told: dict[str, Any]) -> ToldEvent:
    kind = str(told["type"]).removeprefix(TYPE_PREFIX)
    seq, data = told["seq"], told["data"]
    at = datetime.fromisoformat(told["time"])
    if told["specversion"] != "1.0" or told["source"] != f"/lockers/{locker}" or not _KIND.fullmatch(kind):
        raise ValueError
    if type(seq) is not int or not 1 <= seq < _HIGHEST_SEQ or not isinstance(data, dict) or at.tzinfo is None:
        raise ValueError
    return ToldEvent(seq, at.astimezone(UTC), kind, str(told["actor"])[:64], data, str(told["rowhash"])[:64])


def read_hello(locker: str, payload: bytes) -> Hello:
    """What a locker says first. Raises NotUnderstood."""
    told = _json(payload)
    try:
        before = tuple((str(name), int(number)) for name, number in told["before"])
        hello = Hello(locker, str(told["epoch"]), int(told["head"]), before)
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise NotUnderstood("is no hello") from wrong
    if not all(_EPOCH.fullmatch(name) for name in (hello.epoch, *(name for name, _ in before))):
        raise NotUnderstood("is no hello")
    if not 0 <= hello.head < _HIGHEST_SEQ or not all(1 <= number <= hello.head for _, number in before):
        raise NotUnderstood("is no hello")
    return hello


def read_state(payload: bytes) -> dict[str, Any]:
    """How a locker says that it stands. Raises NotUnderstood."""
    told = _json(payload)
    if not isinstance(told, dict) or not isinstance(told.get("doors"), dict):
        raise NotUnderstood("is no state")
    doors, warnings = told["doors"].values(), told.setdefault("warnings", [])
    free, parcels = told.setdefault("free", {}), told.setdefault("parcels", {})
    if not all(isinstance(door, dict) and all(isinstance(door.get(key), str) for key in _OF_A_DOOR) for door in doors):
        raise NotUnderstood("is no state: a door has size, use and seen")
    if not isinstance(warnings, list) or not all(isinstance(each, str) for each in warnings):
        raise NotUnderstood("is no state: warnings are texts")
    if not all(isinstance(each, dict) and all(type(n) is int for n in each.values()) for each in (free, parcels)):
        raise NotUnderstood("is no state: free and parcels are counts")
    rules = told.setdefault("rules", {})
    if not isinstance(rules, dict) or not all(type(n) is int and 0 <= n < _HIGHEST_RULE for n in rules.values()):
        raise NotUnderstood("is no state: rules are numbers of versions")
    if not _is_program(told.setdefault("program", {})):
        raise NotUnderstood("is no state: of the program it says version, updates, and what came of the last order")
    return told


def _is_program(told: object) -> bool:
    """Whether this is what a locker says of its program; one of before says nothing."""
    if not isinstance(told, dict) or not isinstance(told.get("version", ""), str):
        return False
    last = told.get("last", {})
    if type(told.get("updates", False)) is not bool or not isinstance(last, dict):
        return False
    texts = all(isinstance(last.get(name, ""), str) for name in ("order", "new", "reason"))
    return texts and type(last.get("kept", False)) is bool


def read_result(payload: bytes) -> tuple[str, dict[str, Any]]:
    """What became of an order: its id and the answer. Raises NotUnderstood."""
    told = _json(payload)
    if not isinstance(told, dict) or not isinstance(told.get("id"), str) or not isinstance(told.get("state"), str):
        raise NotUnderstood("is no result")
    return told.pop("id"), told


def start_position(hello: Hello, known: dict[str, int]) -> int:
    """Up to which number of this epoch all is held already, by what is held of earlier ones (`known`).

    Numbers below the one that began an epoch are the same in both. Where nothing of before is known nothing is held.
    """
    if hello.epoch in known:
        return known[hello.epoch]
    shared = _HIGHEST_SEQ
    for name, ended_by in reversed(hello.before):
        shared = min(shared, ended_by - 1)
        if name in known:
            return min(shared, known[name])
    return 0


def read_checkpoint(payload: bytes) -> tuple[int, str]:
    """A signed note of a locker's log: how many lines that had, and the note. Raises NotUnderstood."""
    note = payload.decode("utf-8", "replace")
    size = note.split("\n")[1] if note.count("\n") > 1 else ""
    if len(note) > LONGEST_NOTE or "\0" in note or not _SIZE.fullmatch(size):
        raise NotUnderstood("is no signed note")
    return int(size), note


def _json(payload: bytes) -> Any:
    """What it says, such that the database takes it: without NUL, halves of characters, and numbers without end."""
    try:
        return _storable(json.loads(payload.decode("utf-8", "replace")), 0)
    except (ValueError, RecursionError) as wrong:
        raise NotUnderstood("is no JSON") from wrong


def _storable(value: Any, depth: int) -> Any:
    if depth > DEEPEST or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_storable(name, depth): _storable(each, depth + 1) for name, each in value.items()}
    return value
