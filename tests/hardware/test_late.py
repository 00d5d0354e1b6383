"""An answer that comes too late tells of a door as it was; the clock is real here, because wires are."""

import asyncio

from pydantic import TypeAdapter
from wires import Cable, Cb8aBoard

from hardware import open_bank
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
        bank._watch.hurry()
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
