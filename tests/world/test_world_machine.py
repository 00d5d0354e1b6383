"""Couriers, residents, staff, lying switches, lost replies, wrong clocks and power cuts, in any order Hypothesis likes.

A failure prints the steps that lead to it; `@reproduce_failure` or the printed example replays it.
"""

import asyncio
import contextlib
import os
import tempfile
from datetime import timedelta
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from virtual import VirtualLoop
from world_town import SMALL, UNITS, Town

from locker.core.messages.command import Once
from locker.core.messages.commands import Cancel, Deposit, Reopen, Resize, Restore, Retire
from locker.core.model import Size
from locker.core.reasons import Refused

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
EXAMPLES = int(os.environ.get("WORLD_EXAMPLES", "60"))
STEPS = 40
A_DAY = 86_000

DOORS = st.sampled_from(sorted(SMALL))
RESIDENTS = st.sampled_from(sorted(UNITS))
SIZES = st.sampled_from(["S", "M", "L"])
LIES = ["switch-dead", "switch-stuck-shut", "switch-stuck-open"]
WRONGS = [*LIES, "forced", "jammed", "coil-dead", "bouncy", "lost", "silent", "last", "late", "common", "unplugged"]
WORDS = st.sampled_from(["put-back", "put-back", "accept", "missing", "damaged", "wrong-parcel"])
WAITS = st.sampled_from([1, 4, 6, 12, 31, 45, 65, 130, 700, 4 * 86_400])


class Locker(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 2**16))
    def switch_on(self, seed):
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.once = None
        self.runner.run(self._open(seed))

    async def _open(self, seed):
        self.town = Town(Path(self.folder.name), seed=seed)
        await self.town.open()
        for resident in ("r1", "r3"):
            await self.town.brings(resident, "S")

    def do(self, walk):
        self.runner.run(self._then_quiet(walk))

    async def _then_quiet(self, walk):
        await walk
        await self.town.quiet()

    def parcel(self, pick):
        """Some parcel that was answered for: one that is in the cabinet, or sometimes any."""
        known = sorted(set(self.town.parcels) & set(self.town.engine.site.parcels))
        if pick == 7 or not known:
            known = sorted(self.town.parcels)
        return known[pick % len(known)] if known else None

    def anything(self, pick):
        """Some parcel that is here, at a door or at a place, or expected."""
        known = sorted(self.town.engine.site.parcels)
        return known[pick % len(known)] if known else None

    PICK = st.integers(0, 7)

    # --- couriers -------------------------------------------------------------------------------

    @rule(resident=RESIDENTS, size=SIZES)
    def a_courier_comes(self, resident, size):
        self.do(self.town.deposit(resident, size))

    @rule(resident=RESIDENTS, size=SIZES, wait=WAITS)
    def a_courier_brings_a_parcel(self, resident, size, wait):
        self.do(self.town.brings(resident, size, wait))

    @rule(resident=RESIDENTS, size=SIZES, wait=WAITS)
    def a_courier_puts_another_beside_it(self, resident, size, wait):
        self.do(self.town.brings(resident, size, wait, join=True))

    @rule(pick=PICK, size=SIZES, what=st.sampled_from(["cancel", "resize", "reopen", "take back"]))
    def a_courier_thinks_again(self, pick, size, what):
        if (parcel := self.parcel(pick)) is None:
            return
        command = {
            "cancel": Cancel(by="token:c", parcel=parcel),
            "resize": Resize(by="token:c", parcel=parcel, size=Size(size)),
            "reopen": Reopen(by="token:c", parcel=parcel),
            "take back": Reopen(by="token:c", parcel=parcel, take_back=True),
        }[what]
        self.do(self.town.ask(command))

    @rule(resident=RESIDENTS, size=SIZES)
    def the_same_call_comes_twice(self, resident, size):
        async def walk():
            once = Once(key=self.town.name("o"), body="b")
            first = await self.town.deposit(resident, size, once)
            if first is not None:
                loop = asyncio.get_running_loop()
                self.once = (once, first, loop.time() + A_DAY, self.town.engine.now() + timedelta(seconds=A_DAY))
                await self._again()

        self.do(walk())

    @precondition(lambda self: self.once is not None)
    @rule()
    def an_old_call_comes_again(self):
        self.do(self._again())

    async def _again(self):
        """The first answer is kept for a day, by whatever clock, and nothing is deposited again."""
        once, first, until, wall = self.once
        if asyncio.get_running_loop().time() > until or self.town.engine.now() > wall:
            return
        command = Deposit(
            by="token:c",
            once=once,
            parcel=self.town.name("p"),
            size=Size.S,
            recipients=("r1",),
            label_hash=self.town.name("l"),
            code_hash=self.town.name("h"),
            token_hash=self.town.name("t"),
            sealed=b"sealed",
            tracking="again",
            unit="101",
            company="SF",
            courier="Li",
        )
        told = await self.town.ask(command)
        assert told is not None
        assert told.parcel == first, "a repeat got another answer"
        assert command.parcel not in self.town.engine.site.parcels

    # --- residents and staff --------------------------------------------------------------------

    @rule(pick=PICK, token=st.booleans(), wait=WAITS)
    def a_resident_comes(self, pick, token, wait):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self.town.fetches(parcel, wait, token=token))

    @rule(pick=PICK)
    def a_resident_comes_and_nothing_is_wrong(self, pick):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self._fetches_at_peace(parcel))

    async def _fetches_at_peace(self, parcel):
        self.town.mend()
        await self.town.later(1)
        await self.town.fetches(parcel, 65)

    @rule(pick=PICK)
    def a_resident_shows_a_code_and_stares(self, pick):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self.town.collect(parcel))

    @rule(pick=PICK, word=WORDS, named=st.booleans(), wait=WAITS)
    def a_resident_thinks_again(self, pick, word, named, wait):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self.town.fetches_and_says(parcel, word, named=named, wait=wait))

    @rule(pick=PICK, word=WORDS)
    def a_resident_speaks_up(self, pick, word):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self.town.says(parcel, word))

    @rule(pick=PICK, wait=WAITS)
    def a_resident_takes_all(self, pick, wait):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self.town.fetches_all(parcel, wait))

    @rule(pick=PICK, hours=st.sampled_from([0.01, 1, 100]))
    def a_resident_sends_somebody(self, pick, hours):
        if (parcel := self.parcel(pick)) is not None:
            self.do(self.town.sends_somebody(parcel, hours))

    @rule(pick=PICK, token=st.booleans(), race=st.booleans())
    def who_was_sent_comes(self, pick, token, race):
        self.do(self.town.who_was_sent_comes(pick, token=token, race=race))

    @rule(pick=PICK, lost=st.booleans())
    def a_credential_ends(self, pick, lost):
        if lost and (parcel := self.parcel(pick)) is not None:
            self.do(self.town.loses_the_code(parcel))
        else:
            self.do(self.town.recalls(pick))

    @rule(resident=RESIDENTS, size=SIZES)
    def a_resident_books(self, resident, size):
        self.do(self.town.books(resident, size))

    @rule(pick=PICK, wait=WAITS)
    def a_resident_brings_what_goes_out(self, pick, wait):
        self.do(self.town.brings_out(pick, wait))

    @rule(pick=PICK, company=st.sampled_from(["SF", "SF", "YTO"]), wait=WAITS)
    def a_carrier_fetches_what_goes_out(self, pick, company, wait):
        self.do(self.town.carrier_fetches(pick, company, wait))

    # --- what stays -----------------------------------------------------------------------------

    @rule(resident=RESIDENTS, size=SIZES, hours=st.sampled_from([0.01, 1, 200]), count=st.integers(1, 3))
    def a_carrier_announces(self, resident, size, hours, count):
        self.do(self.town.announces(resident, size, hours, count))

    @rule(pick=PICK, wait=WAITS)
    def what_was_announced_comes(self, pick, wait):
        self.do(self.town.brings_announced(pick, wait))

    @rule(pick=PICK)
    def what_was_announced_does_not_come(self, pick):
        self.do(self.town.takes_the_word_back(pick))

    @rule(pick=PICK, hours=st.sampled_from([1, 48]))
    def a_promise_ends_during_the_deposit(self, pick, hours):
        async def walk():
            if self.town.announced:
                parcel = self.town.announced[pick % len(self.town.announced)]
                await self.town.deposit("r1", None, parcel=parcel)
                await self.town.later(hours * 3600)
                self.town.finish_at(parcel)
                await self.town.later(1)

        self.do(walk())

    @rule(pick=PICK, own=st.booleans(), company=st.sampled_from(["SF", "SF", "YTO"]), wait=WAITS)
    def a_courier_takes_one_back(self, pick, own, company, wait):
        if (parcel := self.anything(pick)) is not None:
            self.do(self.town.takes_back(parcel, own=own, company=company, wait=wait))

    @rule(pick=PICK, end=st.booleans())
    def staff_hold_or_let_go(self, pick, end):
        if (parcel := self.anything(pick)) is not None:
            self.do(self.town.ends_the_hold(parcel) if end else self.town.holds(parcel))

    @rule(pick=PICK, hours=st.sampled_from([1, 48]), all_of_them=st.booleans())
    def there_is_more_time(self, pick, hours, all_of_them):
        if (parcel := self.anything(pick)) is not None:
            self.do(self.town.gives_time(parcel, hours, all_of_them=all_of_them))

    @rule(resident=RESIDENTS, size=SIZES, place=st.sampled_from(["shelf", "room"]))
    def staff_put_one_at_a_place(self, resident, size, place):
        self.do(self.town.puts(resident, size, place))

    @rule(pick=PICK, to=st.sampled_from(["shelf", "room", *sorted(SMALL)]), wait=WAITS)
    def staff_move_one(self, pick, to, wait):
        if (parcel := self.anything(pick)) is not None:
            self.do(self.town.moves(parcel, to, wait))

    @rule(pick=PICK, to=st.sampled_from(["shelf", *sorted(SMALL)]), moments=st.integers(0, 9), hands=st.sets(DOORS))
    def the_power_goes_during_a_move(self, pick, to, moments, hands):
        async def walk():
            if (parcel := self.anything(pick)) is not None:
                moving = asyncio.ensure_future(self.town.moves(parcel, to))
                await self.town.cut(hands, moments)
                moving.cancel()
                await asyncio.gather(moving, return_exceptions=True)

        self.do(walk())

    @rule(resident=RESIDENTS, size=SIZES, by_staff=st.sampled_from([True, True, False]), wait=WAITS)
    def something_is_left_at_the_desk(self, resident, size, by_staff, wait):
        self.do(self.town.leaves_at_the_desk(resident, size, by_staff=by_staff, wait=wait))

    @rule(resident=RESIDENTS, size=SIZES)
    def a_resident_books_for_staff(self, resident, size):
        self.do(self.town.books_for_staff(resident, size))

    @rule(pick=PICK, wait=WAITS)
    def staff_take_one_over(self, pick, wait):
        if (parcel := self.anything(pick)) is not None:
            self.do(self.town.staff_take_over(parcel, wait))

    @rule(pick=PICK, wait=WAITS)
    def staff_hand_one_out(self, pick, wait):
        if (parcel := self.anything(pick)) is not None:
            self.do(self.town.hands_out(parcel, wait))

    @rule()
    def somebody_guesses(self):
        self.do(self.town.wrong_code())

    @rule(door=DOORS)
    def whoever_is_there_finishes(self, door):
        async def walk():
            self.town.finish(door)
            await self.town.later(1)

        self.do(walk())

    @rule(door=DOORS)
    def staff_open_a_door(self, door):
        self.do(self.town.staff_open(door))

    @rule(door=DOORS)
    def staff_look_into_a_compartment(self, door):
        self.do(self.town.look_into(door))

    @rule(door=DOORS, back=st.booleans())
    def staff_retire_or_restore(self, door, back):
        command = (
            Restore(by="staff:s", compartment=door) if back else Retire(by="staff:s", compartment=door, reason="dirty")
        )
        self.do(self.town.ask(command))

    # --- what goes wrong ------------------------------------------------------------------------

    @rule(door=DOORS, what=st.sampled_from(WRONGS), moments=st.integers(0, 3))
    def something_goes_wrong(self, door, what, moments):
        self.do(self._goes_wrong(door, what, moments))

    async def _goes_wrong(self, door, what, moments):
        town = self.town
        match what:
            case "switch-dead" | "switch-stuck-shut" | "switch-stuck-open":
                town.truth.tainted.add(door)
                await town.fault(door, what)
            case "forced":
                if not town.wire.plugged or town.wire.common_lost or door not in town.wire.doors:
                    town.truth.tainted.add(door)
                await town.fault(door, what)
            case "jammed" | "coil-dead" | "bouncy":
                await town.fault(door, what)
            case "lost" | "silent" | "last":
                town.wire.mischief.append(what)
            case "late":
                town.wire.late = moments * 1.3
            case "common":
                town.break_common()
            case _:
                town.wire.plug(False)

    @rule()
    def all_is_mended(self):
        async def walk():
            self.town.mend()

        self.do(walk())

    @rule(seconds=st.sampled_from([-86_400, -60, 5, 3600, 10 * 365 * 86_400]), synced=st.booleans())
    def the_clock_jumps(self, seconds, synced):
        async def walk():
            self.town.clock.believed = synced
            before = self.town.engine.now()
            self.town.clock.jump(seconds)
            assert self.town.engine.now() >= before

        self.do(walk())

    @rule()
    def a_person_accepts_the_clock(self):
        async def walk():
            with contextlib.suppress(Refused):
                await self.town.engine.accept_wall_clock("staff:s")
            self.once = None  # its day is told by another clock now

        self.do(walk())

    @rule(door=DOORS)
    def two_people_settle_it_by_word(self, door):
        self.do(self.town.by_word(door))

    @rule(hands=st.sets(DOORS), gone=st.sets(DOORS, max_size=2))
    def the_site_file_loses_compartments(self, hands, gone):
        self.do(self.town.cut(hands, without=gone))

    @rule(wait=WAITS)
    def time_passes(self, wait):
        self.do(self.town.later(wait))

    @rule(hands=st.sets(DOORS), moments=st.integers(0, 6))
    def the_power_goes(self, hands, moments):
        self.do(self.town.cut(hands, moments))

    @rule(foreign=st.booleans(), hands=st.sets(DOORS), wait=st.sampled_from([1, 31, 700]))
    def the_key_is_lost_for_a_while(self, foreign, hands, wait):
        self.do(self.town.lose_the_key(foreign=foreign, hands=hands, wait=wait))

    @rule(pick=PICK, resident=RESIDENTS, moments=st.integers(0, 9), hands=st.sets(DOORS), coming=st.booleans())
    def the_power_goes_in_the_middle(self, pick, resident, moments, hands, coming):
        async def walk():
            parcel = self.parcel(pick)
            ask = self.town.deposit(resident, "S") if coming or parcel is None else self.town.collect(parcel)
            asking = asyncio.ensure_future(ask)
            await self.town.cut(hands, moments)
            asking.cancel()

        self.do(walk())

    @rule(pick=PICK, word=WORDS, moments=st.integers(0, 9), hands=st.sets(DOORS), shared=st.booleans())
    def the_power_goes_while_somebody_speaks(self, pick, word, moments, hands, shared):
        async def walk():
            parcel = self.parcel(pick)
            if parcel is None:
                return
            known = self.town.engine.site.parcels.get(parcel)
            if shared and known is not None:
                await self.town.brings(known.recipients[0], "S", join=True)
            await self.town.collect(parcel, every=shared)
            await self.town.later(1)
            asking = asyncio.ensure_future(self.town.says(parcel, word))
            await self.town.cut(hands, moments)
            asking.cancel()

        self.do(walk())

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def nobody_is_wronged(self):
        self.town.truth.always(self.town)
        self.town.truth.thorough(self.town)

    def teardown(self):
        if hasattr(self, "town"):
            self.runner.run(self.town.close())
            self.runner.close()
            self.folder.cleanup()


class TestWorld(Locker.TestCase):
    settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
