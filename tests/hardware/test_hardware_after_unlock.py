"""What a board is asked after an unlock, when, and what its silence then means. On a real clock: wires are real."""

import asyncio
import itertools
import logging

import pytest
from hardware_wires import Cable, Cb8aBoard, Cu16Board, Cu48Board, RelayBoard
from pydantic import TypeAdapter

from hardware import open_bank
from hardware.options import BankOptions
from locker.core.model import Seen, Size
from locker.errors import CoilStuck, HardwareFault
from locker.options import CompartmentOptions

KERONG = {
    "kerong-cu48": (Cu48Board, lambda request: request[3] == 0x51, lambda request: request[1]),
    "kerong-cu16": (Cu16Board, lambda request: request[2] == 0x31, lambda request: request[1] >> 4),
}
EVERY = {
    "cb8a": lambda: Cb8aBoard(1, 24),
    "kerong-cu48": lambda: Cu48Board(1),
    "kerong-cu16": lambda: Cu16Board(1),
    "modbus": lambda: RelayBoard(1, 8),
}
PATIENCE_S = 60


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  nothing tells us
            await asyncio.sleep(0.005)


class Deaf:
    """A board that hears nothing for its next requests after an unlock, while its lock draws the supply down."""

    def __init__(self, board, is_unlock, misses):
        self.board, self.doors, self.length = board, board.doors, board.length
        self._is_unlock, self._misses, self._left = is_unlock, misses, 0

    def reply_to(self, request):
        if self._is_unlock(request):
            self._left = self._misses
            return self.board.reply_to(request)
        if self._left:
            self._left -= 1
            return None
        return self.board.reply_to(request)


class Echo:
    """An adapter that gives back whatever is sent, before a board that dies."""

    def __init__(self, board):
        self.board, self.length = board, board.length
        self.dead = False

    def reply_to(self, request):
        return request + (b"" if self.dead else self.board.reply_to(request) or b"")


@pytest.fixture
def wire(tmp_path):
    cables = []

    def connect(*boards):
        cables.append(Cable(tmp_path / "bus", *boards))
        return cables[-1]

    yield connect
    for cable in cables:
        cable.close()


def bank_of(cable, report, **keys):
    options = {"name": "b", "address": 1, "pause_ms": 10, **({"pulse_ms": 100} if keys["kind"] == "modbus" else {})}
    doors = [
        CompartmentOptions(id=f"{keys.get('name', 'B')}{n}", size=Size.M, bank=keys.get("name", "b"), channel=n)
        for n in (1, 2)
    ]
    read = TypeAdapter(BankOptions).validate_python
    return open_bank(read(options | {"port": str(cable.name)} | keys), doors, report)


@pytest.mark.parametrize("kind", KERONG)
async def test_a_kerong_board_is_left_alone_after_an_unlock_while_its_neighbour_is_asked_on(wire, kind):
    board, is_unlock, address = KERONG[kind]
    cable = wire(board(1), board(2))
    seen = {}
    first, second = (bank_of(cable, seen.update, kind=kind, name=f"b{number}-", address=number) for number in (1, 2))
    async with first, second:
        await until(lambda: len(seen) == 4)
        for door in ("b1-1", "b1-2"):
            # A poll of its own waits for its turn already when the unlock comes.
            second._poller.poll_fast()
            first._poller.poll_fast()
            await first.unlock(door)
        await asyncio.sleep(0.3)
    requests = [(at, request) for at, request in cable.requests if address(request) == 1]
    rests = [after - at for (at, request), (after, _) in itertools.pairwise(requests) if is_unlock(request)]
    assert len(rests) == 2
    assert min(rests) >= 0.199, "the longest that a driver leaves them"
    asked_meanwhile = [
        at
        for at, request in cable.requests
        if address(request) == 2 and any(begun < at < begun + 0.2 for begun, one in requests if is_unlock(one))
    ]
    assert asked_meanwhile, "a rest of one board must not hold up the others"


@pytest.mark.parametrize("kind", KERONG)
async def test_a_board_that_is_deaf_while_it_pulses_is_busy_and_no_door_of_it_turns_unseen(wire, kind):
    board, is_unlock, _ = KERONG[kind]
    deaf = Deaf(board(1), is_unlock, misses=3)
    cable = wire(deaf)
    told = []
    async with bank_of(cable, told.append, kind=kind) as bank:
        await until(lambda: told)
        await bank.unlock("B1")
        await until(lambda: len(told) > 1)
        assert told == [{"B1": Seen.SHUT, "B2": Seen.SHUT}, {"B1": Seen.OPEN}]
        assert deaf.doors.pulses == [1]


@pytest.mark.parametrize("kind", EVERY)
async def test_a_dead_board_behind_an_adapter_that_echoes_does_not_pass_for_one_that_obeyed(wire, kind):
    echo = Echo(EVERY[kind]())
    cable = wire(echo)
    told = []
    async with bank_of(cable, told.append, kind=kind) as bank:
        await until(lambda: told)
        await bank.unlock("B1")
        echo.dead = True
        with pytest.raises(HardwareFault, match=r"Door B2: nobody knows.*power and cable"):
            await bank.unlock("B2")
        await until(lambda: told[-1] == {"B1": Seen.UNSEEN, "B2": Seen.UNSEEN})


async def test_a_relay_that_went_off_is_asked_for_once_and_is_no_fault(wire):
    board = RelayBoard(1, 8)
    cable = wire(board)
    told = []
    async with bank_of(cable, told.append, kind="modbus") as bank:
        await until(lambda: told)
        await bank.unlock("B2")
    assert [request[:6].hex() for _, request in cable.requests if request[1] != 2] == ["010502010001", "010100010001"]


async def test_a_relay_that_stays_on_is_switched_off_and_told_as_one_that_must_not_be_used(wire, caplog):
    board = RelayBoard(1, 8)
    board.welded = {2}
    cable = wire(board)
    told = []
    async with bank_of(cable, told.append, kind="modbus") as bank:
        await until(lambda: told)
        with caplog.at_level(logging.ERROR), pytest.raises(CoilStuck, match=r"Door B2: .*switched off.*replaced"):
            await bank.unlock("B2")
        assert board.on == set()
        assert "B2" in caplog.text
        await bank.unlock("B1")
    assert board.doors.pulses == [2, 1], "it is not pulsed again to try it"


async def test_a_relay_that_cannot_be_switched_off_asks_for_the_supply_to_be_switched_off(wire):
    board = RelayBoard(1, 8)
    board.welded = board.lost = {1}
    cable = wire(board)
    told = []
    async with bank_of(cable, told.append, kind="modbus") as bank:
        await until(lambda: told)
        with pytest.raises(CoilStuck, match=r"Door B1: .*lock supply off"):
            await bank.unlock("B1")


async def test_a_board_that_cannot_tell_its_relays_is_believed(wire):
    board = RelayBoard(1, 8)
    board.refuses_coils = True
    cable = wire(board)
    told = []
    async with bank_of(cable, told.append, kind="modbus") as bank:
        await until(lambda: told)
        await bank.unlock("B1")
    assert board.doors.pulses == [1]
