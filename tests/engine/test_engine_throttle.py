"""Wrong codes outlive the process: a cabinet that is switched off and on again forgives nothing."""

import asyncio

from engine_bench import in_virtual_time, refused

from locker.core.visits.code_throttle import CAPACITY, REFILL


async def wrong(bench):
    await asyncio.sleep(1)
    return await refused(bench.collect("nobody"))


@in_virtual_time
async def test_X3_wrong_codes_stay_counted_over_a_power_cut_and_lock_nobody_out(bench):
    told = await bench.stored()
    for _ in range(CAPACITY):
        assert await wrong(bench) == "unknown-code"
    await bench.restart()
    assert await wrong(bench) == "second-needed"
    assert await refused(bench.collect(told.parcel)) == "second-needed"
    token = bench.secrets[told.parcel].token_hash
    await bench.collect(told.parcel, hash=token, token=True)
    assert bench.use(told.compartment) == "emptying"


@in_virtual_time
async def test_X3_time_without_power_refills_one_try_every_ten_minutes_and_no_more(bench):
    for _ in range(CAPACITY):
        await wrong(bench)
    await bench.kill()
    await asyncio.sleep(REFILL.total_seconds() * 2)
    await bench.start()
    assert [await wrong(bench) for _ in range(3)] == ["unknown-code", "unknown-code", "second-needed"]
