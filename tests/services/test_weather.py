"""While the weather is bad: what is not taken in, behind which doors nothing is put, and that it ends by itself."""

from datetime import timedelta

import pytest

from locker.core.model import Flag, Size
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import DepositRequest
from locker.services.policies import NewVersion, RuleKind, WeatherMode

HOUR = timedelta(hours=1)


async def weather(bench, **said):
    number = len(bench.rules.versions(RuleKind.WEATHER)) + 1
    asked = NewVersion(number, WeatherMode(**said), "typhoon", ends_at=bench.engine.now() + 2 * HOUR)
    await bench.rules.add(asked, "staff:boss")


async def deposit(bench, tracking="SF1", size=Size.M, flags=()):
    request = DepositRequest(
        by="token:t", tracking=tracking, size=size, company="SF", courier="Li", unit="1203", flags=frozenset(flags)
    )
    return await bench.commands.deposit(request)


async def refused(bench, **asked):
    with pytest.raises(Refused) as refusal:
        await deposit(bench, **asked)
    return refusal.value.reason


async def test_a_storm_stops_deposits_and_no_pickup_and_ends_by_itself(bench, clock):
    await bench.resident()
    inside = await bench.store("SF0")
    await weather(bench, stopped=True)
    pulses = len(bench.pulses)
    assert await refused(bench) is RefusalReason.WEATHER
    assert len(bench.pulses) == pulses
    await bench.collect(inside)
    clock.advance(2 * 3600)
    assert (await deposit(bench)).compartment


async def test_heat_refuses_what_is_named_and_takes_the_rest(bench):
    await bench.resident()
    await weather(bench, flags=(Flag.LIQUID,), sizes=(Size.L,))
    assert await refused(bench, flags=[Flag.LIQUID, Flag.FRAGILE]) is RefusalReason.WEATHER
    assert await refused(bench, size=Size.L) is RefusalReason.WEATHER
    assert (await deposit(bench, flags=[Flag.FRAGILE])).compartment
