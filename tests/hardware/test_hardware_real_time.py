"""What depends on time, on a real clock because wires are real: late answers, and how old a reading may be."""

import asyncio
import contextlib
import itertools

from hardware_wires import Cable, Cb8aBoard
from pydantic import TypeAdapter

from hardware import open_bank
from hardware.banks.serial_line import character_seconds
from hardware.options import BankOptions
from locker.core.model import Seen, Size
from locker.options import CompartmentOptions


async def until(true):
    while not true():  # noqa: ASYNC110  nothing tells us
        await asyncio.sleep(0.01)


async def test_H3_a_late_answer_is_not_taken_for_that_to_a_later_question(tmp_path):
    board = Cb8aBoard(1, 24)
    cable = Cable(tmp_path / "bus", board)
    told = []
    options = TypeAdapter(BankOptions).validate_python({"name": "b", "kind": "cb8a", "port": str(cable.name)})
    doors = [CompartmentOptions(id="B1", size=Size.M, bank="b", channel=1)]
    async with open_bank(options, doors, told.append) as bank, asyncio.timeout(20):
        await until(lambda: len(told) == 1)
        assert told == [{"B1": Seen.SHUT}]
        cable.late = 0.7
        bank._poller.poll_fast()
        await until(lambda: len(told) == 2)
        # Every answer comes, and every one too late to be believed.
        board.doors.shut[0] = False
        await asyncio.sleep(2.5)
        assert told[1:] == [{"B1": Seen.UNSEEN}]
        cable.late = 0.0
        await until(lambda: len(told) == 3)
        assert told[1:] == [{"B1": Seen.UNSEEN}, {"B1": Seen.OPEN}]
        assert (await bank.survey())["B1"] is Seen.OPEN
    cable.close()


async def test_H4_several_banks_share_one_line_and_a_dead_board_does_not_hold_up_the_others(tmp_path):
    boards = [Cb8aBoard(n, 24) for n in (1, 2, 3, 4)]
    cable = Cable(tmp_path / "bus", *boards)
    cable.pace = character_seconds(9600)
    seen = {}
    banks = [
        open_bank(
            TypeAdapter(BankOptions).validate_python(
                {"name": f"b{board.address}", "kind": "cb8a", "port": str(cable.name), "address": board.address}
            ),
            [CompartmentOptions(id=f"D{board.address}", size=Size.M, bank="b", channel=1)],
            seen.update,
        )
        for board in boards
    ]
    async with contextlib.AsyncExitStack() as stack:
        for bank in banks:
            await stack.enter_async_context(bank)
        await until(lambda: len(seen) == 4 and set(seen.values()) == {Seen.SHUT})
        boards[3].address = 30
        await until(lambda: seen["D4"] is Seen.UNSEEN)
        cable.requests.clear()
        await asyncio.sleep(2.5)
        for number in (1, 2, 3):
            times = [at for at, request in cable.requests if request[1] == number]
            assert max(after - before for before, after in itertools.pairwise(times)) < 1.0
        assert [seen[f"D{n}"] for n in (1, 2, 3)] == [Seen.SHUT] * 3
    cable.close()
