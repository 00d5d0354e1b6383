"""The simulator's control API: hands, faults, time, scans, phones and pulses over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.middleware import SameOriginMiddleware, gone
from api.own_hosts import LOOPBACK_NAMES, OwnHostMiddleware
from locker.core.events.record import rfc3339
from simulator.web.connection_guard import HangUp
from simulator.web.request_models import (
    AccountBody,
    BankFaultBody,
    ClockBody,
    DoorFaultBody,
    HandBody,
    PhoneFaultBody,
    PrinterFaultBody,
    ScanBody,
    SmsBody,
    VisitorRatesBody,
)
from simulator.world.door import Door, NotPossible
from simulator.world.phones import SLOW_S, PhoneFault
from simulator.world.world import possible_faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from simulator.simulation import Simulation
    from simulator.world.world import World

_Body = TypeVar("_Body", bound=BaseModel)
HAND_DELAY_S = 0.3
LONGEST_PULSE_S = 3.0


async def parse_body(request: Request, model: type[_Body]) -> _Body:
    """The body as this model. Raises HTTPException 422 that names each wrong field, never its value."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as fault:
        faults = [{"loc": ["body", *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in fault.errors()]
        raise UnreadableBody(faults) from fault


class UnreadableBody(Exception):
    """A body or a query that cannot be read; `faults` names each field."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("unreadable")
        self.faults = faults


class ControlApi:
    """The calls, one method each."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

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
            ("GET", "/papers", self.papers),
            ("GET", "/papers/{number:int}", self.paper),
            ("POST", "/printer/fault", self.printer_fault),
            ("GET", "/authenticator", self.authenticator),
            ("POST", "/authenticator", self.scan_account),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.set_clock),
            ("GET", "/people", self.people),
            ("POST", "/people", self.set_people),
        ]
        return [Route(path, call, methods=[method]) for method, path, call in table]

    async def doors(self, _: Request) -> Response:
        """The state of every door in the world."""
        return JSONResponse(self._simulation.world.state())

    async def hand(self, request: Request) -> Response:
        """A hand at the door."""
        door = self._door(request)
        body = await parse_body(request, HandBody)
        world = self._simulation.world
        try:
            match body.do:
                case "pull":
                    world.pull(door.id)
                case "push":
                    if door.open:
                        await _hand_delay(world, door)
                    world.push(door.id)
                case "put":
                    world.put(door.id, body.load or "parcel")
                case "take":
                    world.take(door.id)
        except NotPossible as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"id": door.id, **door.state()})

    async def door_fault(self, request: Request) -> Response:
        """A fault of one door."""
        door = self._door(request)
        body = await parse_body(request, DoorFaultBody)
        self._simulation.world.door_fault(door.id, body.kind, body.on)
        return JSONResponse({"id": door.id, "faults": sorted(door.faults)})

    async def bank_fault(self, request: Request) -> Response:
        """A fault of one wire."""
        world = self._simulation.world
        bank = world.banks.get(request.path_params["bank"])
        if bank is None:
            raise HTTPException(404, "There is no such bank.")
        body = await parse_body(request, BankFaultBody)
        if not bank.may_have(body.kind):
            can = ", ".join(possible_faults(bank.kind))
            message = f"a bank of kind {bank.kind} can only be {can}"
            raise UnreadableBody([{"loc": ["body", "kind"], "msg": message, "type": "kind"}])
        world.bank_fault(bank.name, body.kind, body.on)
        return JSONResponse({"name": bank.name, "faults": sorted(bank.faults)})

    async def pulses(self, request: Request) -> Response:
        """Every time a coil was energised."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) <= 15):
            raise UnreadableBody([{"loc": ["query", "after"], "msg": "must be a whole number from 0", "type": "int"}])
        return JSONResponse(self._simulation.world.pulses.after(int(after)))

    async def all_phones(self, _: Request) -> Response:
        """Every phone that ever got a message."""
        return JSONResponse(self._simulation.phones.all())

    async def phone(self, request: Request) -> Response:
        """The messages of one phone."""
        return JSONResponse(self._simulation.phones.of(request.path_params["number"]))

    async def phone_fault(self, request: Request) -> Response:
        """A fault of the phone company."""
        body = await parse_body(request, PhoneFaultBody)
        self._simulation.phones.set_fault(body.kind, body.on)
        return JSONResponse({"faults": sorted(self._simulation.phones.faults)})

    async def sms(self, request: Request) -> Response:
        """A notice arrives, if the phone company works. A slow one has it at once and replies late."""
        phones = self._simulation.phones
        if PhoneFault.DOWN in phones.faults:
            return HangUp()
        body = await parse_body(request, SmsBody)
        if PhoneFault.REJECT in phones.faults:
            raise HTTPException(400, "This number takes no messages.")
        content = {"text": body.text, "template": body.template, "language": body.language, "data": body.data}
        message = phones.receive(body.id, body.to, content)
        if PhoneFault.SLOW in phones.faults:
            await asyncio.sleep(SLOW_S)
        return JSONResponse({"id": message["id"], "at": message["at"]})

    async def scan(self, request: Request) -> Response:
        """The code reader reads this."""
        body = await parse_body(request, ScanBody)
        if not self._simulation.scanner.show(body.text):
            raise HTTPException(503, "Nobody listens to the code reader.")
        return JSONResponse({"text": body.text})

    async def papers(self, _: Request) -> Response:
        """The numbers of the slips that the receipt printer let out, the oldest first."""
        printer = self._simulation.printer
        return JSONResponse([] if printer is None else [int(path.stem) for path in printer.papers])

    async def paper(self, request: Request) -> Response:
        """One slip, as a picture."""
        printer, number = self._simulation.printer, request.path_params["number"]
        found = [] if printer is None else [path for path in printer.papers if path.stem == str(number)]
        if not found:
            raise HTTPException(404, "There is no such slip.")
        return Response(found[0].read_bytes(), media_type="image/png")

    async def printer_fault(self, request: Request) -> Response:
        """The paper of the receipt printer is at its end, or a new roll is in."""
        body = await parse_body(request, PrinterFaultBody)
        printer = self._simulation.printer
        if printer is None:
            raise HTTPException(404, "This cabinet has no receipt printer.")
        printer.out_of_paper = body.on
        return JSONResponse({"faults": [body.kind] if body.on else []})

    async def authenticator(self, _: Request) -> Response:
        """What the authenticator app of staff shows now, by account."""
        return JSONResponse(self._simulation.authenticator.codes())

    async def scan_account(self, request: Request) -> Response:
        """The app takes an account, as its camera would from the page that shows the secret."""
        body = await parse_body(request, AccountBody)
        try:
            self._simulation.authenticator.scan(body.name, body.secret)
        except ValueError as wrong:
            raise UnreadableBody([{"loc": ["body", "secret"], "msg": "is no secret", "type": "secret"}]) from wrong
        return JSONResponse(self._simulation.authenticator.codes())

    async def clock(self, _: Request) -> Response:
        """The world's clock."""
        return JSONResponse(self._clock_state())

    async def set_clock(self, request: Request) -> Response:
        """Change one setting of the clock; advancing answers when the time has passed."""
        body = await parse_body(request, ClockBody)
        clock = self._simulation.clock
        if body.advance_s is not None:
            if body.advance_s > clock.room_s():
                raise UnreadableBody(
                    [{"loc": ["body", "advance_s"], "msg": "the calendar ends before", "type": "range"}]
                )
            await self._simulation.advance(body.advance_s)
        elif body.jump_s is not None:
            try:
                clock.jump(body.jump_s)
            except OverflowError as past:
                raise UnreadableBody([{"loc": ["body", "jump_s"], "msg": str(past), "type": "range"}]) from past
        elif body.synced is not None:
            clock.set_synced(body.synced)
        elif body.speed is not None:
            clock.pace.speed = body.speed
        self._simulation.save_clock()
        return JSONResponse(self._clock_state())

    async def people(self, _: Request) -> Response:
        """How many visitors come by themselves."""
        return JSONResponse(self._visitor_rates())

    async def set_people(self, request: Request) -> Response:
        """Change how many come by themselves."""
        body = await parse_body(request, VisitorRatesBody)
        rates = self._simulation.visitor_rates
        rates.couriers_per_hour, rates.residents_per_hour = body.couriers_per_hour, body.residents_per_hour
        rates.changed.set()
        return JSONResponse(self._visitor_rates())

    def _door(self, request: Request) -> Door:
        door = self._simulation.world.doors.get(request.path_params["door"])
        if door is None:
            raise HTTPException(404, "There is no such door.")
        return door

    def _clock_state(self) -> dict[str, Any]:
        clock = self._simulation.clock
        return {
            "now": rfc3339(clock.now()),
            "monotonic": round(clock.monotonic(), 3),
            "synced": clock.synced(),
            "speed": clock.pace.speed,
        }

    def _visitor_rates(self) -> dict[str, float]:
        rates = self._simulation.visitor_rates
        return {"couriers_per_hour": rates.couriers_per_hour, "residents_per_hour": rates.residents_per_hour}


def unreadable_body(_: Request, wrong: Exception) -> Response:
    """422 with every wrong field."""
    assert isinstance(wrong, UnreadableBody)
    return JSONResponse({"detail": wrong.faults}, 422)


def http_error(_: Request, wrong: Exception) -> Response:
    """The status and the sentence that says why not."""
    assert isinstance(wrong, HTTPException)
    return JSONResponse({"detail": wrong.detail}, wrong.status_code, headers=wrong.headers)


def control_app(simulation: Simulation, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The control API of this simulation, and the page beside it.

    Programs may ask for anything; of pages only our own may, or any page on the internet could open doors.
    """
    return Starlette(
        routes=[*ControlApi(simulation).routes(), *pages],
        middleware=[
            Middleware(OwnHostMiddleware, names=LOOPBACK_NAMES),
            Middleware(SameOriginMiddleware, programs=True),
        ],
        exception_handlers={UnreadableBody: unreadable_body, HTTPException: http_error, ClientDisconnect: gone},
    )


async def _hand_delay(world: World, door: Door) -> None:
    """Wait as long as a hand needs: a door that still springs open under current cannot be shut yet.

    Without it a program would shut a door within milliseconds of its opening, which no person can
    and no switch that is debounced would see.
    """
    de_energised = asyncio.Event()
    world.watch(de_energised.set)
    try:
        async with asyncio.timeout(LONGEST_PULSE_S):
            while door.coil:
                de_energised.clear()
                await de_energised.wait()
    except TimeoutError:
        # A coil that burns for so long holds nobody back.
        return
    finally:
        world.unwatch(de_energised.set)
    await asyncio.sleep(HAND_DELAY_S)
