"""A cabinet with a real engine, a clock moved by hand, and a phone company that can fail."""

import asyncio

import pytest
from services_bench import Bench, HandClock, PhoneCompany


@pytest.fixture
async def clock():
    return HandClock()


@pytest.fixture
async def bench(tmp_path, clock):
    bench = await Bench(tmp_path, clock).start()
    yield bench
    await bench.stop()


@pytest.fixture
async def company():
    company = PhoneCompany()
    server = await asyncio.start_server(company.answer, "127.0.0.1", 0)
    company.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/sms"
    yield company
    company.go_on.set()
    server.close()
