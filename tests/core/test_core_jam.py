"""The jam plan: what doors, locks and switches that fail lead to, and nothing worse."""

import pytest
from core_play import Play

from locker.core.events.door_events import DoorOpened, LockFault, SwitchFault
from locker.core.events.visit_events import DepositLeaving, ParcelStored
from locker.core.messages.commands import Cancel
from locker.core.messages.observations import PulseFailed
from locker.core.reasons import NotStored

N = 3


def events(play, kind):
    return [event for event in play.events if isinstance(event, kind)]


def pulse_times(play, name):
    """Order the rest of a visit's pulses, second by second; the seconds at which they came."""
    times, before = [0] if play.pulses(name) else [], play.pulses(name)
    for second in range(1, 60):
        play.later(1)
        if play.pulses(name) > before:
            times, before = [*times, second], play.pulses(name)
    return times


def stuck_shut(play, times):
    """A pickup ordered so often, and its switch never said open; ten minutes apart, as contract and patience ask."""
    parcel = play.stored()
    for _ in range(times):
        play.code(parcel)
        play.later(41)
        play.later(600)
    return play.place(parcel)


# --- pulses -----------------------------------------------------------------------------------------


def test_H5_opened_is_what_the_switch_saw_and_never_the_order():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.do(PulseFailed(name, "the board did not answer"))
    play.later(12)
    assert play.pulses(name) == 3
    assert not events(play, DoorOpened)
    assert play.site.compartments[name].openings == 0
    play.see(**{name: "shut"})
    assert play.state(parcel) == "depositing", "a shut door that was never seen open stores nothing"
    play.see(**{name: "open"})
    assert [event.compartment for event in events(play, DoorOpened)] == [name]


def test_H6_three_pulses_five_seconds_apart_and_no_more_of_them():
    play = Play()
    assert pulse_times(play, play.place(play.collecting())) == [0, 5, 10]


def test_H6_no_pulse_follows_once_the_door_is_open_or_cannot_be_seen():
    for seen in ("open", "unseen"):
        play = Play()
        name = play.place(play.collecting())
        play.see(**{name: seen})
        play.later(29)
        assert play.pulses(name) == 1 + 1, "one at the deposit, one at the pickup"


def test_H8_a_false_open_does_not_stop_a_pulse_that_a_person_orders():
    play = Play()
    play.see(A1="open")
    pulsed = play.pulses("A1")
    play.staff_open("A1")
    assert play.pulses("A1") == pulsed + 1


def test_H7_at_a_pickup_the_parcel_stays_its_code_opens_and_nobody_else_gets_the_box():
    play = Play()
    parcel = play.collecting()
    name = play.place(parcel)
    play.later(41)
    assert (play.use(name), play.state(parcel)) == ("loaded", "stored")
    assert [event.compartment for event in events(play, LockFault)] == [name]
    for _ in range(2):
        assert play.place(play.deposit()) != name
    play.code(parcel)
    play.see(**{name: "open"})
    play.see(**{name: "shut"})
    assert play.state(parcel) == "collected"


def test_H7_at_a_deposit_the_next_door_of_the_same_size_or_larger_opens_and_this_one_is_out():
    play = Play()
    parcel = play.deposit()
    first = play.place(parcel)
    play.later(41)
    second = play.place(parcel)
    assert play.use(first) == "retired"
    assert (play.use(second), play.pulses(second)) == ("filling", 1)
    assert play.site.compartments[first].reason == "lock did not open"


# --- a switch that never changes -------------------------------------------------------------------------


def test_STO_05_a_switch_that_never_changes_is_told_after_three_orders_once():
    play = Play()
    name = stuck_shut(play, N - 1)
    assert not events(play, SwitchFault)
    play.code(next(iter(play.site.parcels)))
    play.later(41)
    assert events(play, SwitchFault) == [SwitchFault(compartment=name, openings=N)]
    assert play.site.compartments[name].switch_dead
    play.later(600)
    play.code(next(iter(play.site.parcels)))
    play.later(41)
    assert len(events(play, SwitchFault)) == 1


def test_STO_05_a_switch_stuck_open_is_told_after_three_orders_of_staff():
    play = Play()
    play.see(A1="open")
    for order in range(N):
        assert len(events(play, SwitchFault)) == 0, order
        play.staff_open("A1")
        play.later(31)
    assert events(play, SwitchFault) == [SwitchFault(compartment="A1", openings=N)]
    assert not events(play, LockFault), "nobody can see a door open that stands open"


@pytest.mark.parametrize("settled", ["open", "shut"])
def test_STO_05_one_change_of_the_switch_starts_the_count_anew(settled):
    play = Play()
    if settled == "open":
        name = stuck_shut(play, N)
        play.see(**{name: "open"})
    else:
        name = "A1"
        play.see(A1="open")
        for _ in range(N):
            play.staff_open(name)
            play.later(31)
        play.see(A1="shut")
    assert not play.site.compartments[name].switch_dead
    told = len(events(play, SwitchFault))
    play.staff_open(name)
    play.later(31)
    assert len(events(play, SwitchFault)) == told == 1


# --- doors that nobody ordered ---------------------------------------------------------------------------


@pytest.mark.parametrize("use", ["free", "loaded"])
def test_O14_a_door_opened_with_the_key_is_an_event_an_alarm_and_CHECK(use):
    play = Play()
    name = play.place(play.stored()) if use == "loaded" else "A1"
    pulsed = play.pulses(name)
    play.see(**{name: "open"})
    assert [type(event).__name__ for event in play.events][-3:] == ["DoorOpened", "DoorForced", "ContentUnknown"]
    assert (play.use(name), play.pulses(name)) == ("check", pulsed)


@pytest.mark.parametrize("use", ["check", "retired"])
def test_O14_a_door_opened_with_the_key_where_staff_work_is_an_event_and_no_alarm(use):
    play = Play()
    if use == "check":
        play.open_and_shut("A1")
    else:
        play.retire("A1")
    known = len(play.events)
    play.open_and_shut("A1")
    assert play.kinds()[known:] == ["DoorOpened", "DoorShut"]
    assert play.site.compartments["A1"].openings == (2 if use == "check" else 1)


def test_STO_05_SEC_05_a_key_in_a_loaded_door_leaves_its_code_dead_until_staff_have_looked():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.open_and_shut(name)
    assert play.refuses(play.code, parcel) == "not-now"
    play.clear(name, "parcel")
    play.code(parcel)
    assert play.state(parcel) == "collecting"


# --- a deposit that ends without a parcel --------------------------------------------------------------


def test_REC_16_a_parcel_is_accepted_by_the_shutting_of_its_door_and_not_before():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    for seen, state in (("open", "depositing"), ("unseen", "depositing"), ("open", "depositing"), ("shut", "stored")):
        play.see(**{name: seen})
        assert play.state(parcel) == state, seen
    assert len(events(play, ParcelStored)) == 1


@pytest.mark.parametrize("reason", [None, *NotStored])
def test_EXC_01_why_nothing_was_stored_stands_in_the_event(reason):
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.ask(Cancel(by="token:courier", parcel=parcel, reason=reason))
    (left,) = events(play, DepositLeaving)
    assert left.reason is reason
    assert play.state(parcel) == "cancelled"
    play.later(30)
    after = "check" if reason is NotStored.OCCUPIED else "free"
    assert play.use(name) == after, "a courier who looked is believed, even where the switch saw nothing"


@pytest.mark.parametrize("reason", [None, *NotStored])
def test_EXC_01_STO_05_a_free_compartment_found_full_is_CHECK_and_any_other_reason_leaves_it_free(reason):
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.see(**{name: "open"})
    assert play.ask(Cancel(by="token:courier", parcel=parcel, reason=reason)).state == "cancelled"
    play.see(**{name: "shut"})
    assert play.use(name) == ("check" if reason is NotStored.OCCUPIED else "free")
    if reason is NotStored.OCCUPIED:
        assert play.place(play.deposit()) != name
        play.clear(name, "empty")
        assert play.use(name) == "free"
