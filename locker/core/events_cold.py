"""What thermometers of cold compartments tell the journal."""

from __future__ import annotations

from dataclasses import dataclass

from locker.core.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureOut(Event):
    """A cold compartment is outside its limits; without `celsius` its sensor cannot be read.

    `parcel` lay behind its door, empty for none.
    """

    compartment: str
    parcel: str
    sensor: str
    celsius: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureBack(Event):
    """A cold compartment is within its limits again."""

    compartment: str
    parcel: str
    sensor: str
    celsius: float | None
