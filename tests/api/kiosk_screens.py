"""Every screen that there is, as examples: made from the types of its step, so that a new one comes by itself."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import get_args, get_origin, get_type_hints

from api.kiosk.state import KioskState, Step
from api.kiosk.values import DoorPhase, KioskTime, SignedInCourier

NOW = KioskTime(500.0, datetime(2026, 3, 1, 6, 0, tzinfo=UTC))
STEPS = sorted(get_args(Step), key=lambda each: each.__name__)
TYPED = "73190462"
"""Stands in every field that somebody types into, and nowhere else."""
TEXTS = {"typed": TYPED, "code": TYPED, "compartment": "A1", "moved_from": "", "full_door": "", "key": "refused.busy"}
AT_A_DOOR = "refused.not-now"
"""What a door may refuse; elsewhere the longest sentence is told."""
BAGGAGE = {"courier": SignedInCourier("c1", "SF Express", "Chen Wei")}


@dataclass(frozen=True)
class Sample:
    """Which example of a type: in this phase of a door, with the nth word of each choice, these texts in its fields.

    `bare`: of what may be left out there is nothing. `yes`: whatever may be so is so.
    """

    phase: DoorPhase | None = None
    nth: int = 0
    bare: bool = False
    yes: bool = False
    texts: Mapping[str, str] = field(default_factory=lambda: TEXTS)


def example(kind, name="", sample=None):
    """A value of this type: whatever a screen is made of, without naming any screen here."""
    sample = sample or Sample()
    origin, inside = get_origin(kind), get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return example(next(each for each in inside if each is not type(None)), name, sample)
    if origin is tuple:
        return (example(inside[0], name, sample),) if len(inside) == 2 and inside[1] is ... else ()
    if origin is not None:
        return origin()
    if kind is DoorPhase and sample.phase is not None:
        return sample.phase
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return list(kind)[sample.nth % len(kind)]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        said = [each.name for each in fields(kind) if each.init and not (sample.bare and _left_out(each))]
        return kind(**{each: example(hints[each], each, sample) for each in said})
    text = sample.texts.get(name, "x1")
    return {str: text, int: 1, float: 490.0, bool: sample.yes, datetime: NOW.utc, bytes: b"x"}[kind]


def _left_out(one):
    """True for what a bare example leaves out; how it stands at the door, and since when, is always said."""
    usual = one.default is not MISSING or one.default_factory is not MISSING
    return usual and one.name not in {"phase", "since", "at"}


def screen_of(step, **more):
    """The screen of a step at which a courier is signed in, as the samples have it."""
    return KioskState(step, "en", 499.0, **BAGGAGE, **more)


def phases(value):
    """The phase of each door that a value speaks of."""
    if isinstance(value, DoorPhase):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from phases(getattr(value, each.name))


def choices(kind):
    """How many words the longest choice within a type has, the phase of a door left out."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return 1 if kind is DoorPhase else len(kind)
    inside = get_type_hints(kind).values() if is_dataclass(kind) else get_args(kind)
    return max((choices(each) for each in inside if each is not kind), default=1)


def samples(kind):
    """Which examples show a screen in all that it may say: in each phase, with each word, full and bare."""
    there = list(DoorPhase) if any(phases(example(kind))) else [None]
    middle = there[len(there) // 8]  # of a door: that it is open
    for whole in (Sample(), Sample(bare=True), Sample(yes=True)):
        yield from (replace(whole, phase=phase) for phase in there)
        yield from (replace(whole, phase=middle, nth=nth) for nth in range(1, choices(kind)))


def examples(texts):
    """Every screen in all that it may say, as (name, step), with these texts."""
    for kind in STEPS:
        for sample in samples(kind):
            said = "-".join(
                filter(
                    None,
                    [
                        sample.phase and sample.phase.value,
                        str(sample.nth or ""),
                        sample.bare and "bare",
                        sample.yes and "yes",
                    ],
                )
            )
            words = texts if sample.phase is None else {**texts, "key": AT_A_DOOR}
            yield f"{kind.__name__}-{said}".rstrip("-"), example(kind, sample=replace(sample, texts=words))
