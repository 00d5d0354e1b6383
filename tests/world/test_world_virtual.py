"""The clock of the tests: months and years of it go on as the first second did."""

import asyncio

import pytest
from virtual import VirtualLoop

TURNS = 10_000


class Tired(Exception):
    """The loop turned and turned, and its time stood still."""


@pytest.mark.parametrize("days", [1, 195, 400, 4000])
def test_a_timer_goes_off_after_any_number_of_days(days):
    loop, turns = VirtualLoop(), 0
    select = loop.clock.select

    def counted(timeout=None):
        nonlocal turns
        turns += 1
        if turns > TURNS:
            raise Tired
        return select(timeout)

    loop.clock.select = counted
    loop.clock.now = days * 86400 + 0.1
    try:
        for _ in range(100):
            loop.run_until_complete(asyncio.sleep(0.1 + 1e-9))
    finally:
        loop.close()
    assert loop.clock.now == pytest.approx(days * 86400 + 10.1, abs=1e-3)
