"""At a start nothing happens that was due before the cut: first Started, then a look, then time."""

from engine_bench import in_virtual_time


@in_virtual_time
async def test_what_was_due_before_the_cut_pulses_nothing_at_boot(bench):
    await bench.deposit()
    before = list(bench.pulses)
    await bench.kill()
    bench.clock.stall(7)
    await bench.start(look=False)
    await bench.quiet()
    assert bench.kinds()[-1] == "Started"
    assert bench.pulses == before


@in_virtual_time
async def test_while_sealed_no_retry_and_no_clock_moves_a_door(bench):
    await bench.deposit()
    before = list(bench.pulses)
    bench.engine.seal("The key file is missing.", until=lambda: "The key file is missing.")
    bench.clock.stall(7)
    bench.clock.jump(3600)
    await bench.see(A2="open")
    assert bench.pulses == before
    assert bench.engine.sealed
