"""A coil may be on for a tenth of the time at most: how often a door is pulsed is a rule, whoever orders it."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from core_play import Play

from locker.core.events import UnlockOrdered
from locker.core.reasons import Refused


def orders(play, name):
    return [event for event in play.events if isinstance(event, UnlockOrdered) and event.compartment == name]


def test_thirty_presses_of_the_button_in_twelve_seconds_are_three_pulses():
    play = Play()
    for _ in range(30):
        with contextlib.suppress(Refused):
            play.staff_open("A1")
        play.later(0.4)
    assert len(orders(play, "A1")) == 3


def test_nobody_gets_more_than_eight_pulses_a_minute_out_of_one_door():
    play = Play()
    refused = []
    for second in range(0, 120, 5):
        try:
            play.staff_open("A1")
        except Refused as no:
            refused.append((second, no.reason.value, no.retry_after))
        play.later(5)
    assert len(orders(play, "A1")) == 16
    assert refused[0] == (40, "not-now", 20)


def test_staff_and_residents_heat_the_same_coil():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.later(31)
    for _ in range(7):
        play.staff_open(name)
        play.later(5)
    play.later(30)
    assert len(orders(play, name)) == 8
    play.code(parcel)


def test_a_resident_at_a_hot_coil_is_told_how_long_to_wait_and_the_code_stays_valid():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.later(60)
    for _ in range(8):
        play.staff_open(name)
        play.later(5)
    play.later(0.5)
    play.site = replace(play.site, visits={})  # the last order is over
    play.folded = play.site
    with pytest.raises(Refused) as no:
        play.code(parcel)
    assert (no.value.reason.value, 0 < no.value.retry_after <= 60) == ("not-now", True)
    play.later(60)
    play.code(parcel)


def test_a_deposit_at_a_hot_coil_waits_for_its_first_pulse():
    play = Play()
    for name in ("A2", "A3"):
        play.retire(name)
    for _ in range(8):
        play.staff_open("A1")
        play.later(5)
    play.site = replace(play.site, visits={})  # the last order is over
    play.folded = play.site
    parcel = play.deposit()
    assert play.place(parcel) == "A1"
    assert len(orders(play, "A1")) == 8
    play.later(20)
    assert len(orders(play, "A1")) == 9
    play.open_and_shut("A1")
    assert play.state(parcel) == "stored"


def test_a_forced_CHECK_with_a_parcel_inside_raises_the_alarm_and_an_empty_one_does_not():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.staff_open(name)
    play.open_and_shut(name)
    assert (play.use(name), "DoorForced" in play.kinds()) == ("check", False)
    play.later(3600)
    play.see(**{name: "open"})
    assert play.kinds().count("DoorForced") == 1
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    play.see(A2="open")
    play.see(A2="shut")
    count = play.kinds().count("DoorForced")
    play.see(A2="open")
    assert play.kinds().count("DoorForced") == count


def test_the_heat_of_a_coil_moves_along_with_the_clock():
    from locker.core.observations import WallJumped

    play = Play()
    for _ in range(8):
        play.staff_open("A1")
        play.later(5)
    play.do(WallJumped(seconds=3600))
    play.now += timedelta(hours=1)
    assert play.refuses(play.staff_open, "A1") == "not-now"
