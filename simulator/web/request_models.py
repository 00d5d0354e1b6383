"""The request bodies of the simulator's control API, checked at the border."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from simulator.world.door import DoorFault
from simulator.world.phones import PhoneFault
from simulator.world.world import WireFault
from simulator.world.world_time import FASTEST, SLOWEST

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False)]
YEAR_S = 366 * 86400.0


class ControlBody(BaseModel):
    """A body whose every key is known."""

    model_config = ConfigDict(extra="forbid")


class HandBody(ControlBody):
    """A hand at a door."""

    do: Literal["pull", "push", "put", "take"]
    load: Line | None = None


class AccountBody(ControlBody):
    """An account that the authenticator app of staff takes: whose it is, and the secret in base32."""

    name: Line
    secret: Annotated[str, StringConstraints(pattern=r"^[A-Z2-7]{26,128}$")]


class DoorFaultBody(ControlBody):
    """A fault of one door, on or off."""

    kind: DoorFault
    on: StrictBool = True


class BankFaultBody(ControlBody):
    """A fault of one wire, on or off."""

    kind: WireFault
    on: StrictBool = True


class PhoneFaultBody(ControlBody):
    """A fault of the phone company, on or off."""

    kind: PhoneFault
    on: StrictBool = True


class PrinterFaultBody(ControlBody):
    """A fault of the receipt printer, on or off."""

    kind: Literal["no-paper"]
    on: StrictBool = True


class SmsBody(BaseModel):
    """A notice as the webhook delivers it; keys that we do not know are the sender's business."""

    to: Line
    text: Annotated[str, StringConstraints(max_length=5000)]
    template: Line
    language: Line
    id: Line
    data: dict[str, Any]


class ScanBody(ControlBody):
    """What is held before the code reader."""

    text: Line


class ClockBody(ControlBody):
    """Exactly one setting of the clock. Seconds to pass are at most ten years."""

    advance_s: Annotated[Seconds, Field(ge=0, le=10 * YEAR_S)] | None = None
    jump_s: Annotated[Seconds, Field(ge=-100 * YEAR_S, le=100 * YEAR_S)] | None = None
    synced: StrictBool | None = None
    speed: Annotated[Seconds, Field(ge=SLOWEST, le=FASTEST)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> ClockBody:
        if len(self.model_fields_set) != 1 or all(value is None for value in self.model_dump().values()):
            raise ValueError("give exactly one of advance_s, jump_s, synced, speed")
        return self


class VisitorRatesBody(ControlBody):
    """How many come in an hour of world time; 0 stops them."""

    couriers_per_hour: Annotated[Seconds, Field(ge=0, le=3600)]
    residents_per_hour: Annotated[Seconds, Field(ge=0, le=3600)]
