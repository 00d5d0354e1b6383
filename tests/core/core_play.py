"""A cabinet without a daemon: the pure core, a clock moved by hand, and every event folded again through JSON."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from locker.core.doors.deadlines import next_deadline
from locker.core.events.custody_events import ExpectationEnded
from locker.core.events.door_events import UnlockOrdered
from locker.core.events.service_events import ResidentSaved
from locker.core.events.visit_events import ParcelCollected, ParcelEnded
from locker.core.evolve.evolve import evolve, forget
from locker.core.messages.commands import (
    Cancel,
    Clear,
    ClearByWord,
    Collect,
    Deposit,
    Reopen,
    Resize,
    Restore,
    Retire,
    SaveResident,
    StaffOpen,
)
from locker.core.messages.custody_commands import (
    Announced,
    DeadlineFilter,
    EndExpected,
    Expect,
    Extend,
    Hold,
    Move,
    NotFetched,
    PlaceParcel,
    Release,
    ShiftDeadlines,
    Unhold,
    Withdraw,
)
from locker.core.messages.observations import Begun, SwitchesSeen, Tick, WallJumped
from locker.core.model import Compartment, Content, Policy, Seen, Site, Size
from locker.core.reasons import Refused
from locker.core.rules import answer, decide
from locker.journal.codec import event_data, event_from

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def door(name, size="M", **more):
    """A compartment too high for a wheelchair, unless the test says where it stands."""
    return Compartment(id=name, size=Size(size), **({"bank": "left", "bottom_mm": 1300, "top_mm": 1500} | more))


class Play:
    """One cabinet, asked and told things one after another."""

    def __init__(self, *doors, seen=Seen.SHUT, places=(), **policy):
        self.now = BEGIN
        self.built = doors or (door("A1"), door("A2"), door("A3"))
        self.site = Site(policy=Policy(**policy), compartments={d.id: d for d in self.built})
        self.site = replace(self.site, places={p.id: p for p in places})
        self.folded = self.site
        self.events = []
        self.made = 0
        self.do(Begun(version="test"))
        if seen is not None:
            self.see(**{d.id: seen for d in self.built})
        self.resident("r1", unit="1203", phone="+8613800000001")

    # --- the engine's part ----------------------------------------------------------------------

    def do(self, message):
        """Decide and record; what a refusal keeps is recorded too."""
        try:
            outcome = decide(self.site, message, self.now)
        except Refused as refused:
            if refused.record is not None:
                self._keep(refused.record)
            raise
        self._keep(outcome)
        return outcome

    def _keep(self, outcome):
        for event in outcome.events:
            self._fold(event)
        self.site = outcome.site
        self.events += outcome.events
        assert self.folded == self.site, "folding the journal gives another site"

    def _fold(self, event):
        read = event_from(type(event).__name__, event_data(event))
        if isinstance(event, ResidentSaved):
            read = replace(read, unit=event.unit, phone=event.phone)  # the personal part lives in its table
        after = evolve(self.folded, read, self.now)
        self.folded = forget(self.folded, after)

    def ask(self, command):
        return answer(self.do(command).after, command)

    def later(self, seconds, *, synced=True):
        """Time passes, and what is due happens when it is due."""
        target = self.now + timedelta(seconds=seconds)
        while (due := next_deadline(self.site)) is not None and due <= target:
            self.now = max(self.now, due)
            before = self.site
            self.do(Tick(synced=synced))
            assert self.site is not before, "a deadline that nothing ends would spin for ever"
        self.now = target
        self.do(Tick(synced=synced))

    def jump(self, seconds):
        """The wall clock moved on and is believed."""
        self.now += timedelta(seconds=seconds)
        self.do(WallJumped(seconds=seconds))

    def restart(self):
        """The process died and is back; no switch has been looked at."""
        self.do(Begun(version="test"))

    # --- what people and switches say -----------------------------------------------------------

    def see(self, **doors):
        return self.do(SwitchesSeen({name: Seen(value) for name, value in doors.items()}))

    def open_and_shut(self, name):
        self.see(**{name: "open"})
        self.see(**{name: "shut"})

    def resident(self, name, *, unit="1203", phone="+8613800000001", consent=True, reach=False, email=""):
        told = self.ask(
            SaveResident(
                by="staff:t",
                id=name,
                unit=unit,
                name="Wang",
                phone=phone,
                language="en",
                email=email,
                consent=consent,
                reach=reach,
            )
        )
        assert told.id == name

    def deposit(self, size="M", *to, label=None, flags=(), **more):
        """A courier asks for a compartment; the parcel's id."""
        self.made += 1
        parcel = more.pop("parcel", f"p{self.made}")
        told = self.ask(
            Deposit(
                by="token:courier",
                parcel=parcel,
                size=Size(size) if size else None,
                recipients=more.pop("recipients", to or ("r1",)),
                label_hash=label or f"label-{parcel}",
                code_hash=more.pop("code", f"code-{parcel}"),
                token_hash=more.pop("token", f"token-{parcel}"),
                sealed=b"sealed",
                tracking="SECRET-TRACKING",
                unit="1203",
                company=more.pop("company", "SF"),
                courier="Li",
                flags=frozenset(flags),
                **more,
            )
        )
        assert told.parcel == parcel
        return parcel

    def stored(self, *said, **more):
        """A parcel behind a shut door."""
        parcel = self.deposit(*said, **more)
        self.open_and_shut(self.place(parcel))
        return parcel

    def collecting(self):
        """A parcel whose door was just ordered for its resident."""
        parcel = self.stored()
        self.code(parcel)
        return parcel

    def collected(self):
        """A parcel just taken out, in the grace time."""
        parcel = self.collecting()
        self.open_and_shut(self.place(parcel))
        return parcel

    def code(self, parcel, *, source="kiosk", second=None, token=False, every=False, shown=None, staff=False):
        self.made += 1
        kind = "token" if token else "code"
        return self.ask(
            Collect(
                by=source,
                pickup=f"k{self.made}",
                hash=shown or f"{kind}-{parcel}",
                token=token,
                source=source,
                second=second,
                every=every,
                staff=staff,
            )
        )

    def cancel(self, parcel):
        return self.ask(Cancel(by="token:courier", parcel=parcel))

    def resize(self, parcel, size):
        return self.ask(Resize(by="token:courier", parcel=parcel, size=Size(size)))

    def reopen(self, parcel, **more):
        return self.ask(Reopen(by="token:courier", parcel=parcel, **more))

    def staff_open(self, name):
        self.made += 1
        return self.ask(StaffOpen(by="staff:t", order=f"s{self.made}", compartment=name, reason="look"))

    def clear(self, name, content, new_codes=None, found=None):
        return self.ask(
            Clear(
                by="staff:t",
                compartment=name,
                content=Content(content),
                found=None if found is None else frozenset(found),
                new_codes=new_codes or {},
            )
        )

    def clear_by_word(self, name, content, *, witness="", supervisor=False, new_codes=None, found=None):
        return self.ask(
            ClearByWord(
                by="staff:t",
                compartment=name,
                content=Content(content),
                reason="the resident came, the key was used",
                witness=witness,
                supervisor=supervisor,
                found=None if found is None else frozenset(found),
                new_codes=new_codes or {},
            )
        )

    def announced(self, size="M", *to, label=None, hours=24, **more):
        """What a carrier would say of one parcel."""
        self.made += 1
        parcel = f"p{self.made}"
        return Announced(
            parcel=parcel,
            size=Size(size),
            recipients=more.pop("recipients", to or ("r1",)),
            label_hash=label or f"label-{parcel}",
            company="SF",
            until=self.now + timedelta(hours=hours),
            tracking="SECRET-TRACKING",
            unit="1203",
            **more,
        )

    def expect(self, *announced):
        return self.ask(Expect(by="token:courier", parcels=announced)).parcels

    def expected(self, *said, **more):
        """An announced parcel."""
        return self.expect(self.announced(*said, **more))[0]

    def bring(self, parcel, **more):
        """The courier comes with an announced parcel and says no more than its number."""
        said = {"size": None, "recipients": None, "parcel": parcel, "label": f"label-{parcel}"} | more
        return self.deposit(said.pop("size"), **said)

    def end_expected(self, parcel):
        return self.ask(EndExpected(by="token:courier", parcel=parcel))

    def put(self, place="shelf", size="M", *to, label=None, **more):
        """Staff put a parcel at a place."""
        self.made += 1
        parcel = more.pop("parcel", f"p{self.made}")
        said = {
            "recipients": to or ("r1",),
            "label_hash": label or f"label-{parcel}",
            "company": "SF",
            "tracking": "SECRET-TRACKING",
            "unit": "1203",
        }
        size = Size(size) if size else None
        self.ask(PlaceParcel(by="staff:t", parcel=parcel, place=place, size=size, **(said | more)))
        return parcel

    def move(self, parcel, to, **more):
        return self.ask(Move(by="staff:t", parcel=parcel, to=to, **more))

    def withdraw(self, parcel, *, own=True, company="SF", staff=False):
        command = Withdraw(by="token:courier", parcel=parcel, company=company, courier="Li", own=own, staff=staff)
        return self.ask(command)

    def not_fetched(self, parcel, *, missing=False, company="SF"):
        return self.ask(NotFetched(by="courier:x", parcel=parcel, company=company, missing=missing))

    def release(self, parcel):
        self.made += 1
        return self.ask(Release(by="staff:t", parcel=parcel, pickup=f"k{self.made}", reason="code lost"))

    def hold(self, parcel):
        return self.ask(Hold(by="staff:t", parcel=parcel, reason="dispute"))

    def unhold(self, parcel):
        return self.ask(Unhold(by="staff:t", parcel=parcel))

    def extend(self, parcel, hours=24, reason=""):
        return self.ask(Extend(by="token:app", parcel=parcel, hours=hours, reason=reason))

    def shift_deadlines(self, hours, **only):
        return self.ask(ShiftDeadlines(by="staff:t", hours=hours, reason="storm", only=DeadlineFilter(**only)))

    def retire(self, name):
        return self.ask(Retire(by="staff:t", compartment=name, reason="dirty"))

    def restore(self, name):
        return self.ask(Restore(by="staff:t", compartment=name))

    # --- what is asked of the cabinet -----------------------------------------------------------

    def place(self, parcel):
        return self.site.parcels[parcel].compartment

    def use(self, name):
        return self.site.compartments[name].use.value

    def state(self, parcel):
        """The parcel's state, also after it was forgotten."""
        if parcel in self.site.parcels:
            return self.site.parcels[parcel].state.value
        for event in reversed(self.events):
            if isinstance(event, ParcelCollected) and event.parcel == parcel:
                return "collected"
            if isinstance(event, ParcelEnded) and event.parcel == parcel:
                return event.state
            if isinstance(event, ExpectationEnded) and event.parcel == parcel:
                return "cancelled"
        raise AssertionError(f"nobody knows {parcel}")

    def kinds(self):
        return [type(event).__name__ for event in self.events]

    def pulses(self, name):
        return sum(isinstance(e, UnlockOrdered) and e.compartment == name for e in self.events)

    def refuses(self, ask, *said, **more):
        """The code of the refusal that this must meet, with no pulse ordered and no state changed."""
        before = replace(self.site, buckets={})
        pulsed = self.kinds().count("UnlockOrdered")
        try:
            ask(*said, **more)
        except Refused as refused:
            assert replace(self.site, buckets={}) == before
            assert self.kinds().count("UnlockOrdered") == pulsed
            return refused.reason.value
        raise AssertionError("it was not refused")
