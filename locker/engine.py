"""The one actor that owns the site. Everybody else reads the site, asks with a command, or tells what was seen.

Laws:

1. One at a time: a message is taken from the inbox, decided by the pure rules, committed, and only then the next one.
2. Commit, then move. In this order: the journal's transaction is durable; the site becomes the new one; the events
   are published; the pulses of `UnlockOrdered` are sent; the asker is answered. A power cut between any two of these
   leaves an order without a pulse, never a pulse without an order.
3. The engine never waits for a wire. "Opened" is what a switch says later, in an observation of its own.
4. A command may be refused. An observation may not: while the journal cannot be written it is held, in order, and
   recorded when the journal heals (`held_observations`).
5. What was due before a message is decided before it: a deadline that passed while nobody spoke still comes first.
6. Sealed means nothing opens. A disk that is full, read-only or without its key heals by itself; a disk that failed
   ends the process, because what it holds now nobody knows but a new start.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from locker.core.doors.deadlines import next_deadline
from locker.core.events.door_events import UnlockOrdered
from locker.core.events.record import moment
from locker.core.events.service_events import Noted, ServiceEvent, Told
from locker.core.messages.commands import AnyCommand, CommandAnswer
from locker.core.messages.observations import Begun, Observation, Tick, Unsealed, WallJumped
from locker.core.outcome import Draft
from locker.core.reasons import RefusalReason, Refused
from locker.core.rules import answer, decide
from locker.engine_state import EngineState, Sealed, Serving, Starting
from locker.errors import LockerError
from locker.held_observations import HeldObservations
from locker.journal.answers import KeptAnswers, forget_old
from locker.journal.rows import KeptAnswer
from locker.journal.signs_of_life import SIGN_EVERY, leave_sign
from locker.journal.store import CannotWrite
from locker.pulse_order import PulseOrder
from locker.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.core.model import Policy, Site
    from locker.core.outcome import Outcome
    from locker.journal.store import Journal
    from locker.trusted_clock import TrustedClock

T = TypeVar("T")

log = logging.getLogger(__name__)

TICK_SECONDS = 30
HEAL_SECONDS = 5
TIDY_EVERY = timedelta(hours=1)
ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # 32 of them: a random byte favours none
ID_LENGTH = 10


@dataclass(slots=True)
class _Request:
    command: AnyCommand
    reply: asyncio.Future[CommandAnswer]


@dataclass(slots=True)
class _Call:
    """Something to be done between two decisions: a note, a heartbeat."""

    work: Callable[[], Awaitable[Any]]
    reply: asyncio.Future[Any]


class Engine:
    """See the module. `send_pulse` gives one pulse to a door and is called for `UnlockOrdered` only."""

    def __init__(
        self,
        site: Site,
        journal: Journal,
        time: TrustedClock,
        send_pulse: Callable[[PulseOrder], None],
        answers: KeptAnswers,
    ) -> None:
        self._site = site
        self._journal = journal
        self._time = time
        self._send_pulse = send_pulse
        self._answers = answers
        self._inbox: asyncio.Queue[_Request | _Call | Observation] = asyncio.Queue()
        self._held = HeldObservations()
        self._readers: set[Subscription] = set()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._state: EngineState = Starting()
        self._tick_at = self._loop.time()
        self._tidy_at = self._sign_at = time.now()

    @property
    def site(self) -> Site:
        """The cabinet as it stands: hold it freely."""
        return self._site

    @property
    def sealed(self) -> str | None:
        """Why nothing can be opened, in a sentence; None when all is well."""
        return self._state.reason if isinstance(self._state, Sealed) else None

    @property
    def clock_disbelieved(self) -> bool:
        """True while the wall clock shows a time that only a person can accept."""
        return self._time.disbelieved

    def now(self) -> datetime:
        """Trusted time, UTC, whole milliseconds, never behind the last event."""
        return self._time.now()

    def new_id(self, letter: str) -> str:
        """A new name: `letter` and ten characters that cannot be guessed or mistaken for each other."""
        return letter + "".join(ID_LETTERS[byte % len(ID_LETTERS)] for byte in secrets.token_bytes(ID_LENGTH))

    async def ask(self, command: AnyCommand) -> CommandAnswer:
        """The durable answer. Raises Refused."""
        reply: asyncio.Future[CommandAnswer] = self._loop.create_future()
        self._inbox.put_nowait(_Request(command, reply))
        return await reply

    def observe(self, observation: Observation) -> None:
        """Tell what was seen, from any thread."""
        if threading.get_ident() == self._thread:
            self._inbox.put_nowait(observation)
        else:
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, observation)

    def keep_policy(self, policy: Policy) -> None:
        """Decide by this policy from the next message on; a new start knows nothing of it. Call on the loop."""
        self._site = replace(self._site, policy=policy)

    def follow(self) -> Subscription:
        """Live events for one reader."""
        return Subscription(self._readers)

    async def note(self, what: str, about: str, by: str, reason: str = "") -> None:
        """Record something about people or settings that moves no door. Raises Refused while sealed."""
        await self.record(Noted(what=what, about=about, reason=reason), by)

    async def record(self, event: ServiceEvent, by: str) -> None:
        """Record what changes no door and no parcel. Raises Refused while sealed."""
        await self.record_with(lambda _db, _now: (event, None), by)

    async def record_with(self, work: Callable[[Database, datetime], tuple[ServiceEvent, T]], by: str) -> T:
        """Change rows that no rule knows of, and record the event that tells of it, in one transaction.

        `work` gets the open transaction and the time of the event, and returns the event and what the caller gets;
        it runs on the writer's thread, and twice where the reserve had to be spent. A ValueError or LockerError of
        `work` is raised with nothing written. Raises Refused while sealed.
        """

        def alone(db: Database, now: datetime) -> tuple[tuple[Told, ...], T]:
            event, result = work(db, now)
            return ((event, by),), result

        return await self.record_all_with(alone)

    async def record_all_with(self, work: Callable[[Database, datetime], tuple[Sequence[Told], T]]) -> T:
        """As `record_with`, of several events and who each is of: all stand in the journal, or none."""

        async def between() -> T:
            if self.sealed is not None:
                raise Refused(RefusalReason.SEALED)
            now = self.now()

            def whole(db: Database) -> tuple[Outcome, list[str], T]:
                told, result = work(db, now)
                draft = Draft(self._site, now)
                for event, _ in told:
                    draft.add(event)
                return draft.outcome(), [by for _, by in told], result

            outcome, recorded, result = await self._journal.append_with(whole)
            self._take_over(outcome, recorded)
            return result

        return await self._between_decisions(between)

    async def accept_wall_clock(self, by: str) -> int:
        """Take the wall clock by a person's word; the seconds that it moved. Raises Refused while sealed."""

        async def work() -> int:
            moved = round(self._time.offset().total_seconds())
            if moved:
                await self._commit(decide(self._site, WallJumped(seconds=moved), self.now()), by)
                self._clock_moved(moved)
            return moved

        return await self._between_decisions(work)

    async def heartbeat(self) -> None:
        """Return when all that was asked before is done and the journal's thread has answered."""
        await self._between_decisions(self._journal.beat)

    async def _between_decisions(self, work: Callable[[], Awaitable[T]]) -> T:
        reply: asyncio.Future[T] = self._loop.create_future()
        self._inbox.put_nowait(_Call(work, reply))
        return await reply

    def seal(self, reason: str, until: Callable[[], str | None] | None = None) -> None:
        """Open nothing until the journal can be written again, and `until` says None, not a reason, any more."""
        if isinstance(self._state, Sealed):
            self._state = replace(self._state, reason=reason, obstacle=until or self._state.obstacle)
            return
        log.error("sealed: %s", reason)
        now = self._loop.time()
        self._state = Sealed(reason, then=self._state, since=now, heal_at=now + HEAL_SECONDS, obstacle=until)

    # --- the actor ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the inbox until cancelled. Raises JournalBroken when the disk fails: the process must end."""
        while True:
            try:
                async with asyncio.timeout(self._seconds_until_due()):
                    item = await self._inbox.get()
            except TimeoutError:
                item = Tick(synced=self._time.synced())
            await self._handle(item)

    def _seconds_until_due(self) -> float:
        """Seconds until something is due by itself."""
        if isinstance(self._state, Sealed):
            return max(self._state.heal_at - self._loop.time(), 0.0)
        due = next_deadline(self._site) if isinstance(self._state, Serving) else None
        until_round = self._tick_at - self._loop.time()
        until_due = until_round if due is None else (due - self.now()).total_seconds()
        return max(min(until_due, until_round), 0.0)

    async def _handle(self, item: _Request | _Call | Observation) -> None:
        if isinstance(self._state, Sealed) and self._loop.time() >= self._state.heal_at:
            await self._heal(self._state)
        if isinstance(self._state, Serving):
            await self._take_clock_jump()
        if isinstance(item, _Request):
            await self._answer(item)
        elif isinstance(item, _Call):
            await self._call(item)
        else:
            await self._observe(item)

    async def _take_clock_jump(self) -> None:
        """Take a believed jump of the wall clock, and do first what was due before this message."""
        self._time.keep_pace(busy=bool(self._site.visits))
        jumped = self._time.believed_jump()
        if jumped and await self._record(WallJumped(seconds=jumped)):
            self._clock_moved(jumped)
        due = next_deadline(self._site)
        if (due is not None and due <= self.now()) or self._loop.time() >= self._tick_at:
            await self._tick(Tick(synced=self._time.synced()))

    def _clock_moved(self, seconds: int) -> None:
        """What is in memory moves with what the event moved in the tables."""
        began = self._site.started_at if seconds > 0 else self.now() + timedelta(seconds=seconds)
        self._time.adopt(seconds)
        if began is not None:
            self._answers.move(began, timedelta(seconds=seconds))
        self._tick_at = self._loop.time()

    async def _observe(self, observation: Observation) -> None:
        """Record it; while sealed keep it for later, because what is seen has happened."""
        if isinstance(observation, Tick):
            await self._tick(observation)
        elif self.sealed is not None or not await self._record(observation):
            self._held.hold(observation, self._site)

    async def _tick(self, tick: Tick) -> None:
        """Do what nobody asks for: what is overdue, and letting go of old answers."""
        self._tick_at = self._loop.time() + TICK_SECONDS
        if not isinstance(self._state, Serving) or not await self._record(tick):
            return
        now = self.now()
        try:
            if now >= self._tidy_at:
                self._tidy_at = now + TIDY_EVERY
                self._answers.forget(now)
                await self._journal.write(lambda db: forget_old(db, now))
                await self._journal.lay_by_reserve()
            if now >= max(self._sign_at, moment(self._journal.at) + SIGN_EVERY):
                self._sign_at = now + SIGN_EVERY
                await self._journal.write(lambda db: leave_sign(db, now))
        except CannotWrite as full:
            self.seal(str(full))

    async def _heal(self, sealed: Sealed) -> None:
        obstacle = sealed.obstacle() if sealed.obstacle is not None else None
        try:
            if obstacle is None:
                await self._journal.probe()
                await self._journal.lay_by_reserve()
        except CannotWrite as still:
            obstacle = str(still)
        if obstacle is not None:
            self._state = replace(sealed, reason=obstacle, heal_at=self._loop.time() + HEAL_SECONDS)
            return
        self._state = sealed.then
        log.warning("unsealed: the journal can be written again")
        if isinstance(sealed.then, Serving):
            await self._record(Unsealed(seconds=int(self._loop.time() - sealed.since)))
        while self.sealed is None and (seen := self._held.first()) is not None:
            if await self._record(seen):
                self._held.drop_first()

    async def _record(self, observation: Observation) -> bool:
        outcome = decide(self._site, observation, self.now())
        try:
            await self._commit(outcome, "cabinet")
        except CannotWrite as full:
            self.seal(str(full))
            return False
        if isinstance(observation, Begun):
            self._state = Serving()
        return True

    async def _answer(self, request: _Request) -> None:
        if request.reply.cancelled():
            return
        try:
            reply = await self._decide(request.command)
        except Refused as refused:
            if not request.reply.cancelled():
                request.reply.set_exception(refused)
        else:
            if not request.reply.cancelled():
                request.reply.set_result(reply)

    async def _decide(self, command: AnyCommand) -> CommandAnswer:
        once = command.once
        if once is not None:
            kept = self._answers.get(once.key, self.now())
            if kept is not None:
                if kept.body != once.body:  # without the right key no body is like any other
                    raise Refused(RefusalReason.SEALED if self.sealed is not None else RefusalReason.KEY_REUSED)
                return kept.answer
        if self.sealed is not None:
            raise Refused(RefusalReason.SEALED)
        try:
            try:
                outcome = decide(self._site, command, self.now())
            except Refused as refused:
                if refused.record is not None:
                    await self._commit(refused.record, command.by)
                raise
            reply = answer(outcome.after, command)
            keep = KeptAnswer(once.key, once.body, reply) if once is not None else None
            await self._commit(outcome, command.by, keep)
        except CannotWrite as full:
            self.seal(str(full))
            raise Refused(RefusalReason.SEALED) from full
        return reply

    async def _call(self, call: _Call) -> None:
        try:
            result = await call.work()
        except CannotWrite as full:
            self.seal(str(full))
            if not call.reply.cancelled():
                call.reply.set_exception(Refused(RefusalReason.SEALED))
        except (ValueError, LockerError, OverflowError) as wrong:  # the last: a number that no table holds
            if not call.reply.cancelled():
                call.reply.set_exception(wrong if not isinstance(wrong, OverflowError) else ValueError(str(wrong)))
        else:
            if not call.reply.cancelled():
                call.reply.set_result(result)

    async def _commit(self, outcome: Outcome, by: str, keep: KeptAnswer | None = None) -> None:
        """Durable first; then the site is true, readers hear of it, and the pulses are sent."""
        if not outcome.events and keep is None:
            return
        recorded = await self._journal.append(outcome, by, keep)
        if keep is not None:
            self._answers.add(keep, outcome.at)
        self._take_over(outcome, recorded)

    def _take_over(self, outcome: Outcome, recorded: list[Recorded]) -> None:
        policy = self._site.policy  # one that was handed over while this was decided stays
        self._site = outcome.site if outcome.site.policy is policy else replace(outcome.site, policy=policy)
        self._time.note_event(outcome.at)
        for line in recorded:
            for reader in tuple(self._readers):
                reader.put(line)
        for event in outcome.events:
            if isinstance(event, UnlockOrdered):
                self._send_pulse(PulseOrder.begun(self._site, event.compartment, self._loop.time()))
