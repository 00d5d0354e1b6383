"""Any order of commands, doors, time, faults and power cuts, against the laws of the trade and a small model."""

from collections import Counter
from datetime import timedelta

from core_play import BEGIN, Play, door
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from test_core_acceptance import accept, put_back, reject
from test_core_credentials import delegate, end
from test_core_outbound import book, hand_over

from locker.core.doors.deadlines import next_deadline
from locker.core.doors.unlock import cool_at
from locker.core.events.door_events import UnlockOrdered
from locker.core.events.visit_events import ParcelCollected, ParcelEnded
from locker.core.messages.observations import PulseFailed, WallJumped
from locker.core.model import ParcelState, Seen, Use
from locker.core.reasons import Refused

DOORS = ("A1", "A2", "A3", "A4")
DOOR = st.sampled_from(DOORS)
PLACES = {Use.FILLING, Use.LOADED, Use.EMPTYING, Use.CHECK}


class Cabinet(RuleBasedStateMachine):
    """People and doors do what they like; `Play` folds every event again through JSON and compares."""

    parcels = Bundle("parcels")

    def __init__(self):
        super().__init__()
        self.play = Play(
            door("A1", "S", bottom_mm=500, top_mm=700),
            door("A2", "M"),
            door("A3", "M", features=frozenset({"cold"})),
            door("A4", "L"),
            free_hours=1,
        )
        self.play.resident("r2", unit="9", phone="123", consent=None, reach=True)
        self.ended = {}
        self.checked = 0
        self.booked = self.sent = 0
        self.delegates = {}

    def try_(self, ask, *said, **more):
        before = self.play.site
        try:
            return ask(*said, **more)
        except Refused as refused:
            if refused.record is None:
                assert self.play.site is before, "a refusal changes nothing"
            return None

    # --- what people do ---------------------------------------------------------------------------

    @rule(
        target=parcels,
        size=st.sampled_from(["XS", "S", "M", "L", "XL"]),
        to=st.sampled_from([("r1",), ("r2",), ("r1", "r2")]),
        flags=st.sets(st.sampled_from(["cold", "liquid"])),
        label=st.sampled_from(["SF1", "SF2", None]),
        join=st.booleans(),
    )
    def deposit(self, size, to, flags, label, join=False):
        live = {p.label_hash for p in self.play.site.parcels.values() if p.state.live}
        offered = {
            c.id for c in self.play.site.compartments.values() if c.use is Use.FREE and c.seen is Seen.SHUT
        } - set(self.play.site.visits)
        more = {"recipients": to, "flags": flags, "label": label, "consent": "given", "join": join}
        parcel = self.try_(self.play.deposit, size, **more)
        if parcel is not None:
            assert label not in live
            beside = [
                self.play.site.parcels[one] for one in self.play.site.compartments[self.play.place(parcel)].parcels
            ]
            assert self.play.place(parcel) in offered or join
            assert all(set(p.recipients) == set(to) and not p.held for p in beside), (
                "behind one door lies one household"
            )
        return parcel or "p0"

    @rule(target=parcels, size=st.sampled_from(["S", "M", "L"]))
    def book(self, size):
        self.booked += 1
        parcel = self.try_(book, self.play, f"b{self.booked}", size)
        return parcel or "p0"

    @rule(parcel=parcels, company=st.sampled_from(["SF", "SF", "YTO"]))
    def hand_over(self, parcel, company):
        known = self.play.site.parcels.get(parcel)
        if self.try_(hand_over, self.play, parcel, company) is not None:
            assert (known.direction.value, company) == ("out", "SF")

    @rule(parcel=parcels, hours=st.sampled_from([0.01, 2]))
    def send_somebody(self, parcel, hours):
        self.sent += 1
        name = f"s{self.sent}"
        if self.try_(delegate, self.play, parcel, name, hours=hours) is not None:
            self.delegates[name] = (parcel, self.play.site.parcels[parcel].credentials[-1].until)

    @rule(pick=st.integers(0, 5), token=st.booleans(), every=st.booleans())
    def who_was_sent_comes(self, pick, token, every):
        if not self.delegates:
            return
        name = sorted(self.delegates)[pick % len(self.delegates)]
        parcel, until = self.delegates[name]
        shown = f"{'token' if token else 'code'}-{name}"
        told = self.try_(self.play.code, None, shown=shown, token=token, every=every)
        if told is not None:
            assert self.play.now < until, "a credential opens nothing after its end"
            assert told.openings == ((parcel, self.play.place(parcel)),), "it opens what it names"

    @rule(pick=st.integers(0, 5))
    def who_was_sent_is_recalled(self, pick):
        if self.delegates:
            name = sorted(self.delegates)[pick % len(self.delegates)]
            if self.try_(end, self.play, self.delegates[name][0], f"g-{name}") is not None:
                self.delegates[name] = (self.delegates[name][0], BEGIN - timedelta(days=1))

    @rule(parcel=parcels)
    def all_of_mine(self, parcel):
        known = self.play.site.parcels.get(parcel)
        told = self.try_(self.play.code, parcel, token=True, every=True)
        for one, place in told.openings if told is not None else ():
            assert set(self.play.site.parcels[one].recipients) == set(known.recipients)
            assert one in self.play.site.compartments[place].parcels

    @rule(
        parcel=parcels,
        word=st.sampled_from([put_back, reject, accept]),
        named=st.booleans(),
        source=st.sampled_from(["kiosk", "kiosk", "token:carrier"]),
    )
    def say_something_at_the_door(self, parcel, word, named, source):
        site = self.play.site
        visit = site.visits.get(site.parcels[parcel].compartment) if parcel in site.parcels else None
        if visit is not None:
            more = {"parcel": parcel} if named else {}
            told = self.try_(word, self.play, visit.id, source=source, **more)
            assert told is None or visit.by == source, "nobody speaks of another's pickup"

    @rule(parcel=parcels)
    def cancel(self, parcel):
        self.try_(self.play.cancel, parcel)

    @rule(parcel=parcels, size=st.sampled_from(["S", "M", "L"]))
    def resize(self, parcel, size):
        self.try_(self.play.resize, parcel, size)

    @rule(parcel=parcels, take_back=st.booleans())
    def reopen(self, parcel, take_back):
        self.try_(self.play.reopen, parcel, take_back=take_back)

    @rule(parcel=parcels, token=st.booleans(), second=st.sampled_from([None, None, "9", "0001"]))
    def code(self, parcel, token, second):
        ended = parcel in self.ended and parcel not in self.play.site.parcels
        told = self.try_(self.play.code, parcel, token=token, second=second)
        if told is not None:
            assert not ended, "a dead code opened a door"
            (opened, place), *beside = told.openings
            assert opened == parcel
            assert parcel in self.play.site.compartments[place].parcels
            visit = self.play.site.visits[place]
            assert {one for one, _ in beside} >= set(visit.parcels) - {parcel}
            assert not any(self.play.site.parcels[one].held for one in visit.parcels) or visit.blind or visit.doubt

    @rule(parcel=parcels)
    def deposit_and_collect(self, parcel):
        """The way most parcels go, so that the deeper states are reached often."""
        site = self.play.site
        if parcel in site.parcels and site.parcels[parcel].compartment in self.shut():
            place = self.play.place(parcel)
            self.play.open_and_shut(place)
            self.try_(self.play.code, parcel, token=True)

    @rule(name=DOOR)
    def staff_open(self, name):
        use, hot = self.play.site.compartments[name].use, cool_at(self.play.site, name) > self.play.now
        refused = self.try_(self.play.staff_open, name) is None
        assert refused == (use in {Use.FILLING, Use.EMPTYING}) or (refused and hot)

    @rule(name=DOOR, content=st.sampled_from(["empty", "parcel"]))
    def clear(self, name, content):
        self.try_(self.play.clear, name, content)

    @rule(name=DOOR, content=st.sampled_from(["empty", "parcel"]), alone=st.booleans())
    def clear_by_word(self, name, content, alone):
        before = self.play.site.compartments[name]
        done = self.try_(self.play.clear_by_word, name, content, supervisor=not alone)
        assert done is None or (not alone and (before.seen is Seen.UNSEEN or before.switch_dead))

    @rule(name=DOOR, word=st.sampled_from(["retire", "restore"]))
    def staff_word(self, name, word):
        self.try_(getattr(self.play, word), name)

    @rule(consent=st.sampled_from([None, True, False]), reach=st.booleans())
    def resident(self, consent, reach):
        self.play.resident("r2", unit="9", phone="123", consent=consent, reach=reach)

    # --- what doors, time and power do --------------------------------------------------------------

    @rule(name=DOOR, seen=st.sampled_from(["open", "shut", "shut", "unseen"]))
    def see(self, name, seen):
        self.play.see(**{name: seen})

    def shut(self):
        return {name for name, c in self.play.site.compartments.items() if c.seen is Seen.SHUT}

    @rule(parcel=parcels, seen=st.sampled_from(["open", "shut", "unseen"]), seconds=st.sampled_from([0, 6, 40]))
    def see_its_door(self, parcel, seen, seconds):
        if parcel in self.play.site.parcels and self.play.place(parcel):
            self.play.see(**{self.play.place(parcel): seen})
            self.play.later(seconds)

    @rule(seen=st.dictionaries(DOOR, st.sampled_from(["open", "shut", "unseen"]), min_size=2))
    def see_many(self, seen):
        self.play.see(**seen)

    @rule(seen=st.sampled_from(["open", "shut"]))
    def every_switch_at_once(self, seen):
        """A lost common wire, or its return."""
        uses = {name: c.use for name, c in self.play.site.compartments.items() if c.seen is Seen.SHUT}
        visits = self.play.site.visits
        self.play.see(A1=seen, A2=seen, A3=seen, A4=seen)
        if len(uses) == 4 and seen == "open" and not visits:
            assert {name: self.play.site.compartments[name].use for name in uses} == uses, "nothing is decided"
            assert all(c.seen is Seen.UNSEEN for c in self.play.site.compartments.values())

    @rule(name=DOOR)
    def pulse_failed(self, name):
        self.play.do(PulseFailed(name, "no answer"))

    @rule(seconds=st.sampled_from([0.5, 1, 4, 5, 29, 30, 60, 119, 120, 600, 3600]), synced=st.booleans())
    def later(self, seconds, synced):
        self.play.later(seconds, synced=synced)

    @rule()
    def power_cut(self):
        self.play.restart()

    @rule(seconds=st.integers(2, 10**6))
    def clock_jump(self, seconds):
        left = self.deadline_in()
        self.play.do(WallJumped(seconds=seconds))
        self.play.now += timedelta(seconds=seconds)
        self.moved(seconds)
        assert self.deadline_in() == left, "running visits keep their remaining time"

    @rule(seconds=st.integers(2, 10**5))
    def clock_set_back(self, seconds):
        """A person says that the clock was wrong."""
        left = self.deadline_in()
        self.play.do(WallJumped(seconds=-seconds))
        self.play.now -= timedelta(seconds=seconds)
        self.moved(-seconds)
        assert self.deadline_in() == left, "running visits keep their remaining time"
        stored = [p.stored_at for p in self.play.site.parcels.values() if p.stored_at is not None]
        assert all(moment <= self.play.now for moment in stored), "nothing was stored in the time to come"

    def moved(self, seconds):
        """The clock moved by so much; who watches moments moves them along."""

    def deadline_in(self):
        due = next_deadline(self.play.site)
        return None if due is None else due - self.play.now

    # --- the laws -----------------------------------------------------------------------------------

    @invariant()
    def no_parcel_in_two_places(self):
        site = self.play.site
        held = Counter(parcel for c in site.compartments.values() for parcel in c.parcels)
        assert all(count == 1 for count in held.values())
        for name, parcel in ((c.id, parcel) for c in site.compartments.values() for parcel in c.parcels):
            assert site.parcels[parcel].compartment == name
        for parcel in site.parcels.values():
            wanted = 0 if parcel.state is ParcelState.EXPECTED else 1
            assert held[parcel.id] == wanted, "a parcel of the site is behind exactly one door, or expected"

    @invariant()
    def uses_parcels_and_visits_agree(self):
        site = self.play.site
        wanted = {
            ParcelState.DEPOSITING: {Use.FILLING},
            ParcelState.STORED: {Use.LOADED, Use.FILLING},
            ParcelState.COLLECTING: {Use.EMPTYING},
            ParcelState.COLLECTED: {Use.EMPTYING, Use.CHECK},
            ParcelState.CHECK: {Use.CHECK},
            ParcelState.CANCELLED: set(),
            ParcelState.WITHDRAWN: set(),
        }
        for parcel in site.parcels.values():
            if parcel.state is ParcelState.EXPECTED:
                assert not parcel.compartment
                continue
            assert site.compartments[parcel.compartment].use in wanted[parcel.state]
            if site.compartments[parcel.compartment].use is Use.FILLING and parcel.state is ParcelState.STORED:
                assert parcel.id not in site.visits[parcel.compartment].parcels, "another one is put beside it"
        for compartment in site.compartments.values():
            visit = site.visits.get(compartment.id)
            busy = visit is not None and visit.kind.value != "staff"
            assert busy == (compartment.use in {Use.FILLING, Use.EMPTYING})
            if compartment.parcels:
                assert compartment.use in PLACES
        for name, visit in site.visits.items():
            assert visit.compartment == name

    @invariant()
    def codes_are_those_of_the_parcels_of_the_site(self):
        site = self.play.site
        codes = {h: p.id for p in site.parcels.values() for h in p.hashes}
        assert site.codes == codes

    @invariant()
    def nothing_held_leaves_by_rule(self):
        """But for a person who looked inside and says so."""
        for parcel in self.play.site.parcels.values():
            if parcel.held:
                assert parcel.state in {ParcelState.CHECK, ParcelState.STORED, ParcelState.COLLECTED}
                assert parcel.state is not ParcelState.COLLECTED or parcel.id in self.ended

    @invariant()
    def who_lies_behind_one_door_is_one_household(self):
        site = self.play.site
        for compartment in site.compartments.values():
            here = [site.parcels[one] for one in compartment.parcels]
            assert len({frozenset(p.recipients) for p in here if p.state.live}) <= 1

    @invariant()
    def a_door_in_use_is_not_seen_open_but_in_a_visit_or_CHECK(self):
        for c in self.play.site.compartments.values():
            assert not (c.use in {Use.FREE, Use.LOADED} and c.seen is Seen.OPEN)

    @invariant()
    def every_pulse_has_an_order_and_its_right(self):
        for event in self.play.events[self.checked :]:
            if isinstance(event, UnlockOrdered) and event.kind.value != "staff" and not event.asked:
                assert 1 <= event.pulse <= 3
            if isinstance(event, ParcelCollected | ParcelEnded):
                was = self.ended.setdefault(event.parcel, type(event))
                assert not (was is ParcelCollected and isinstance(event, ParcelEnded)), "once collected, stays so"
        self.checked = len(self.play.events)


class Pulses(Cabinet):
    """The same, with every pulse of a rule watched as it is ordered."""

    def __init__(self):
        super().__init__()
        self.last = {}
        self.moments = {}
        keep = self.play._keep

        def watched(outcome):
            for event in outcome.events:
                if isinstance(event, UnlockOrdered):
                    self.ordered(event, outcome)
            keep(outcome)

        self.play._keep = watched

    def moved(self, seconds):
        by = timedelta(seconds=seconds)
        self.last = {name: at + by for name, at in self.last.items()}
        self.moments = {name: [at + by for at in all_] for name, all_ in self.moments.items()}

    def ordered(self, event, outcome):
        name, now = event.compartment, self.play.now
        recent = [at for at in self.moments.get(name, []) if at > now - timedelta(seconds=300)]
        self.moments[name] = [*recent, now]
        for count, since in enumerate(reversed(self.moments[name]), 1):
            assert count <= 8 + (now - since) / timedelta(seconds=5), "the coil stays cool, whoever orders"
        if event.kind.value != "staff":
            assert outcome.before.compartments[name].seen is Seen.SHUT
            visit = outcome.before.visits.get(name)
            assert event.asked or visit is None or visit.id != event.visit or not visit.blind, "no pulse for the blind"
            if event.pulse > 1:
                assert now - self.last.get(name, BEGIN - timedelta(days=1)) >= timedelta(seconds=5)
        self.last[name] = now


Cabinet.TestCase.settings = settings(
    max_examples=150, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
Pulses.TestCase.settings = Cabinet.TestCase.settings
TestCabinet = Pulses.TestCase


def test_the_machine_reaches_what_it_speaks_of():
    """The model is no idle one: by its own rules a parcel goes in and out of the cabinet."""
    machine = Pulses()
    parcel = machine.deposit("M", ("r1",), set(), None)
    machine.deposit_and_collect(parcel)
    place = machine.play.place(parcel)
    machine.see(place, "open")
    machine.see(place, "shut")
    assert machine.play.state(parcel) == "collected"
