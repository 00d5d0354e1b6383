"""What each browser shows: one state a browser, kept here, so that a reload or a crash shows the same screen."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

from api.kiosk import effects, flow, timeouts
from api.kiosk.door_status import deposit_of, deposits_under_way
from api.kiosk.effects import courier_of
from api.kiosk.messages import EffectRefused, Scanned, Touched
from api.kiosk.state import Idle
from api.kiosk.values import KioskTime, LockerState
from locker.core.reasons import RefusalReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.app_context import AppContext
    from api.kiosk.state import KioskState
    from api.kiosk.transitions import Transition

MOST_BROWSERS = 16
REFRESH_SECONDS = 5.0
WAITING_SHOWN_AFTER_SECONDS = 0.3


class StaleScreen(Exception):
    """The touch was made on a screen that is gone."""


class ActNotOffered(Exception):
    """This screen has no such button."""


class BrowserScreen:
    """One browser. Touches are taken one at a time: the result of an effect comes before the next touch."""

    def __init__(self, context: AppContext, left_behind: set[str]) -> None:
        self._context = context
        self._left_behind = left_behind
        self._id = secrets.token_hex(4)
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()
        self._state = flow.initial_state(self.locker(), self.now())
        self.watchers = 0
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
        )

    @property
    def state(self) -> KioskState:
        """The state as of now: doors are looked at and time has passed."""
        self._state = flow.refresh(self._state, self.locker(), self.now())
        return self._state

    @property
    def screen_id(self) -> str:
        """The screen that is shown: a touch must bear it."""
        out_of_order = flow.out_of_order(self._state, self.locker())
        return f"{self._id}-{self._state.serial}{'s' if out_of_order else ''}"

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

    async def _carry_out(self, transition: Transition) -> None:
        self._state, effect = transition
        if effect is None:
            self.wake()
            return
        shown_waiting = asyncio.get_running_loop().call_later(WAITING_SHOWN_AFTER_SECONDS, self.wake)
        try:
            result = await effects.perform(self._context, effect)
        except BaseException:
            self._state = flow.apply_result(
                self._state, effect, EffectRefused(RefusalReason.NOT_NOW), self.locker(), self.now()
            )
            raise
        finally:
            shown_waiting.cancel()
        self._state = flow.apply_result(self._state, effect, result, self.locker(), self.now())
        self.wake()

    def resend(self) -> None:
        """Somebody touched a screen that is gone: show the present one again, even if it was sent."""
        self.resends += 1
        self.wake()

    def wake(self) -> None:
        """Whoever watches should look again."""
        self._changed.set()

    async def states(self) -> AsyncIterator[KioskState]:
        """The state, whenever it may look different: at once, after every change, and as seconds are counted."""
        self.watchers += 1
        try:
            while True:
                self._changed.clear()
                state = self.state
                yield state
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds_to_next_change(state)):
                        await self._changed.wait()
        finally:
            self.watchers -= 1

    def _seconds_to_next_change(self, state: KioskState) -> float:
        """Seconds until the screen may look different by itself."""
        now = self.now()
        if timeouts.counts_down(state, self.locker(), now):
            return 1.0
        times = timeouts.next_changes(state, self.locker())
        return min([REFRESH_SECONDS, *(at - now.seconds for at in times if at > now.seconds)])


class BrowserScreens:
    """All browsers of the kiosk by cookie. The one that was touched last is where a scanned code goes."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._all: OrderedDict[str, BrowserScreen] = OrderedDict()
        self._left_behind: set[str] = set()

    def find(self, cookie: str | None) -> BrowserScreen | None:
        """The browser with this cookie."""
        return self._all.get(cookie or "")

    def open(self) -> tuple[str, BrowserScreen]:
        """A new browser. Of too many one that is not watched is forgotten, an idle one before a visit, the oldest."""
        if len(self._all) >= MOST_BROWSERS:
            unwatched = [name for name, each in self._all.items() if not each.watchers]
            idle = [name for name in unwatched if isinstance(self._all[name].state.step, Idle)]
            del self._all[next(iter([*idle, *unwatched, *self._all]))]
        cookie = secrets.token_urlsafe(24)
        browser = BrowserScreen(self._context, self._left_behind)
        self._all[cookie] = browser
        return cookie, browser

    async def look_back(self) -> None:
        """Ask the journal which deposits under way were begun on a screen that none of ours is any more."""
        shown = {deposit_of(each.state.step) for each in self._all.values()}
        under_way = {each.id for each in deposits_under_way(self._context.engine.site)} - shown
        self._left_behind &= under_way
        for deposit in under_way - self._left_behind:
            if await courier_of(self._context, deposit):
                self._left_behind.add(deposit)

    def mark_active(self, cookie: str) -> None:
        """This browser is where somebody stands."""
        if cookie in self._all:
            self._all.move_to_end(cookie)

    @property
    def active(self) -> BrowserScreen | None:
        """The browser that somebody stands at: the one last touched, of those that are shown."""
        return next((each for each in reversed(self._all.values()) if each.watchers), None)
