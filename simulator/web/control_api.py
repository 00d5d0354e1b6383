"""The simulator's control API: hands, faults, time, scans, phones and pulses over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.web.connection_guard import HangUp
from simulator.web.request_models import (
    BankFaultBody,
    ClockBody,
    DoorFaultBody,
    HandBody,
    PeopleBody,
    PhoneFaultBody,
    ScanBody,
    SmsBody,
)
from simulator.world.door import Door, NotPossible
from simulator.world.phones import SLOW_S, PhoneFault
from simulator.world.pulse_log import rfc3339

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from simulator.scene import Scene
    from simulator.world.world import World

_Body = TypeVar("_Body", bound=BaseModel)
REACH_S = 0.3
LONGEST_PULSE_S = 3.0


async def read(request: Request, model: type[_Body]) -> _Body:
    """The body as this model. Raises HTTPException 422 that names each wrong field, never its value."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as wrong:
        faults = [{"loc": ["body", *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in wrong.errors()]
        raise UnreadableBody(faults) from wrong


class UnreadableBody(Exception):
    """A body or a query that cannot be read; `faults` names each field."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("unreadable")
        self.faults = faults


class ControlApi:
    """The calls, one method each."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def routes(self) -> list[BaseRoute]:
        """Every call with its path."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/doors", self.doors),
            ("POST", "/doors/{door}", self.hand),
            ("POST", "/doors/{door}/fault", self.door_fault),
            ("POST", "/banks/{bank}/fault", self.bank_fault),
            ("GET", "/pulses", self.pulses),
            ("GET", "/phones", self.all_phones),
            ("POST", "/phones/fault", self.phone_fault),
            ("GET", "/phones/{number}", self.phone),
            ("POST", "/sms", self.sms),
            ("POST", "/scan", self.scan),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.set_clock),
            ("GET", "/people", self.people),
            ("POST", "/people", self.set_people),
        ]
        return [Route(path, call, methods=[method]) for method, path, call in table]

    async def doors(self, _: Request) -> Response:
        """The world's truth."""
        return JSONResponse(self._scene.world.truth())

    async def hand(self, request: Request) -> Response:
        """A hand at the door."""
        door = self._door(request)
        body = await read(request, HandBody)
        world = self._scene.world
        try:
            match body.do:
                case "pull":
                    world.pull(door.id)
                case "push":
                    if door.open:
                        await _reach(world, door)
                    world.push(door.id)
                case "put":
                    world.put(door.id, body.load or "parcel")
                case "take":
                    world.take(door.id)
        except NotPossible as no:
            raise HTTPException(409, str(no)) from no
        return JSONResponse({"id": door.id, **door.truth()})

    async def door_fault(self, request: Request) -> Response:
        """A fault of one door."""
        door = self._door(request)
        body = await read(request, DoorFaultBody)
        self._scene.world.door_fault(door.id, body.kind, body.on)
        return JSONResponse({"id": door.id, "faults": sorted(door.faults)})

    async def bank_fault(self, request: Request) -> Response:
        """A fault of one wire."""
        world = self._scene.world
        bank = world.banks.get(request.path_params["bank"])
        if bank is None:
            raise HTTPException(404, "There is no such bank.")
        body = await read(request, BankFaultBody)
        if not bank.may_have(body.kind):
            raise UnreadableBody(
                [{"loc": ["body", "kind"], "msg": f"a bank of kind {bank.kind} can only be unplugged", "type": "kind"}]
            )
        world.bank_fault(bank.name, body.kind, body.on)
        return JSONResponse({"name": bank.name, "faults": sorted(bank.faults)})

    async def pulses(self, request: Request) -> Response:
        """Every time a coil was energised."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) <= 15):
            raise UnreadableBody([{"loc": ["query", "after"], "msg": "must be a whole number from 0", "type": "int"}])
        return JSONResponse(self._scene.world.pulses.after(int(after)))

    async def all_phones(self, _: Request) -> Response:
        """Every phone that ever got a message."""
        return JSONResponse(self._scene.phones.all())

    async def phone(self, request: Request) -> Response:
        """The messages of one phone."""
        return JSONResponse(self._scene.phones.of(request.path_params["number"]))

    async def phone_fault(self, request: Request) -> Response:
        """A fault of the phone company."""
        body = await read(request, PhoneFaultBody)
        self._scene.phones.set_fault(body.kind, body.on)
        return JSONResponse({"faults": sorted(self._scene.phones.faults)})

    async def sms(self, request: Request) -> Response:
        """A notice arrives, if the phone company works. A slow one has it at once and says so late."""
        phones = self._scene.phones
        if PhoneFault.DOWN in phones.faults:
            return HangUp()
        body = await read(request, SmsBody)
        if PhoneFault.REJECT in phones.faults:
            raise HTTPException(400, "This number takes no messages.")
        content = {"text": body.text, "template": body.template, "language": body.language, "data": body.data}
        message = phones.receive(body.id, body.to, content)
        if PhoneFault.SLOW in phones.faults:
            await asyncio.sleep(SLOW_S)
        return JSONResponse({"id": message["id"], "at": message["at"]})

    async def scan(self, request: Request) -> Response:
        """The code reader reads this."""
        body = await read(request, ScanBody)
        if not self._scene.scanner.show(body.text):
            raise HTTPException(503, "Nobody listens to the code reader.")
        return JSONResponse({"text": body.text})

    async def clock(self, _: Request) -> Response:
        """The world's clock."""
        return JSONResponse(self._time())

    async def set_clock(self, request: Request) -> Response:
        """Move a lever of the clock; advancing answers when the time has passed."""
        body = await read(request, ClockBody)
        clock = self._scene.clock
        if body.advance_s is not None:
            if body.advance_s > clock.room_s():
                raise UnreadableBody(
                    [{"loc": ["body", "advance_s"], "msg": "the calendar ends before", "type": "range"}]
                )
            await self._scene.advance(body.advance_s)
        elif body.jump_s is not None:
            try:
                clock.jump(body.jump_s)
            except OverflowError as past:
                raise UnreadableBody([{"loc": ["body", "jump_s"], "msg": str(past), "type": "range"}]) from past
        elif body.synced is not None:
            clock.set_synced(body.synced)
        elif body.speed is not None:
            clock.pace.speed = body.speed
        self._scene.keep_clock()
        return JSONResponse(self._time())

    async def people(self, _: Request) -> Response:
        """How many come by themselves."""
        return JSONResponse(self._rates())

    async def set_people(self, request: Request) -> Response:
        """Change how many come by themselves."""
        body = await read(request, PeopleBody)
        rates = self._scene.people
        rates.couriers_per_hour, rates.residents_per_hour = body.couriers_per_hour, body.residents_per_hour
        rates.changed.set()
        return JSONResponse(self._rates())

    def _door(self, request: Request) -> Door:
        door = self._scene.world.doors.get(request.path_params["door"])
        if door is None:
            raise HTTPException(404, "There is no such door.")
        return door

    def _time(self) -> dict[str, Any]:
        clock = self._scene.clock
        return {
            "now": rfc3339(clock.now()),
            "monotonic": round(clock.monotonic(), 3),
            "synced": clock.synced(),
            "speed": clock.pace.speed,
        }

    def _rates(self) -> dict[str, float]:
        rates = self._scene.people
        return {"couriers_per_hour": rates.couriers_per_hour, "residents_per_hour": rates.residents_per_hour}


def unreadable(_: Request, wrong: Exception) -> Response:
    """422 with every wrong field."""
    assert isinstance(wrong, UnreadableBody)
    return JSONResponse({"detail": wrong.faults}, 422)


def refused(_: Request, wrong: Exception) -> Response:
    """A sentence that says why not."""
    assert isinstance(wrong, HTTPException)
    return JSONResponse({"detail": wrong.detail}, wrong.status_code, headers=wrong.headers)


def control_app(scene: Scene, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The control API of this scene, and the page beside it."""
    return Starlette(
        routes=[*ControlApi(scene).routes(), *pages],
        exception_handlers={UnreadableBody: unreadable, HTTPException: refused},
    )


async def _reach(world: World, door: Door) -> None:
    """Give a hand the time it needs: a door that still springs open under current cannot be shut yet.

    Without it a program would shut a door within milliseconds of its opening, which no person can
    and no switch that is debounced would see.
    """
    rested = asyncio.Event()
    world.watch(rested.set)
    try:
        async with asyncio.timeout(LONGEST_PULSE_S):
            while door.coil:
                rested.clear()
                await rested.wait()
    except TimeoutError:
        # A coil that burns for so long holds nobody back.
        return
    finally:
        world.unwatch(rested.set)
    await asyncio.sleep(REACH_S)
