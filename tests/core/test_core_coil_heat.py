"""A coil may be on for a tenth of the time at most: how often a door is pulsed is a rule, whoever orders it."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from core_play import Play
from test_core_desk import left
from test_core_outbound import brought, hand_over

from locker.core.events.door_events import UnlockOrdered
from locker.core.messages.observations import WallJumped
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


def heat(play, name):
    """Eight orders of staff at once, each of them over before the next."""
    for _ in range(8):
        play.staff_open(name)
        play.open_and_shut(name)


def test_a_cool_coil_takes_eight_pulses_at_once_and_then_one_in_five_seconds():
    play = Play()
    heat(play, "A1")
    with pytest.raises(Refused) as no:
        play.staff_open("A1")
    assert (no.value.reason.value, no.value.retry_after) == ("not-now", 5)
    for _ in range(4 * 60):
        with contextlib.suppress(Refused):
            play.staff_open("A1")
            play.open_and_shut("A1")
        play.later(0.5)
    assert 8 + 23 <= len(orders(play, "A1")) <= 8 + 24


def test_a_coil_that_was_left_alone_is_cool_again():
    play = Play()
    heat(play, "A1")
    play.later(40)
    heat(play, "A1")
    assert len(orders(play, "A1")) == 16


def test_a_resident_at_a_hot_coil_waits_for_the_pulse_and_is_not_refused():
    play = Play()
    parcel = play.stored()
    name = play.place(parcel)
    play.later(40)
    heat(play, name)
    play.clear(name, "parcel")
    play.code(parcel)
    assert len(orders(play, name)) == 9
    play.later(5)
    assert len(orders(play, name)) == 10
    play.open_and_shut(name)
    assert play.state(parcel) == "collected"


def test_a_deposit_at_a_hot_coil_waits_for_its_first_pulse():
    play = Play()
    for name in ("A2", "A3"):
        play.retire(name)
    heat(play, "A1")
    play.clear("A1", "empty")
    parcel = play.deposit()
    assert (play.place(parcel), len(orders(play, "A1"))) == ("A1", 8)
    play.later(5)
    assert len(orders(play, "A1")) == 9
    play.open_and_shut("A1")
    assert play.state(parcel) == "stored"


def test_in_the_grace_a_hot_coil_is_said_with_the_seconds_and_the_code_stays_valid():
    play = Play()
    parcel = play.collected()
    name = play.place(parcel)
    for _ in range(6):
        play.code(parcel)
        play.open_and_shut(name)
    with pytest.raises(Refused) as no:
        play.code(parcel)
    assert (no.value.reason.value, no.value.retry_after) == ("not-now", 5)
    play.later(5)
    play.code(parcel)
    assert len(orders(play, name)) == 9


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
    play = Play()
    heat(play, "A1")
    play.do(WallJumped(seconds=3600))
    play.now += timedelta(hours=1)
    assert play.refuses(play.staff_open, "A1") == "not-now"


def test_a_courier_who_asks_for_one_more_pulse_of_a_hot_coil_waits():
    play = Play()
    parcel = play.deposit()
    name = play.place(parcel)
    play.later(16)
    hot = {**play.site.warm_until, name: play.now + timedelta(seconds=42)}
    play.site = play.folded = replace(play.site, warm_until=hot)
    with pytest.raises(Refused) as refused:
        play.reopen(parcel)
    assert (refused.value.reason.value, refused.value.retry_after) == ("not-now", 7)
    play.later(7)
    play.reopen(parcel)
    assert orders(play, name)[-1].asked


def ready(play, whose):
    """A parcel at rest that may be fetched, given back or opened again."""
    return {"in": play.stored, "out": lambda: brought(play), "desk": lambda: left(play)}[whose]()


@pytest.mark.parametrize(
    ("whose", "ask"),
    [
        ("in", lambda play, parcel: play.release(parcel)),
        ("desk", lambda play, parcel: play.staff_open(play.place(parcel))),
        ("out", lambda play, parcel: play.code(parcel)),
        ("out", hand_over),
    ],
)
def test_whoever_asks_for_a_hot_door_is_told_how_long_to_wait(whose, ask):
    play = Play()
    parcel = ready(play, whose)
    hot = {play.place(parcel): play.now + timedelta(seconds=38.5)}
    play.site = play.folded = replace(play.site, warm_until=hot)
    with pytest.raises(Refused) as refused:
        ask(play, parcel)
    assert (refused.value.reason.value, refused.value.retry_after) == ("not-now", 4)
    play.later(4)
    ask(play, parcel)
