"""The one touchscreen of the cabinet: its state lives here, so that a reload and a second page show the same."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk import effects, flow
from api.kiosk.case_effects import SAID_TO_VISITORS, staff_words
from api.kiosk.courier.effects import courier_of, door_of
from api.kiosk.courier.steps import DepositDoor
from api.kiosk.door_status import broken_sizes, compartment_of, deposit_of, deposits_under_way
from api.kiosk.kept_screen import KeptScreen
from api.kiosk.messages import EffectRefused, Scanned, Touched
from api.kiosk.timeouts import counts_down, next_changes
from api.kiosk.values import KioskTime, LockerState, Weather
from locker.core.reasons import RefusalReason
from locker.services.policies import (
    Carriage,
    CourierBoard,
    DispatchRules,
    EmergencyContacts,
    PromiseTable,
    RuleKind,
    Terms,
    WeatherMode,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.app_context import AppContext
    from api.kiosk.state import KioskState
    from api.kiosk.transitions import Transition
    from locker.core.events.record import Recorded

REFRESH_SECONDS = 5.0
WAITING_SHOWN_AFTER_SECONDS = 0.3
KEPT_EVERY_SECONDS = 1.0
FORGOTTEN_SECONDS = 1800.0
"""A screen that no page has shown for so long is nobody's any more: what a door did meanwhile is no news."""


class StaleScreen(Exception):
    """The touch was made on a screen that is gone."""


class ActNotOffered(Exception):
    """This screen has no such button."""


class Touchscreen:
    """Whoever stands here. Touches are taken one at a time: the result of an effect comes before the next touch."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._left_behind: set[str] = set()
        self._id = secrets.token_hex(4)
        self._lock = asyncio.Lock()
        self._watching: list[asyncio.Event] = []
        self._kept = KeptScreen(context.journal.folder, context.vault)
        self._keeps: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Future[None] | None = None
        self._state: KioskState | None = None
        self._looked = 0.0
        self.resends = 0

    def now(self) -> KioskTime:
        """Now, for this locker."""
        return KioskTime(self._context.clock.monotonic(), self._context.engine.now())

    def locker(self) -> LockerState:
        """The locker as it stands."""
        context = self._context
        return LockerState(
            site=context.engine.site,
            sealed=context.engine.sealed,
            free=context.commands.free_counts(),
            companies=tuple(context.couriers.companies()),
            languages=tuple(context.site.languages),
            code_lengths=context.commands.code_lengths,
            left_behind=frozenset(self._left_behind),
            broken=broken_sizes(context.engine.site),
            badges=context.couriers.badges.any,
            rights=context.rights.keys.any,
            has_camera=context.camera is not None,
            has_printer=context.printer is not None,
            takes_unknown=bool(context.kiosk.unknown_unit),
            incident=context.incidents.now,
            weather=self._weather(),
            terms={str(one): lines for one, lines in context.rules.body(Terms).couriers.items()},
            board={str(one): line for one, line in context.rules.body(CourierBoard).lines.items()},
            promises=context.rules.body(PromiseTable),
            contact=context.rules.body(EmergencyContacts).contact,
            weighing=context.rules.body(DispatchRules),
            carriage=context.rules.body(Carriage),
        )

    def _weather(self) -> Weather | None:
        version = self._context.rules.holding(RuleKind.WEATHER)
        if version is None or not isinstance(version.body, WeatherMode):
            return None
        mode = version.body
        return Weather(mode.cause.value, mode.stopped, frozenset(mode.flags), frozenset(mode.sizes))

    async def begin(self) -> None:
        """Take up what stood on the screen when the daemon ended, before anything is shown or touched."""
        async with self._lock:
            unseen = not self._watching and self.now().seconds > self._looked + FORGOTTEN_SECONDS
            if self._state is None:
                self._state = await self._resumed()
            elif unseen:
                self._state = flow.initial_state(self.locker(), self.now())
            self._looked = self.now().seconds
            await self._look_back(self._state)

    async def _resumed(self) -> KioskState:
        now = self.now()
        kept = await asyncio.to_thread(self._kept.read, now)
        if kept is None or kept.language not in self._context.site.languages:
            return flow.initial_state(self.locker(), now)
        if kept.courier is not None and (door := await door_of(self._context, kept.courier.id)) is not None:
            here = compartment_of(kept.step) == door.compartment or (
                isinstance(door, DepositDoor) and deposit_of(kept.step) == door.deposit
            )
            return kept if here else replace(kept, step=replace(door, since=now.seconds, at=now.utc))
        return flow.resumed(kept, self.locker(), now)

    async def _look_back(self, state: KioskState) -> None:
        """Ask the journal which deposits under way were begun on a screen that is lost."""
        under_way = {each.id for each in deposits_under_way(self._context.engine.site)} - {deposit_of(state.step)}
        self._left_behind &= under_way
        for deposit in under_way - self._left_behind:
            if await courier_of(self._context, deposit):
                self._left_behind.add(deposit)

    @property
    def state(self) -> KioskState:
        """The state as of now: doors are looked at and time has passed."""
        self._looked = self.now().seconds
        before = self._state or flow.initial_state(self.locker(), self.now())
        self._become(flow.refresh(before, self.locker(), self.now()))
        return self._state or before

    @property
    def screen_id(self) -> str:
        """The screen that is shown: a touch must bear it."""
        state = self.state
        return f"{self._id}-{state.serial}{'s' if flow.out_of_order(state, self.locker()) else ''}"

    async def touch(self, screen_id: str, touched: Touched) -> None:
        """Take a touch. Raises StaleScreen or ActNotOffered, with nothing changed."""
        async with self._lock:
            state = self.state
            if screen_id != self.screen_id:
                raise StaleScreen
            transition = flow.touch(state, touched, self.locker(), self.now())
            if transition is None:
                raise ActNotOffered
            await self._carry_out(transition)

    async def scan(self, text: str) -> None:
        """Take what a reader read; where nobody waits for a code it is dropped."""
        async with self._lock:
            transition = flow.scan(self.state, Scanned(text), self.locker(), self.now())
            if transition is not None:
                await self._carry_out(transition)

    async def hear(self, recorded: Recorded) -> None:
        """What staff wrote for whoever called them is shown to them: who comes, and when."""
        call = None if self._state is None else self._state.help_call
        if call is None or recorded.kind != "CaseSaid":
            return
        body = recorded.body()
        if body["case"] != call.case or body["what"] not in SAID_TO_VISITORS:
            return
        told = await staff_words(self._context, call.case)
        if self._state is not None and self._state.help_call == call and told is not None:
            who, said = told
            answered = replace(call, who=who or call.who, said=said)
            self._become(replace(self._state, help_call=answered, last_touch=self.now().seconds))

    async def _carry_out(self, transition: Transition) -> None:
        state, effect = transition
        self._become(state)
        if effect is None:
            self.wake()
            return
        shown_waiting = asyncio.get_running_loop().call_later(WAITING_SHOWN_AFTER_SECONDS, self.wake)
        try:
            result = await effects.perform(self._context, effect)
        except BaseException:
            refused = EffectRefused(RefusalReason.NOT_NOW)
            self._become(flow.apply_result(self._state or state, effect, refused, self.locker(), self.now()))
            raise
        finally:
            shown_waiting.cancel()
        self._become(flow.apply_result(self._state or state, effect, result, self.locker(), self.now()))
        self.wake()

    def _become(self, state: KioskState) -> None:
        """The state from now on; it is kept at most once a second."""
        if state == self._state:
            return
        self._state = state
        if self._keeps is None:
            self._keeps = asyncio.get_running_loop().call_later(KEPT_EVERY_SECONDS, self._keep)

    def _keep(self) -> None:
        loop, state = asyncio.get_running_loop(), self._state
        if self._keeping is not None and not self._keeping.done():
            self._keeps = loop.call_later(KEPT_EVERY_SECONDS, self._keep)
            return
        self._keeps = None
        if state is None or flow.nobody_is_here(state, self.locker()):
            self._keeping = loop.run_in_executor(None, self._kept.forget)
        else:
            self._keeping = loop.run_in_executor(None, self._kept.write, state, self.now())

    def resend(self) -> None:
        """Somebody touched a screen that is gone: show the present one again, even if it was sent."""
        self.resends += 1
        self.wake()

    def wake(self) -> None:
        """Whoever watches should look again."""
        for changed in self._watching:
            changed.set()

    @property
    def watchers(self) -> int:
        """How many pages show this screen."""
        return len(self._watching)

    async def states(self) -> AsyncIterator[KioskState]:
        """The state, whenever it may look different: at once, after every change, and as seconds are counted."""
        changed = asyncio.Event()
        self._watching.append(changed)
        try:
            while True:
                changed.clear()
                state = self.state
                yield state
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds_to_next_change(state)):
                        await changed.wait()
        finally:
            self._watching.remove(changed)

    def _seconds_to_next_change(self, state: KioskState) -> float:
        """Seconds until the screen may look different by itself."""
        now = self.now()
        if counts_down(state, self.locker(), now):
            return 1.0
        times = next_changes(state, self.locker())
        return min([REFRESH_SECONDS, *(at - now.seconds for at in times if at > now.seconds)])
