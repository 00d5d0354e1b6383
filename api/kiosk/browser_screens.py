"""The visits of the browsers: one value a browser, kept here, so that a reload or a crash shows the same screen."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

from api.kiosk import effects, flow
from api.kiosk.messages import EffectRefused, Scanned, Touched
from api.kiosk.state import Facts, KioskTime
from locker.core.reasons import RefusalReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.app_context import AppContext
    from api.kiosk.state import KioskState
    from api.kiosk.transitions import Transition

MOST_BROWSERS = 16
LOOK_SECONDS = 5.0
FRAME_DELAY_SECONDS = 0.3


class Stale(Exception):
    """The touch was made on a screen that is gone."""


class NotOffered(Exception):
    """This screen has no such button."""


class BrowserScreen:
    """One browser's visit. Touches are taken one at a time; the house's answer comes before the next touch."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._tag = secrets.token_hex(4)
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._visit = flow.begin(self.facts(), self.now())
        self.watchers = 0
        self.repeats = 0

    def now(self) -> KioskTime:
        """Now, for this house."""
        return KioskTime(self._context.clock.monotonic(), self._context.engine.now())

    def facts(self) -> Facts:
        """The house as it stands."""
        context = self._context
        return Facts(
            site=context.engine.site,
            sealed=context.engine.sealed,
            free=context.commands.free_counts(),
            companies=tuple(context.couriers.companies()),
            languages=tuple(context.site.languages),
        )

    @property
    def visit(self) -> KioskState:
        """The visit as of now: doors are looked at and time has passed."""
        self._visit = flow.look(self._visit, self.facts(), self.now())
        return self._visit

    @property
    def screen(self) -> str:
        """The name of the screen that is shown: a touch must bear it."""
        gone = flow.out_of_order(self._visit, self.facts())
        return f"{self._tag}-{self._visit.serial}{'s' if gone else ''}"

    async def touch(self, screen: str, touched: Touched) -> None:
        """Take a touch. Raises Stale or NotOffered, with nothing changed."""
        async with self._turn:
            visit = self.visit
            if screen != self.screen:
                raise Stale
            move = flow.touch(visit, touched, self.facts(), self.now())
            if move is None:
                raise NotOffered
            await self._go(move)

    async def scan(self, text: str) -> None:
        """Take what a reader read; where nobody waits for a code it is dropped."""
        async with self._turn:
            move = flow.scan(self.visit, Scanned(text), self.facts(), self.now())
            if move is not None:
                await self._go(move)

    async def _go(self, move: Transition) -> None:
        self._visit, ask = move
        if ask is None:
            self.wake()
            return
        slow = asyncio.get_running_loop().call_later(FRAME_DELAY_SECONDS, self.wake)
        try:
            said = await effects.put(self._context, ask)
        except BaseException:
            self._visit = flow.answer(self._visit, ask, EffectRefused(RefusalReason.NOT_NOW), self.facts(), self.now())
            raise
        finally:
            slow.cancel()
        self._visit = flow.answer(self._visit, ask, said, self.facts(), self.now())
        self.wake()

    def repeat(self) -> None:
        """Somebody touched a screen that is gone: show the present one again, even if it was sent."""
        self.repeats += 1
        self.wake()

    def wake(self) -> None:
        """Somebody who watches should look again."""
        self._changed.set()

    async def looks(self) -> AsyncIterator[KioskState]:
        """The visit, whenever it may look different: at once, after every change, and as seconds are counted."""
        self.watchers += 1
        try:
            while True:
                self._changed.clear()
                visit = self.visit
                yield visit
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._patience(visit)):
                        await self._changed.wait()
        finally:
            self.watchers -= 1

    def _patience(self, visit: KioskState) -> float:
        """Seconds until the screen may look different by itself."""
        now = self.now()
        if flow.counting(visit, self.facts(), now):
            return 1.0
        times = flow.moments(visit, self.facts())
        return min([LOOK_SECONDS, *(at - now.seconds for at in times if at > now.seconds)])


class BrowserScreens:
    """All browsers of the kiosk. The one that was touched last is where a scanned code goes."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._all: OrderedDict[str, BrowserScreen] = OrderedDict()

    def find(self, cookie: str | None) -> BrowserScreen | None:
        """The session of a browser's cookie."""
        return self._all.get(cookie or "")

    def open(self) -> tuple[str, BrowserScreen]:
        """A new browser. The oldest that nobody watches is forgotten when there are too many."""
        if len(self._all) >= MOST_BROWSERS:
            idle = next((name for name, each in self._all.items() if not each.watchers), next(iter(self._all)))
            del self._all[idle]
        cookie = secrets.token_urlsafe(24)
        session = BrowserScreen(self._context)
        self._all[cookie] = session
        return cookie, session

    def used(self, cookie: str) -> None:
        """This browser is where somebody stands."""
        if cookie in self._all:
            self._all.move_to_end(cookie)

    @property
    def in_front(self) -> BrowserScreen | None:
        """The session of the screen that somebody stands at: the one last touched, of those that are shown."""
        return next((each for each in reversed(self._all.values()) if each.watchers), None)
