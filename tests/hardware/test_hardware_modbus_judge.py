"""The Modbus driver before a judge that we did not write: pymodbus's own RTU server at the other end of the wire."""

import asyncio
import os
import select
import threading
import tty

import pytest
from pydantic import TypeAdapter

from hardware import open_bank
from hardware.options import BankOptions
from locker.core.model import Seen, Size
from locker.options import CompartmentOptions

pymodbus = pytest.importorskip("pymodbus.server")
from pymodbus.simulator import DataType, SimData, SimDevice  # noqa: E402  after the skip


class Bridge:
    """Two ptys, mouth to ear."""

    def __init__(self):
        pairs = [os.openpty(), os.openpty()]
        for _, near in pairs:
            tty.setraw(near)
        self.names = [os.ttyname(near) for _, near in pairs]
        self._fds = [fd for pair in pairs for fd in pair]
        self._far = [far for far, _ in pairs]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self):
        while not self._stop.is_set():
            for ready in select.select(self._far, [], [], 0.05)[0]:
                os.write(self._far[1 - self._far.index(ready)], os.read(ready, 256))

    def close(self):
        self._stop.set()
        self._thread.join()
        for fd in self._fds:
            os.close(fd)


async def until_seen(bank, **expected):
    async with asyncio.timeout(10):
        while await bank.survey() != expected:  # noqa: ASYNC110  the server needs a moment to begin
            await asyncio.sleep(0.05)


@pytest.fixture
def bridge():
    made = Bridge()
    yield made
    made.close()


async def test_H4_a_standard_server_understands_every_frame_and_is_understood(bridge):
    inputs = [True] * 8
    flashed = []

    async def act(function, start, address, count, registers, values):
        if function == 5 and values is not None:
            flashed.append(address)
            inputs[address - 0x0200] = False
        if function == 2:
            for offset, shut in enumerate(inputs):
                word, bit = divmod(offset, 16)
                registers[word] = registers[word] | 1 << bit if shut else registers[word] & ~(1 << bit)

    def bits(address):
        return [SimData(address, values=[False] * 16, datatype=DataType.BITS)]

    server = pymodbus.ModbusSerialServer(
        SimDevice(1, (bits(0x0200), bits(0), bits(0), bits(0)), action=act), port=bridge.names[1], baudrate=9600
    )
    serving = asyncio.create_task(server.serve_forever())
    options = {"name": "m", "kind": "modbus", "port": bridge.names[0], "pulse_ms": 200}
    doors = [CompartmentOptions(id=f"B{n}", size=Size.M, bank="m", channel=n) for n in (1, 8)]
    try:
        async with open_bank(TypeAdapter(BankOptions).validate_python(options), doors, lambda seen: None) as bank:
            await until_seen(bank, B1=Seen.SHUT, B8=Seen.SHUT)
            await bank.unlock("B8")
            assert flashed == [0x0207]
            await until_seen(bank, B1=Seen.SHUT, B8=Seen.OPEN)
    finally:
        await server.shutdown()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
